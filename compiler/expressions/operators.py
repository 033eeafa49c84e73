"""Operators over JavaScript's values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from compiler.expressions.errors import JsError
from compiler.expressions.functions.dates import DateTime
from compiler.expressions.functions.js_dates import JsDate
from compiler.expressions.limits import Budget
from compiler.expressions.values import (
    UNDEFINED,
    Function,
    HostObject,
    int32_of,
    is_number,
    loosely_equal,
    normal,
    number_of,
    power,
    primitive,
    strictly_equal,
    text_of,
    truthy,
    type_of,
)


def add(left: Any, right: Any, budget: Budget) -> Any:
    if is_number(left) and is_number(right):
        return normal(left + right)
    left, right = primitive(left, prefer_number=False), primitive(right, prefer_number=False)
    if isinstance(left, str) or isinstance(right, str):
        first, second = text_of(left, budget.spend), text_of(right, budget.spend)
        budget.grow(len(first) + len(second))
        return first + second
    return normal(number_of(left) + number_of(right))


def _arithmetic(operate: Callable[[float, float], float]) -> Callable[[Any, Any], Any]:
    def run(left: Any, right: Any) -> Any:
        try:
            return normal(operate(number_of(left), number_of(right)))
        except OverflowError:
            return math.inf

    return run


def divide(left: float, right: float) -> float:
    if right == 0:
        if left == 0 or left != left:
            return math.nan
        return math.inf if (left > 0) == (math.copysign(1, right) > 0) else -math.inf
    return left / right


def remainder(left: float, right: float) -> float:
    if right == 0 or math.isinf(left) or left != left or right != right:
        return math.nan
    return left if math.isinf(right) else math.fmod(left, right)


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def run(left: Any, right: Any) -> bool:
        left, right = primitive(left), primitive(right)
        if isinstance(left, str) and isinstance(right, str):
            return test(left, right)
        first, second = number_of(left), number_of(right)
        return first == first and second == second and test(first, second)

    return run


def _in(left: Any, right: Any) -> bool:
    whole: Any = right
    if isinstance(right, dict):
        return text_of(left) in whole
    if isinstance(right, list):
        number = number_of(left)
        return (number == number and 0 <= number < len(whole)) or left == "length"
    raise JsError("the right side of 'in' is not an object")


INSTANCES: dict[str, Callable[[Any], bool]] = {
    "Array": lambda value: isinstance(value, list),
    "Object": lambda value: isinstance(value, (dict, list, HostObject, Function)),
    "Date": lambda value: isinstance(value, JsDate),
    "DateTime": lambda value: isinstance(value, DateTime),
}


def _instance_of(left: Any, right: Any) -> bool:
    name = right.members.get("name") if isinstance(right, Function) else None
    return INSTANCES.get(str(name), lambda value: False)(left)


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "-": _arithmetic(lambda left, right: left - right),
    "*": _arithmetic(lambda left, right: left * right),
    "/": _arithmetic(divide),
    "%": _arithmetic(remainder),
    "**": _arithmetic(power),
    "==": loosely_equal,
    "!=": lambda left, right: not loosely_equal(left, right),
    "===": strictly_equal,
    "!==": lambda left, right: not strictly_equal(left, right),
    "<": _compare(lambda left, right: left < right),
    ">": _compare(lambda left, right: left > right),
    "<=": _compare(lambda left, right: left <= right),
    ">=": _compare(lambda left, right: left >= right),
    "&": lambda left, right: int32_of(left) & int32_of(right),
    "|": lambda left, right: int32_of(left) | int32_of(right),
    "^": lambda left, right: int32_of(left) ^ int32_of(right),
    "<<": lambda left, right: int32_of(int32_of(left) << (int32_of(right) & 31)),
    ">>": lambda left, right: int32_of(left) >> (int32_of(right) & 31),
    ">>>": lambda left, right: (int32_of(left) % 2**32) >> (int32_of(right) & 31),
    "in": _in,
    "instanceof": _instance_of,
}
UNARY: dict[str, Callable[[Any], Any]] = {
    "!": lambda value: not truthy(value),
    "-": lambda value: normal(-number_of(value)) if number_of(value) != 0 else 0,
    "+": lambda value: normal(number_of(value)),
    "~": lambda value: ~int32_of(value),
    "typeof": type_of,
    "void": lambda value: UNDEFINED,
}
