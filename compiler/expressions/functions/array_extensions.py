"""n8n's own methods of lists."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from compiler.expressions.errors import ExpressionFailed
from compiler.expressions.functions.output import stringify, to_json
from compiler.expressions.functions.table import Methods, argument
from compiler.expressions.scope import Scope
from compiler.expressions.values import (
    UNDEFINED,
    Function,
    index_of,
    is_nullish,
    normal,
    number_of,
    text_of,
)
from core.values.kinds import is_list, is_object

FEW_NAMES = 8  # looked for in one entry in one step


def key_of(scope: Scope, value: Any) -> Any:
    """Return something hashable that equal values share, deep ones too."""
    if isinstance(value, (dict, list)):
        return ("json", stringify(to_json(value, scope.budget)))
    if isinstance(value, bool):
        return ("bool", value)
    return ("one", repr(value)) if value is UNDEFINED or value is None else (type(value).__name__[0], value)


def unique(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    keys = _names(arguments)
    seen: set[Any] = set()
    made: list[Any] = []
    for entry in value:
        scope.budget.spend()
        whole: Any = entry
        part = [whole.get(key) for key in keys] if keys and isinstance(entry, dict) else whole
        key = key_of(scope, part)
        if key not in seen:
            seen.add(key)
            made.append(entry)
    return made


def _names(arguments: Iterable[Any]) -> list[str]:
    names: list[str] = []
    for entry in arguments:
        if is_list(entry):
            names.extend(text_of(name) for name in entry)
        elif isinstance(entry, str):
            names.append(entry)
    return names


def _numbers(scope: Scope, value: list[Any], name: str) -> list[float]:
    scope.budget.spend(len(value))
    numbers = [number_of(entry) for entry in value if not is_nullish(entry)]
    if any(number != number for number in numbers):
        raise ExpressionFailed(f"{name}() needs a list of numbers")
    return numbers


def total(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return normal(sum(_numbers(scope, value, "sum")))


def average(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    numbers = _numbers(scope, value, "average")
    return normal(sum(numbers) / len(numbers)) if numbers else 0


def smallest(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return min(_numbers(scope, value, "min"), default=UNDEFINED)


def largest(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return max(_numbers(scope, value, "max"), default=UNDEFINED)


def pluck(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    names = _names(arguments)
    scope.budget.spend(len(value) + len(value) * len(names) // FEW_NAMES)
    if not names:
        return value
    if len(names) == 1:
        # `whole` is the entry for the type checker: a call of `is_object` for each would take half as long again.
        return [whole.get(names[0], UNDEFINED) for entry in value for whole in [entry] if isinstance(entry, dict)]
    return [{name: entry[name] for name in names if name in entry} for entry in value if is_object(entry)]


def chunk(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    size = index_of(argument(arguments, 0))
    if size < 1:
        raise ExpressionFailed("chunk() needs a size of at least 1")
    return [value[at : at + size] for at in range(0, len(value), size)]


def compact(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return [entry for entry in value if not is_nullish(entry) and entry not in ("", "nil", {})]


def merge(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    others = argument(arguments, 0, None)
    made: dict[str, Any] = {}
    for entry in reversed([*value, *(others if is_list(others) else [])]):
        whole: Any = entry
        if isinstance(entry, dict):
            made = {**made, **whole}
    return made


def union(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return unique(scope, [*value, *_list(arguments)], [])


def _list(arguments: list[Any]) -> list[Any]:
    given = argument(arguments, 0, [])
    if not is_list(given):
        raise ExpressionFailed("the argument must be a list")
    return given


def difference(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    others = {key_of(scope, entry) for entry in _list(arguments)}
    return [entry for entry in unique(scope, value, []) if key_of(scope, entry) not in others]


def intersection(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    others = {key_of(scope, entry) for entry in _list(arguments)}
    return [entry for entry in unique(scope, value, []) if key_of(scope, entry) in others]


def smart_join(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    key, entry_key = text_of(argument(arguments, 0)), text_of(argument(arguments, 1))
    return {
        text_of(entry[key]): entry[entry_key]
        for entry in value
        if is_object(entry) and key in entry and entry_key in entry
    }


def rename_keys(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    pairs = dict(zip(map(text_of, arguments[::2]), map(text_of, arguments[1::2]), strict=False))
    return [
        {pairs.get(key, key): part for key, part in entry.items()} if is_object(entry) else entry for entry in value
    ]


def random_item(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return random.choice(value) if value else UNDEFINED  # noqa: S311 (nothing secret hangs on it)


def is_empty(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return not value


def first(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return value[0] if value else UNDEFINED


def last(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return value[-1] if value else UNDEFINED


def append(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return [*value, *arguments]


def to_json_string(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    return stringify(to_json(value, scope.budget))


def filtered_unique(scope: Scope, value: list[Any], arguments: list[Any]) -> Any:
    given = argument(arguments, 0)
    if isinstance(given, Function):
        seen: dict[Any, Any] = {}
        for entry in value:
            seen.setdefault(key_of(scope, given.call([entry])), entry)
        return list(seen.values())
    return unique(scope, value, arguments)


EXTENSION_METHODS = {
    "first": first,
    "last": last,
    "sum": total,
    "average": average,
    "min": smallest,
    "max": largest,
    "unique": filtered_unique,
    "removeDuplicates": filtered_unique,
    "compact": compact,
    "pluck": pluck,
    "chunk": chunk,
    "merge": merge,
    "union": union,
    "difference": difference,
    "intersection": intersection,
    "smartJoin": smart_join,
    "randomItem": random_item,
    "append": append,
    "renameKeys": rename_keys,
    "isEmpty": is_empty,
    "toJsonString": to_json_string,
}


def add_extensions(methods: Methods) -> None:
    for name, method in EXTENSION_METHODS.items():
        methods.extension(name)(method)
    methods.extension("isNotEmpty")(lambda scope, value, arguments: bool(value))
