"""`Math`, and what reads and tests numbers."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from typing import Any

from compiler.expressions.functions.table import argument
from compiler.expressions.tables import Table
from compiler.expressions.values import int32_of, is_number, normal, number_of, power, text_of


def _numbers(arguments: list[Any]) -> list[float]:
    return [number_of(value) for value in arguments]


def extreme(pick: Callable[..., float], arguments: list[Any], empty: float) -> Any:
    numbers = _numbers(arguments)
    return math.nan if any(number != number for number in numbers) else pick(numbers, default=empty)


def _unary(operate: Callable[[float], float]) -> Callable[[list[Any]], Any]:
    def run(arguments: list[Any]) -> Any:
        number = number_of(argument(arguments, 0))
        try:
            return normal(operate(number))
        except OverflowError:
            return number if math.isinf(number) else math.inf  # of those here only `exp` grows so, and it is positive
        except ValueError:
            return number if math.isinf(number) else math.nan

    return run


def _whole(operate: Callable[[float], int]) -> Callable[[list[Any]], Any]:
    return _unary(lambda number: operate(number) if math.isfinite(number) else number)


def _log(log: Callable[[float], float]) -> Callable[[list[Any]], Any]:
    return _unary(lambda number: -math.inf if number == 0 else log(number))


def _power(arguments: list[Any]) -> Any:
    return normal(power(number_of(argument(arguments, 0)), number_of(argument(arguments, 1))))


MATH = Table(
    "Math",
    {
        "round": _whole(lambda number: math.floor(number + 0.5)),
        "floor": _whole(math.floor),
        "ceil": _whole(math.ceil),
        "trunc": _whole(math.trunc),
        "abs": _unary(abs),
        "sqrt": _unary(math.sqrt),
        "cbrt": _unary(math.cbrt),
        "sign": _unary(lambda number: (number > 0) - (number < 0) if number == number else number),
        "min": lambda a: extreme(min, a, math.inf),
        "max": lambda a: extreme(max, a, -math.inf),
        "pow": _power,
        "log": _log(math.log),
        "log2": _log(math.log2),
        "log10": _log(math.log10),
        "exp": _unary(math.exp),
        "sin": _unary(math.sin),
        "cos": _unary(math.cos),
        "tan": _unary(math.tan),
        "atan": _unary(math.atan),
        "atan2": lambda a: math.atan2(number_of(argument(a, 0)), number_of(argument(a, 1))),
        "hypot": lambda a: normal(math.hypot(*_numbers(a))),
        "random": lambda a: random.random(),  # noqa: S311 (as JavaScript has it: nothing secret is made of it)
    },
    {"PI": math.pi, "E": math.e, "LN2": math.log(2), "LN10": math.log(10), "SQRT2": math.sqrt(2)},
)


def parse_int(arguments: list[Any]) -> Any:
    base = int32_of(argument(arguments, 1, 0))
    found = re.match(r"\s*([+-]?)(0[xX])?([0-9a-zA-Z]*)", text_of(argument(arguments, 0))[:1000])
    if not found:
        return math.nan
    sign, mark, digits = found.groups()
    base = base or (16 if mark else 10)
    if mark and base != 16:
        digits = "0"
    allowed = "0123456789abcdefghijklmnopqrstuvwxyz"[: base if 2 <= base <= 36 else 0]
    kept = re.match(f"[{allowed}]*", digits.lower()) if allowed else None
    if not kept or not kept.group():
        return math.nan
    return normal(int(kept.group(), base) * (-1 if sign == "-" else 1))


def parse_float(arguments: list[Any]) -> Any:
    text = text_of(argument(arguments, 0)).strip()[:1000]
    found = re.match(r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)", text)
    if found:
        return normal(float(found.group()))
    return (-math.inf if text[0] == "-" else math.inf) if text.lstrip("+-").startswith("Infinity") else math.nan


def _is_integer(arguments: list[Any]) -> Any:
    value = argument(arguments, 0)
    return is_number(value) and math.isfinite(value) and value == math.floor(value)


NUMBER_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "parseInt": parse_int,
    "parseFloat": parse_float,
    "isInteger": _is_integer,
    "isSafeInteger": lambda a: _is_integer(a) and abs(a[0]) < 2**53,
    "isFinite": lambda a: is_number(argument(a, 0)) and math.isfinite(a[0]),
    "isNaN": lambda a: is_number(argument(a, 0)) and a[0] != a[0],
}
