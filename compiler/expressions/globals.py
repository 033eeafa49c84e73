"""What stands under a name: `$…` names of the run, and JavaScript's own objects as tables of pure functions."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable
from datetime import UTC
from typing import Any
from urllib.parse import quote, unquote

from compiler.expressions.changes import changeable, put
from compiler.expressions.errors import JsError
from compiler.expressions.functions import date_format, jmespath, locales
from compiler.expressions.functions.construct import CONSTRUCTORS, SetValue
from compiler.expressions.functions.date_reading import moved, zone_or_utc
from compiler.expressions.functions.dates import (
    DateTime,
    as_moment,
    date_time_from_text,
    from_timestamp,
    iso_date_time,
    start_of,
)
from compiler.expressions.functions.durations import Duration, duration_of
from compiler.expressions.functions.intervals import functions as interval_functions
from compiler.expressions.functions.js_dates import JsDate, make_date
from compiler.expressions.functions.output import cloned, stringify, to_json
from compiler.expressions.functions.table import argument
from compiler.expressions.host import InputRef, NodesByLabel, node_ref
from compiler.expressions.limits import MAX_DEPTH, MAX_RESULT, Budget
from compiler.expressions.numbers import MATH, NUMBER_FUNCTIONS, extreme, parse_float, parse_int
from compiler.expressions.scope import Scope
from compiler.expressions.tables import Table, callable_table
from compiler.expressions.values import (
    UNDEFINED,
    Function,
    callable_of,
    entries_of,
    index_of,
    int32_of,
    is_nullish,
    is_number,
    joined,
    normal,
    number_of,
    strictly_equal,
    text_of,
    truthy,
)
from core.json import loads_own
from core.values.kinds import is_list, is_mapping, is_object


def _plain(scope: Scope, value: Any) -> Any:
    if scope.budget.copies is not None:
        return scope.own(value)
    return dict(value) if is_mapping(value) else value


def _function(call: Callable[[Scope, list[Any]], Any]) -> Callable[[Scope], Function]:
    return lambda scope: Function(lambda arguments: call(scope, arguments))


def _if_empty(scope: Scope, arguments: list[Any]) -> Any:
    value = argument(arguments, 0)
    return argument(arguments, 1) if is_nullish(value) or value in ("", [], {}) else value


def _jmespath(scope: Scope, arguments: list[Any]) -> Any:
    data = to_json(argument(arguments, 0, None), scope.budget)
    return jmespath.found(text_of(argument(arguments, 1, "")), data, scope.budget)


Evaluator = Callable[[Scope, str], Any]
EVALUATOR: list[Evaluator] = []  # set by the module that compiles texts, which imports this one


def _evaluate(scope: Scope, arguments: list[Any]) -> Any:
    text = text_of(argument(arguments, 0))
    at = argument(arguments, 1)
    if scope.budget.depth >= MAX_DEPTH:
        raise JsError("Maximum call stack size exceeded")
    scope.budget.grow(len(text) * COMPILED)
    scope.budget.depth += 1
    try:
        return EVALUATOR[0](scope.at_item(index_of(at)) if at is not UNDEFINED else scope, text.removeprefix("="))
    finally:
        scope.budget.depth -= 1


def _items(scope: Scope, arguments: list[Any]) -> Any:
    if not arguments:
        return scope.own(list(scope.names.items))
    return scope.own(list(node_ref(scope, text_of(arguments[0])).view.items(index_of(argument(arguments, 1)))))


def _item_at(scope: Scope, arguments: list[Any]) -> Any:
    at = index_of(argument(arguments, 0))
    return {
        "$node": NodesByLabel(scope, at),
        "$json": scope.own(scope.names.items[at].get("json")) if at < len(scope.names.items) else UNDEFINED,
    }


def _from_ai(scope: Scope, arguments: list[Any]) -> Any:
    """Return what a model gave for a key, else the default."""
    key, given = text_of(argument(arguments, 0)), scope.names.ai
    if given is None:
        raise JsError("$fromAI gives something in a tool alone")
    return scope.own(given[key]) if key in given else argument(arguments, 3)


def _binary(scope: Scope) -> Any:
    at = scope.names.item_index
    return scope.own(scope.names.items[at].get("binary", {})) if at < len(scope.names.items) else {}


COMPILED = 64  # times what a text is: for each of its characters a step is paid, as compiling is no less
NAMES: dict[str, Callable[[Scope], Any]] = {
    "$input": lambda scope: InputRef(scope),
    "$": _function(lambda scope, arguments: node_ref(scope, text_of(argument(arguments, 0)))),
    "$node": lambda scope: NodesByLabel(scope, scope.names.item_index),
    "$items": _function(_items),
    "$item": _function(_item_at),
    "$data": lambda scope: scope.own(scope.json),
    "$binary": _binary,
    "$vars": lambda scope: _plain(scope, scope.names.variables),
    "$env": lambda scope: {},
    "$secrets": lambda scope: {},
    "$now": lambda scope: DateTime(moved(scope.names.now, zone_or_utc(scope.names.timezone))),
    "$today": lambda scope: DateTime(start_of(moved(scope.names.now, zone_or_utc(scope.names.timezone)), "days")),
    "$execution": lambda scope: _plain(scope, scope.names.execution),
    "$workflow": lambda scope: _plain(scope, scope.names.workflow),
    "$parameter": lambda scope: _plain(scope, scope.names.params),
    "$prevNode": lambda scope: _plain(scope, scope.names.previous) or UNDEFINED,
    "$itemIndex": lambda scope: scope.names.item_index,
    "$position": lambda scope: scope.names.item_index,
    "$runIndex": lambda scope: scope.names.run_index,
    "$loop": lambda scope: _plain(scope, scope.names.loop) if scope.names.loop is not None else UNDEFINED,
    "event": lambda scope: scope.own(scope.names.event),
    "$if": _function(lambda scope, arguments: argument(arguments, 1 if truthy(argument(arguments, 0)) else 2)),
    "$ifEmpty": _function(_if_empty),
    "$min": _function(lambda scope, arguments: extreme(min, arguments, math.inf)),
    "$max": _function(lambda scope, arguments: extreme(max, arguments, -math.inf)),
    "$not": _function(lambda scope, arguments: not truthy(argument(arguments, 0))),
    "$jmespath": _function(_jmespath),
    "$jmesPath": _function(_jmespath),
    "$evaluateExpression": _function(_evaluate),
    "$fromAI": _function(_from_ai),
    "Date": lambda scope: _date_table(scope),
    "DateTime": lambda scope: _date_time_table(scope),
    "Duration": lambda scope: DURATION,
    "Interval": lambda scope: Table("Interval", interval_functions(scope.budget, zone_or_utc(scope.names.timezone))),
    "structuredClone": _function(lambda scope, arguments: cloned(argument(arguments, 0), scope.budget)),
    "btoa": _function(lambda scope, arguments: _btoa(arguments)),
    "atob": _function(lambda scope, arguments: _atob(arguments)),
    "JSON": lambda scope: Table(
        "JSON",
        {
            "parse": lambda arguments: _parse(arguments),
            "stringify": lambda arguments: _stringify(scope.budget, arguments),
        },
    ),
    "Object": lambda scope: _object_table(scope),
    "Array": lambda scope: _array_table(scope),
    "String": lambda scope: callable_table(
        "String",
        lambda a: text_of(argument(a, 0, ""), scope.budget.spend),
        {
            "fromCharCode": lambda a: joined("".join(chr(int32_of(code) % 65536) for code in a)),
            "fromCodePoint": lambda a: joined("".join(chr(int32_of(code) % 0x110000) for code in a)),
        },
    ),
}


def _btoa(arguments: list[Any]) -> str:
    try:
        return base64.b64encode(text_of(argument(arguments, 0)).encode("latin-1")).decode()
    except UnicodeEncodeError as exc:
        raise JsError("The string contains characters outside of Latin1") from exc


def _atob(arguments: list[Any]) -> str:
    text = re.sub(r"[ \t\n\f\r]", "", text_of(argument(arguments, 0)))
    if len(text) % 4 == 0:
        text = text.removesuffix("=").removesuffix("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("latin-1")
    except ValueError as exc:
        raise JsError("The string is not correctly encoded") from exc


def _parse(arguments: list[Any]) -> Any:
    text = argument(arguments, 0)
    try:
        return loads_own(text_of(text))
    except ValueError as exc:
        raise JsError("not valid JSON") from exc


def _stringify(budget: Budget, arguments: list[Any]) -> Any:
    value, indent = argument(arguments, 0), argument(arguments, 2, None)
    if value is UNDEFINED or (isinstance(value, Function)):
        return UNDEFINED
    keep = argument(arguments, 1, None)
    plain = to_json(value, budget)
    if is_list(keep):
        plain = _with_keys(plain, list(dict.fromkeys(text_of(key) for key in keep)))
    step = min(index_of(indent), 10) if is_number(indent) else (indent[:10] if isinstance(indent, str) else None)
    text = stringify(plain, step)
    budget.grow(len(text))
    return text


def _with_keys(value: Any, keys: list[str]) -> Any:
    """Return a JSON value with these keys alone in its objects, in the order in which they are asked for."""
    if is_list(value):
        return [_with_keys(entry, keys) for entry in value]
    return {key: _with_keys(value[key], keys) for key in keys if key in value} if is_object(value) else value


def _uri(safe: str) -> Callable[[list[Any]], Any]:
    return lambda arguments: quote(text_of(argument(arguments, 0)), safe=safe, errors="replace")


def _unquoted(arguments: list[Any]) -> Any:
    text = text_of(argument(arguments, 0))
    if re.search(r"%(?![0-9a-fA-F]{2})", text):
        raise JsError("URI malformed")
    return unquote(text, errors="replace")


def _entries(value: Any) -> list[tuple[str, Any]]:
    if is_nullish(value):
        raise JsError("Cannot convert undefined or null to object")
    return entries_of(value)


def _assign(budget: Budget, arguments: list[Any]) -> Any:
    target = changeable(budget, argument(arguments, 0))
    for entry in arguments[1:]:
        if is_nullish(entry):
            continue
        entries = _entries(entry)
        budget.spend(len(entries) // 8)
        for key, value in entries:
            put(budget, target, key, value)
    return target


def _freeze(budget: Budget, arguments: list[Any]) -> Any:
    value = argument(arguments, 0)
    if is_list(value) or is_object(value):
        budget.frozen[id(value)] = value
    return value


def _object_table(scope: Scope) -> Function:
    def paid(value: Any) -> list[tuple[str, Any]]:
        entries = _entries(value)
        scope.budget.spend(len(entries))
        return entries

    def from_entries(arguments: list[Any]) -> Any:
        pairs = argument(arguments, 0)
        if not is_list(pairs):
            raise JsError("the value is not iterable")
        return {text_of(pair[0]): pair[1] for pair in pairs if is_list(pair) and len(pair) > 1}

    def group_by(arguments: list[Any]) -> Any:
        made: dict[str, Any] = {}
        call = callable_of(argument(arguments, 1))
        for at, entry in enumerate(argument(arguments, 0, [])):
            made.setdefault(text_of(call([entry, at])), []).append(entry)
        return made

    functions: dict[str, Callable[[list[Any]], Any]] = {
        "keys": lambda a: [key for key, _ in paid(argument(a, 0))],
        "values": lambda a: [value for _, value in paid(argument(a, 0))],
        "entries": lambda a: [[key, value] for key, value in paid(argument(a, 0))],
        "assign": lambda a: _assign(scope.budget, a),
        "fromEntries": from_entries,
        "groupBy": group_by,
        "freeze": lambda a: _freeze(scope.budget, a),
        "hasOwn": lambda a: text_of(argument(a, 1)) in dict(_entries(argument(a, 0))),
        "is": lambda a: strictly_equal(argument(a, 0), argument(a, 1)),
    }
    return callable_table("Object", lambda a: argument(a, 0, {}), functions)


def _array_table(scope: Scope) -> Function:
    def from_(arguments: list[Any]) -> Any:
        source, call = argument(arguments, 0), argument(arguments, 1)
        if isinstance(source, SetValue):
            entries = list(source.entries)
        elif is_object(source):
            size = index_of(source.get("length", 0))
            if not 0 <= size <= MAX_RESULT:
                raise JsError("Invalid array length")
            scope.budget.spend(size)
            entries = [source.get(str(at), UNDEFINED) for at in range(size)]
        else:
            entries = list(source) if is_list(source) or isinstance(source, str) else []
        scope.budget.spend(len(entries) // 8)
        if call is UNDEFINED:
            return entries
        return [callable_of(call)([entry, at]) for at, entry in enumerate(entries)]

    functions: dict[str, Callable[[list[Any]], Any]] = {
        "isArray": lambda a: is_list(argument(a, 0)),
        "from": from_,
        "of": list,
    }
    return callable_table("Array", lambda a: CONSTRUCTORS["Array"](scope, a), functions)


def _date_table(scope: Scope) -> Function:
    place = zone_or_utc(scope.names.timezone)
    functions: dict[str, Callable[[list[Any]], Any]] = {
        "now": lambda a: DateTime(scope.names.now).millis(),
        "parse": lambda a: make_date([text_of(argument(a, 0))], scope.names.now, place).to_number(),
        "UTC": lambda a: make_date([*a, *([0] if len(a) == 1 else [])], scope.names.now, UTC).to_number(),
    }
    return callable_table("Date", lambda a: JsDate(scope.names.now, place).to_text(), functions)


def _date_time_table(scope: Scope) -> Table:
    place = zone_or_utc(scope.names.timezone)
    now = moved(scope.names.now, place)

    def zoned(arguments: list[Any], at: int) -> Any:
        options = argument(arguments, at, {})
        named = options.get("zone") if is_object(options) else None
        return zone_or_utc(text_of(named)) if named else place

    def localized(made: DateTime, a: list[Any], at: int) -> DateTime:
        options = argument(a, at, {})
        locale = options.get("locale") if is_object(options) else None
        return DateTime(made.moment, locales.known(locale)) if isinstance(locale, str) else made

    def from_iso(a: list[Any]) -> DateTime:
        options = argument(a, 1, {})
        keeps = is_object(options) and truthy(options.get("setZone", False))
        made = iso_date_time(text_of(argument(a, 0)), zoned(a, 1), keeps_offset=keeps)
        return localized(made, a, 1)

    def from_other(a: list[Any]) -> DateTime:
        return localized(date_time_from_text(text_of(argument(a, 0)), zoned(a, 1)), a, 1)

    def from_format(a: list[Any]) -> DateTime:
        return DateTime(date_format.read(text_of(argument(a, 0))[:200], text_of(argument(a, 1))[:200], zoned(a, 2)))

    def from_object(a: list[Any]) -> DateTime:
        parts = argument(a, 0, {})
        base = {"year": now.year, "month": 1, "day": 1} if is_object(parts) else {}
        given = [
            (base | parts).get(name, 0) for name in ("year", "month", "day", "hour", "minute", "second", "millisecond")
        ]
        given[1] = number_of(given[1]) - 1
        return DateTime(make_date(given, now, zoned(a, 1)).moment)

    def local(where: Any) -> Callable[[list[Any]], DateTime]:
        def run(a: list[Any]) -> DateTime:
            if not a or is_object(a[0]):
                return DateTime(moved(now, where))
            numbers = [number_of(value) for value in a if not is_object(value)]
            return DateTime(
                make_date([numbers[0], (numbers[1:2] or [1])[0] - 1, *(numbers[2:] or [1])], now, where).moment
            )

        return run

    def extreme(pick: Callable[..., Any]) -> Callable[[list[Any]], Any]:
        return lambda a: DateTime(pick(map(as_moment, a), key=in_millis)) if a else UNDEFINED

    def in_millis(moment: Any) -> float:
        return DateTime(moment).millis()

    return Table(
        "DateTime",
        {
            "now": lambda a: DateTime(now),
            "local": local(place),
            "utc": local(UTC),
            "fromISO": from_iso,
            "fromSQL": from_other,
            "fromRFC2822": from_other,
            "fromHTTP": from_other,
            "fromFormat": from_format,
            "fromString": from_format,
            "fromObject": from_object,
            "fromMillis": lambda a: from_timestamp(number_of(argument(a, 0)), zoned(a, 1)),
            "fromSeconds": lambda a: from_timestamp(number_of(argument(a, 0)) * 1000, zoned(a, 1)),
            "fromJSDate": lambda a: DateTime(moved(as_moment(argument(a, 0)), place)),
            "isDateTime": lambda a: isinstance(argument(a, 0), DateTime),
            "min": extreme(min),
            "max": extreme(max),
        },
        date_format.PRESETS,
    )


DURATION: Table = Table(
    "Duration",
    {
        "fromObject": lambda a: Duration(duration_of(a)),
        "fromMillis": lambda a: Duration(duration_of([number_of(argument(a, 0))])),
        "fromISO": lambda a: Duration.of_text(text_of(argument(a, 0))),
        "isDuration": lambda a: isinstance(argument(a, 0), Duration),
    },
)

GLOBALS: dict[str, Any] = {
    "Math": MATH,
    "Number": callable_table(
        "Number",
        lambda a: normal(number_of(argument(a, 0, 0))),
        NUMBER_FUNCTIONS,
        {
            "MAX_SAFE_INTEGER": 2**53 - 1,
            "MIN_SAFE_INTEGER": 1 - 2**53,
            "EPSILON": 2**-52,
            "NaN": math.nan,
            "POSITIVE_INFINITY": math.inf,
            "NEGATIVE_INFINITY": -math.inf,
            "MAX_VALUE": 1.7976931348623157e308,
        },
    ),
    "Boolean": callable_table("Boolean", lambda a: truthy(argument(a, 0)), {}),
    "parseInt": Function(parse_int),
    "parseFloat": Function(parse_float),
    "isNaN": Function(lambda a: number_of(argument(a, 0)) != number_of(argument(a, 0))),
    "isFinite": Function(lambda a: math.isfinite(number_of(argument(a, 0)))),
    "encodeURIComponent": Function(_uri("-_.!~*'()")),
    "encodeURI": Function(_uri(";,/?:@&=+$-_.!~*'()#")),
    "escape": Function(_uri("@*_+-./")),
    "decodeURIComponent": Function(_unquoted),
    "decodeURI": Function(_unquoted),
    "NaN": math.nan,
    "Infinity": math.inf,
}
