"""Reading members and calling methods: tables of ours by type, never an attribute of Python's."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from compiler.expressions.errors import ExpressionFailed, JsError
from compiler.expressions.functions.arrays import ARRAY_METHODS
from compiler.expressions.functions.booleans import BOOLEAN_METHODS, NULLISH_METHODS
from compiler.expressions.functions.numbers import NUMBER_METHODS
from compiler.expressions.functions.objects import OBJECT_METHODS
from compiler.expressions.functions.regex import Match
from compiler.expressions.functions.strings import STRING_METHODS
from compiler.expressions.functions.table import EXTENSIONS, Method
from compiler.expressions.limits import Budget
from compiler.expressions.scope import Scope
from compiler.expressions.values import (
    UNDEFINED,
    Function,
    HostObject,
    is_nullish,
    is_number,
    length_in_units,
    number_of,
    text_of,
    type_of,
    unit_at,
)
from core.values.kinds import is_list


def read_member(value: Any, key: Any, budget: Budget) -> Any:
    """Return `value[key]`. Raises: JsError on null and undefined."""
    whole: Any = value
    if isinstance(value, dict):
        return whole.get(key if isinstance(key, str) else text_of(key), UNDEFINED)
    if isinstance(value, (list, str)):
        return _of_sequence(whole, key)
    if isinstance(value, HostObject):
        return value.member_for(key if isinstance(key, str) else text_of(key), budget)
    if isinstance(value, Function):
        return value.members.get(text_of(key), UNDEFINED)
    if is_nullish(value):
        raise JsError(f"Cannot read properties of {text_of(value)} (reading '{text_of(key)[:40]}')")
    return UNDEFINED


def _of_sequence(value: list[Any] | str, key: Any) -> Any:
    if isinstance(value, Match) and key in value.members:
        return value.members[key]
    if key == "length":
        return len(value) if isinstance(value, list) else length_in_units(value)
    number: Any = number_of(key) if isinstance(key, str) and key.isdigit() else key
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return UNDEFINED
    if not 0 <= number < 2**31 or number != math.floor(number):
        return UNDEFINED  # a part of a number is looked for in a `range` one by one
    index = int(number)
    if isinstance(value, list):
        return value[index] if index < len(value) else UNDEFINED
    unit = unit_at(value, index)
    return UNDEFINED if unit is None else unit


FEW = 8  # arguments that are looked at one by one; functions of many are given numbers


AT_THE_END = ("push", "pop")  # of lists: they touch no other entry


def _methods_of(value: Any) -> dict[str, Method]:
    if isinstance(value, str):
        return STRING_METHODS
    if isinstance(value, list):
        return ARRAY_METHODS
    if isinstance(value, dict):
        return OBJECT_METHODS
    if isinstance(value, bool):
        return BOOLEAN_METHODS
    return NUMBER_METHODS if is_number(value) else {}


def call_member(scope: Scope, value: Any, name: str, arguments: Callable[[Scope], list[Any]]) -> Any:
    """Call a method. Raises: JsError if there is none, ExpressionFailed for an n8n method on the wrong type."""
    whole: Any = value
    if isinstance(value, dict):
        function = whole.get(name)
        if isinstance(function, Function):
            return called(scope, function.call, arguments(scope))
    if isinstance(value, (HostObject, Function)):
        found = read_member(value, name, scope.budget)
        if isinstance(found, Function):
            return called(scope, found.call, arguments(scope))
    method = _methods_of(value).get(name)
    if method is not None:
        given = arguments(scope)
        scope.budget.touch(*given[:FEW]) if name in AT_THE_END else scope.budget.touch(value, *given[:FEW])
        return method(scope, value, given)
    if is_nullish(value):
        nullish = NULLISH_METHODS.get(name)
        if nullish is not None:
            return nullish(scope, value, arguments(scope))
        raise JsError(f"Cannot read properties of {text_of(value)} (reading '{name[:40]}')")
    if name in EXTENSIONS and not isinstance(value, HostObject):
        raise ExpressionFailed(f"{name}() cannot be used on a value of type {type_of(value)}")
    raise JsError(f"{name[:40]} is not a function")


def called(scope: Scope, call: Callable[[list[Any]], Any], given: list[Any]) -> Any:
    """Call a function of ours, or an arrow function, on what it is given."""
    scope.budget.touch(given, *given[:FEW])
    return call(given)


def iterate(value: Any) -> list[Any]:
    """Return what a spread or a pattern takes out of a value. Raises: JsError."""
    whole: Any = value
    if isinstance(value, list):
        entries: list[Any] = whole
        return entries
    if isinstance(value, str):
        return list(value)
    if isinstance(value, HostObject):
        found = value.member("@@entries")
        if is_list(found):
            return found
    raise JsError("the value is not iterable")
