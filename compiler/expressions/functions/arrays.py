"""Methods of lists that JavaScript has; n8n's own are in `array_extensions`."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from compiler.expressions.errors import JsError
from compiler.expressions.functions.array_extensions import add_extensions
from compiler.expressions.functions.table import Methods, argument
from compiler.expressions.limits import MAX_RESULT
from compiler.expressions.scope import Scope
from compiler.expressions.values import (
    UNDEFINED,
    callable_of,
    index_of,
    is_nullish,
    number_of,
    strictly_equal,
    text_of,
    truthy,
    units,
)

ARRAY_METHODS = Methods()
UNITS_A_STEP = 4096  # characters that are made ready to be compared in a millisecond
add_extensions(ARRAY_METHODS)


@ARRAY_METHODS.native("map")
def map_(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    call = callable_of(argument(arguments, 0))
    return [call([entry, at, value]) for at, entry in enumerate(value)]


@ARRAY_METHODS.native("flatMap")
def flat_map(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return flattened(scope, map_(scope, value, arguments), 1)


@ARRAY_METHODS.native("filter")
def filter_(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    call = callable_of(argument(arguments, 0))
    return [entry for at, entry in enumerate(value) if truthy(call([entry, at, value]))]


@ARRAY_METHODS.native("forEach")
def for_each(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    map_(scope, value, arguments)
    return UNDEFINED


@ARRAY_METHODS.native("find")
def find(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    call = callable_of(argument(arguments, 0))
    return next((entry for at, entry in enumerate(value) if truthy(call([entry, at, value]))), UNDEFINED)


@ARRAY_METHODS.native("findLast")
def find_last(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return find(scope, value[::-1], arguments)


@ARRAY_METHODS.native("findIndex")
def find_index(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    call = callable_of(argument(arguments, 0))
    return next((at for at, entry in enumerate(value) if truthy(call([entry, at, value]))), -1)


@ARRAY_METHODS.native("some")
def some(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return find_index(scope, value, arguments) >= 0


@ARRAY_METHODS.native("every")
def every(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    call = callable_of(argument(arguments, 0))
    return all(truthy(call([entry, at, value])) for at, entry in enumerate(value))


@ARRAY_METHODS.native("reduce")
def reduce(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    call, entries = callable_of(argument(arguments, 0)), list(enumerate(value))
    if len(arguments) > 1:
        total = arguments[1]
    elif entries:
        total = entries.pop(0)[1]
    else:
        raise JsError("Reduce of empty array with no initial value")
    for at, entry in entries:
        total = call([total, entry, at, value])
    return total


@ARRAY_METHODS.native("reduceRight")
def reduce_right(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return reduce(scope, value[::-1], arguments)


@ARRAY_METHODS.native("join")
def join(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    scope.budget.spend(len(value))
    mark = text_of(argument(arguments, 0, ","), scope.budget.spend)
    scope.budget.grow(len(mark) * max(len(value) - 1, 0))
    text = mark.join("" if is_nullish(entry) else text_of(entry, scope.budget.spend) for entry in value)
    scope.budget.grow(len(text))
    return text


@ARRAY_METHODS.native("toString", "toLocaleString")
def to_string(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return text_of(value, scope.budget.spend)


@ARRAY_METHODS.native("includes")
def includes(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    wanted = argument(arguments, 0)
    scope.budget.spend(len(value) // 8)
    return any(strictly_equal(entry, wanted) or (entry != entry and wanted != wanted) for entry in value)


@ARRAY_METHODS.native("indexOf")
def index(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    wanted = argument(arguments, 0)
    scope.budget.spend(len(value) // 8)
    return next((at for at, entry in enumerate(value) if strictly_equal(entry, wanted)), -1)


@ARRAY_METHODS.native("lastIndexOf")
def last_index(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    at = index(scope, value[::-1], arguments)
    return -1 if at < 0 else len(value) - 1 - at


@ARRAY_METHODS.native("at")
def at_(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    at = index_of(argument(arguments, 0))
    at = at + len(value) if at < 0 else at
    return value[at] if 0 <= at < len(value) else UNDEFINED


@ARRAY_METHODS.native("slice")
def slice_(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    scope.budget.spend(len(value) // 64)
    return value[index_of(argument(arguments, 0)) : index_of(argument(arguments, 1), len(value))]


@ARRAY_METHODS.native("splice", "toSpliced")
def splice(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    start = index_of(argument(arguments, 0))
    start = max(start + len(value), 0) if start < 0 else min(start, len(value))
    return value[start : start + max(index_of(argument(arguments, 1), len(value)), 0)]


@ARRAY_METHODS.native("concat")
def concat(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    made = list(value)
    for entry in arguments:
        whole: Any = entry
        made.extend(whole if isinstance(entry, list) else [whole])
        scope.budget.spend(len(made) // 8)
        scope.budget.grow(len(made))
    return made


def flattened(scope: Scope, value: list[Any], depth: int) -> list[Any]:
    made: list[Any] = []
    for entry in value:
        scope.budget.spend()
        whole: Any = entry
        if isinstance(entry, list) and depth > 0:
            made.extend(flattened(scope, whole, depth - 1))
        else:
            made.append(entry)
    return made


@ARRAY_METHODS.native("flat")
def flat(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return flattened(scope, value, min(index_of(argument(arguments, 0), 1), 200))


@ARRAY_METHODS.native("reverse", "toReversed")
def reverse(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return value[::-1]


@ARRAY_METHODS.native("sort", "toSorted")
def sort(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    scope.budget.spend(len(value))
    present, absent = [entry for entry in value if entry is not UNDEFINED], value.count(UNDEFINED)
    compare = argument(arguments, 0)
    if compare is UNDEFINED:
        present = sorted(present, key=lambda entry: _by_units(scope, entry))
    else:
        call = callable_of(compare)
        present = sorted(present, key=cmp_to_key(lambda left, right: _sign(call([left, right]))))
    return [*present, *([UNDEFINED] * absent)]


def _by_units(scope: Scope, entry: Any) -> str:
    text = text_of(entry, scope.budget.spend)
    scope.budget.spend(len(text) // UNITS_A_STEP)
    return units(text)


def _sign(value: Any) -> int:
    number = number_of(value)
    return (number > 0) - (number < 0)


@ARRAY_METHODS.native("keys")
def keys(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return list(range(len(value)))


@ARRAY_METHODS.native("values")
def values(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return list(value)


@ARRAY_METHODS.native("entries")
def entries(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    scope.budget.spend(len(value))
    return [[at, entry] for at, entry in enumerate(value)]


@ARRAY_METHODS.native("push", "unshift")
def push(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return len(value) + len(arguments)


@ARRAY_METHODS.native("pop")
def pop(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return value[-1] if value else UNDEFINED


@ARRAY_METHODS.native("shift")
def shift(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return value[0] if value else UNDEFINED


@ARRAY_METHODS.native("fill")
def fill(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return [argument(arguments, 0)] * len(value)


@ARRAY_METHODS.native("with")
def with_(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    at = index_of(argument(arguments, 0))
    at = at + len(value) if at < 0 else at
    if not 0 <= at < min(len(value), MAX_RESULT):
        raise JsError("Invalid index")
    return [*value[:at], argument(arguments, 1), *value[at + 1 :]]


@ARRAY_METHODS.native("hasOwnProperty")
def has_own(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return 0 <= index_of(argument(arguments, 0), -1) < len(value)
