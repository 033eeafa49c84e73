"""What `new` may make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compiler.expressions.errors import JsError
from compiler.expressions.functions.date_reading import zone_or_utc
from compiler.expressions.functions.js_dates import make_date
from compiler.expressions.functions.regex import RegexValue
from compiler.expressions.functions.table import argument
from compiler.expressions.functions.urls import make_search_params, make_url
from compiler.expressions.limits import MAX_RESULT
from compiler.expressions.scope import Scope
from compiler.expressions.values import (
    UNDEFINED,
    Function,
    HostObject,
    index_of,
    is_nullish,
    is_number,
    normal,
    number_of,
    text_of,
    truthy,
)
from core.values.kinds import is_list


class SetValue(HostObject):
    """A set as `new Set(list)` makes it; it does not change."""

    __slots__ = ("entries", "keys", "scope")

    def __init__(self, scope: Scope, entries: list[Any]) -> None:
        self.scope = scope
        kept: dict[Any, Any] = {}
        for entry in entries:
            scope.budget.spend()
            kept.setdefault(_identity(entry), entry)
        self.keys, self.entries = set(kept), list(kept.values())

    def member(self, key: str) -> Any:
        if key == "size":
            return len(self.entries)
        if key in ("@@entries",):
            return self.entries
        if key == "has":
            return Function(lambda arguments: _identity(argument(arguments, 0)) in self.keys)
        return Function(lambda arguments: list(self.entries)) if key in ("values", "keys") else UNDEFINED

    def to_text(self) -> str:
        return "[object Set]"


def _identity(value: Any) -> Any:
    whole: Any = value
    return id(whole) if isinstance(value, (dict, list, HostObject)) else (type(value).__name__, value)


def make_error(scope: Scope, arguments: list[Any]) -> Any:
    return {"name": "Error", "message": text_of(argument(arguments, 0, ""))}


def make_array(scope: Scope, arguments: list[Any]) -> Any:
    if len(arguments) == 1 and is_number(arguments[0]):
        size = index_of(arguments[0])
        if size != arguments[0] or not 0 <= size <= MAX_RESULT:
            raise JsError("Invalid array length")
        scope.budget.spend(size // 8)
        return [UNDEFINED] * size
    return list(arguments)


def make_regex(scope: Scope, arguments: list[Any]) -> Any:
    source = argument(arguments, 0, "")
    text = source.source if isinstance(source, RegexValue) else text_of(source)
    return RegexValue(text, text_of(argument(arguments, 1, "")))


def make_set(scope: Scope, arguments: list[Any]) -> Any:
    given = argument(arguments, 0, [])
    if is_nullish(given):
        return SetValue(scope, [])
    if isinstance(given, SetValue):
        return SetValue(scope, given.entries)
    if not is_list(given) and not isinstance(given, str):
        raise JsError("the value is not iterable")
    return SetValue(scope, list(given))


class MapValue(HostObject):
    """A map as `new Map(pairs)` makes it; it does not change."""

    __slots__ = ("pairs",)

    def __init__(self, scope: Scope, entries: list[Any]) -> None:
        scope.budget.spend(len(entries))
        self.pairs: dict[Any, tuple[Any, Any]] = {}
        for entry in entries:
            if not is_list(entry):
                raise JsError("an entry of a map is a list of a key and a value")
            key, value = (*entry, UNDEFINED, UNDEFINED)[:2]
            self.pairs[_identity(key)] = key, value

    def member(self, key: str) -> Any:
        if key == "size":
            return len(self.pairs)
        if key == "@@entries":
            return [list(pair) for pair in self.pairs.values()]
        if key == "get":
            return Function(lambda a: self.pairs.get(_identity(argument(a, 0)), (UNDEFINED, UNDEFINED))[1])
        if key == "has":
            return Function(lambda a: _identity(argument(a, 0)) in self.pairs)
        pairs = list(self.pairs.values())
        keys, values = [one for one, _ in pairs], [one for _, one in pairs]
        parts: dict[str, list[Any]] = {"keys": keys, "values": values, "entries": [list(pair) for pair in pairs]}
        return Function(lambda a: parts[key]) if key in parts else UNDEFINED

    def to_text(self) -> str:
        return "[object Map]"


def make_map(scope: Scope, arguments: list[Any]) -> Any:
    given = argument(arguments, 0, [])
    if isinstance(given, MapValue):
        return given
    if is_nullish(given):
        return MapValue(scope, [])
    if not is_list(given):
        raise JsError("the value is not iterable")
    return MapValue(scope, given)


CONSTRUCTORS: dict[str, Callable[[Scope, list[Any]], Any]] = {
    "Date": lambda scope, arguments: make_date(arguments, scope.names.now, zone_or_utc(scope.names.timezone)),
    "Array": make_array,
    "Object": lambda scope, arguments: argument(arguments, 0, {}),
    "Number": lambda scope, arguments: normal(number_of(argument(arguments, 0, 0))),
    "String": lambda scope, arguments: text_of(argument(arguments, 0, "")),
    "Boolean": lambda scope, arguments: truthy(argument(arguments, 0)),
    "RegExp": make_regex,
    "Set": make_set,
    "Map": make_map,
    "URL": make_url,
    "URLSearchParams": make_search_params,
    "Error": make_error,
}
