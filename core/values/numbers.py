"""One grammar for numbers in text, and sums that lose nothing.

A number is written as in JSON, with a sign, a bare point or blanks around it as people write them. `1_000`, `NaN`,
`Infinity` and digits of other scripts are text.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

MOST_CHARACTERS = 400
MOST_WHOLE, LEAST_WHOLE = 2**64 - 1, -(2**63)  # what is stored as it is
LARGEST = int(sys.float_info.max)
EXACT_DIGITS = 15  # so many digits come out of a float as they went in
_NUMBER = re.compile(r"[+-]?(?:(?P<whole>\d+)|(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][+-]?\d+)?)", re.ASCII)


def read_number(text: str) -> int | float | None:
    """Return the number a text stands for, whole ones exactly; None for other text, and what is beyond a number."""
    if len(text) >= MOST_CHARACTERS:
        return None
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    if found["whole"]:
        return int(found.group())
    number = float(found.group())
    return number if math.isfinite(number) else None


def is_exact(text: str, number: float) -> bool:
    """Tell whether a number that was read from a text holds all its digits, and can be stored with them."""
    if isinstance(number, int):
        return LEAST_WHOLE <= number <= MOST_WHOLE
    mantissa = re.split("[eE]", text.strip().lstrip("+-"))[0]
    digits = mantissa.replace(".", "").lstrip("0")
    if len(digits.rstrip("0") if "." in mantissa else digits) <= EXACT_DIGITS:
        return True
    return abs(_exponent(text)) < MOST_CHARACTERS and Fraction(text.strip()) == Fraction(repr(number))


def _exponent(text: str) -> int:
    parts = re.split("[eE]", text.strip())
    return int(parts[1]) if len(parts) > 1 else 0


def as_number(value: Any) -> int | float | None:
    """Return the number a value stands for: a number, or text that reads as one; None where that is not finite."""
    if isinstance(value, bool):
        return None
    number = read_number(value) if isinstance(value, str) else value
    if isinstance(number, int):
        return number if -LARGEST <= number <= LARGEST else None
    return number if isinstance(number, float) and math.isfinite(number) else None


def total(numbers: Iterable[int | float], parts: int = 1) -> int | float:
    """Return what numbers are together, or on average: whole numbers exactly. Raises: OverflowError."""
    wholes, others = 0, list[float]()
    for number in numbers:
        if isinstance(number, int):
            wholes += number
        else:
            others.append(number)
    if not others:
        return wholes // parts if wholes % parts == 0 else _narrowed(Fraction(wholes, parts))
    try:
        some = Fraction(math.fsum(others))
    except OverflowError:  # on the way: what comes of it in the end may be a number
        some = sum(map(Fraction, others), Fraction(0))
    return _narrowed((some + wholes) / parts)


def _narrowed(exact: Fraction) -> int | float:
    number = float(exact)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
