"""Methods of lists that JavaScript has; n8n's own are in `array_extensions`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cmp_to_key
from typing import Any

from compiler.expressions.changes import changeable
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
    made: list[Any] = [UNDEFINED] * len(value)
    for at, entry in _visited(value):
        made[at] = call([entry, at, value])
    return made


def _visited(value: list[Any], *, is_backward: bool = False) -> Iterator[tuple[int, Any]]:
    """Yield (index, entry) of those there were at first and still are; the list may be changed meanwhile."""
    places = range(len(value))
    for at in reversed(places) if is_backward else places:
        if at < len(value):
            yield at, value[at]


def _looked_at(value: list[Any], *, is_backward: bool = False) -> Iterator[tuple[int, Any]]:
    """Yield (index, entry) of those there were at first; one that is gone meanwhile is undefined."""
    places = range(len(value))
    for at in reversed(places) if is_backward else places:
        yield at, value[at] if at < len(value) else UNDEFINED


@ARRAY_METHODS.native("flatMap")
def flat_map(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return flattened(scope, map_(scope, value, arguments), 1)


@ARRAY_METHODS.native("filter")
def filter_(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    call = callable_of(argument(arguments, 0))
    return [entry for at, entry in _visited(value) if truthy(call([entry, at, value]))]


@ARRAY_METHODS.native("forEach")
def for_each(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    map_(scope, value, arguments)
    return UNDEFINED


@ARRAY_METHODS.native("find")
def find(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    call = callable_of(argument(arguments, 0))
    return next((entry for at, entry in _looked_at(value) if truthy(call([entry, at, value]))), UNDEFINED)


@ARRAY_METHODS.native("findLast")
def find_last(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    call = callable_of(argument(arguments, 0))
    found = _looked_at(value, is_backward=True)
    return next((entry for at, entry in found if truthy(call([entry, at, value]))), UNDEFINED)


@ARRAY_METHODS.native("findIndex")
def find_index(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    call = callable_of(argument(arguments, 0))
    return next((at for at, entry in _looked_at(value) if truthy(call([entry, at, value]))), -1)


@ARRAY_METHODS.native("some")
def some(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    call = callable_of(argument(arguments, 0))
    return any(truthy(call([entry, at, value])) for at, entry in _visited(value))


@ARRAY_METHODS.native("every")
def every(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    call = callable_of(argument(arguments, 0))
    return all(truthy(call([entry, at, value])) for at, entry in _visited(value))


@ARRAY_METHODS.native("reduce")
def reduce(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return _reduced(value, arguments, _visited(value))


def _reduced(value: list[Any], arguments: list[Any], entries: Iterator[tuple[int, Any]]) -> Any:
    call = callable_of(argument(arguments, 0))
    if len(arguments) > 1:
        total = arguments[1]
    elif value:
        total = next(entries)[1]
    else:
        raise JsError("Reduce of empty array with no initial value")
    for at, entry in entries:
        total = call([total, entry, at, value])
    return total


@ARRAY_METHODS.native("reduceRight")
def reduce_right(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return _reduced(value, arguments, _visited(value, is_backward=True))


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


@ARRAY_METHODS.native("splice")
def splice(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    """Take entries out of a list, and put others in their place; returns those taken out."""
    changeable(scope.budget, value)
    scope.budget.spend(len(value) // 64)
    start = _place(argument(arguments, 0), len(value))
    end = len(value) if len(arguments) == 1 else start + max(index_of(argument(arguments, 1)), 0)
    taken = value[start:end] if arguments else []
    value[start : start + len(taken)] = arguments[2:]
    return taken


@ARRAY_METHODS.native("toSpliced")
def to_spliced(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    start = _place(argument(arguments, 0), len(value))
    count = len(value) if len(arguments) == 1 else max(index_of(argument(arguments, 1)), 0)
    return [*value[:start], *arguments[2:], *value[start + (count if arguments else 0) :]]


def _place(given: Any, size: int, default: int = 0) -> int:
    """Return the index that an argument means: from the end where it is negative, and within the list."""
    at = index_of(given, default)
    return max(at + size, 0) if at < 0 else min(at, size)


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


@ARRAY_METHODS.native("toReversed")
def to_reversed(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return value[::-1]


@ARRAY_METHODS.native("reverse")
def reverse(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    changeable(scope.budget, value).reverse()
    return value


@ARRAY_METHODS.native("sort")
def sort(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    changeable(scope.budget, value)[:] = to_sorted(scope, value, arguments)
    return value


@ARRAY_METHODS.native("toSorted")
def to_sorted(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
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


@ARRAY_METHODS.native("push")
def push(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return _grown(scope, value, len(value), arguments)


@ARRAY_METHODS.native("unshift")
def unshift(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return _grown(scope, value, 0, arguments)


def _grown(scope: Scope, value: list[Any], at: int, more: list[Any]) -> int:
    changeable(scope.budget, value)
    scope.budget.spend(len(more) // 8)
    if len(value) + len(more) > MAX_RESULT:
        scope.budget.grow(len(value) + len(more))
    value[at:at] = more
    return len(value)


@ARRAY_METHODS.native("pop")
def pop(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return changeable(scope.budget, value).pop() if value else UNDEFINED


@ARRAY_METHODS.native("shift")
def shift(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return changeable(scope.budget, value).pop(0) if value else UNDEFINED


@ARRAY_METHODS.native("fill")
def fill(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    changeable(scope.budget, value)
    begin, end = _place(argument(arguments, 1), len(value)), _place(argument(arguments, 2), len(value), len(value))
    for at in range(begin, end):
        value[at] = argument(arguments, 0)
    return value


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
