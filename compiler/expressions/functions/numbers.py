"""Methods of numbers."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from compiler.expressions.errors import ExpressionFailed, JsError
from compiler.expressions.functions.dates import DateTime, from_timestamp
from compiler.expressions.functions.locale import WIDE, grouped
from compiler.expressions.functions.locales import ENGLISH
from compiler.expressions.functions.table import Methods, argument
from compiler.expressions.scope import Scope
from compiler.expressions.values import index_of, is_nullish, normal, number_of, number_text
from core.values.kinds import is_object

NUMBER_METHODS = Methods()


def to_fixed(number: float, digits: int) -> str:
    if not 0 <= digits <= 100:
        raise JsError("toFixed() digits argument must be between 0 and 100")
    if not math.isfinite(number) or abs(number) >= 1e21:
        return number_text(number)
    return str(Decimal(number).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, WIDE))


@NUMBER_METHODS.native("toFixed")
def fixed(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return to_fixed(value, index_of(argument(arguments, 0)))


@NUMBER_METHODS.native("toString")
def to_string(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    base = index_of(argument(arguments, 0), 10)
    if base == 10:
        return number_text(value)
    if not 2 <= base <= 36:
        raise JsError("toString() radix must be between 2 and 36")
    if not math.isfinite(value):
        return number_text(value)
    digits, whole = "0123456789abcdefghijklmnopqrstuvwxyz", abs(int(value))
    text = ""
    while whole:
        whole, digit = divmod(whole, base)
        text = digits[digit] + text
    fraction, part = abs(value) - abs(int(value)), ""
    while fraction and len(part) < 52:
        fraction *= base
        part += digits[int(fraction)]
        fraction -= int(fraction)
    return ("-" if value < 0 else "") + (text or "0") + ("." + part if part else "")


@NUMBER_METHODS.native("toPrecision")
def to_precision(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    size = argument(arguments, 0, None)
    if size is None:
        return number_text(value)
    digits = index_of(size)
    if not 1 <= digits <= 100:
        raise JsError("toPrecision() argument must be between 1 and 100")
    if not math.isfinite(value):
        return number_text(value)
    power = math.floor(math.log10(abs(value))) if value else 0
    if power < -6 or power >= digits:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}e{'+' if int(exponent) >= 0 else '-'}{abs(int(exponent))}"
    return to_fixed(value, max(digits - 1 - power, 0))


@NUMBER_METHODS.native("toExponential")
def to_exponential(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    if not math.isfinite(value):
        return number_text(value)
    mantissa, exponent = f"{value:.{max(0, min(index_of(argument(arguments, 0), 6), 100))}e}".split("e")
    return f"{mantissa}e{'+' if int(exponent) >= 0 else '-'}{abs(int(exponent))}"


@NUMBER_METHODS.native("valueOf")
@NUMBER_METHODS.extension("toNumber", "toFloat")
def value_of(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return value


@NUMBER_METHODS.native("toLocaleString")
@NUMBER_METHODS.extension("format")
def to_locale(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    given = [one for one in arguments[:2] if not is_nullish(one)]
    locale = given.pop(0) if given and isinstance(given[0], str) else ENGLISH
    return grouped(value, given[0] if given and is_object(given[0]) else {}, locale)


@NUMBER_METHODS.extension("round")
def round_(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    digits = index_of(argument(arguments, 0))
    return normal(float(to_fixed(float(repr(value)), digits))) if digits < 0 else _round_decimal(value, digits)


def _round_decimal(value: float, digits: int) -> float:
    if not math.isfinite(value):
        return value
    step = Decimal(1).scaleb(-min(digits, 30))
    number = Decimal(repr(value))
    if number < 0:  # a half goes up, as Math.round has it
        return normal(float(-WIDE.subtract(-number, Decimal("1e-40")).quantize(step, ROUND_HALF_UP, WIDE)))
    return normal(float(number.quantize(step, ROUND_HALF_UP, WIDE)))


@NUMBER_METHODS.extension("floor")
def floor(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return math.floor(value) if math.isfinite(value) else value


@NUMBER_METHODS.extension("ceil")
def ceil(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return math.ceil(value) if math.isfinite(value) else value


@NUMBER_METHODS.extension("toInt")
def to_int(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return math.trunc(value) if math.isfinite(value) else value


@NUMBER_METHODS.extension("abs")
def absolute(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return abs(value)


@NUMBER_METHODS.extension("isEven")
def is_even(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return _whole(value) % 2 == 0


@NUMBER_METHODS.extension("isOdd")
def is_odd(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return _whole(value) % 2 == 1


def _whole(value: float) -> int:
    if not math.isfinite(value) or value != math.floor(value):
        raise ExpressionFailed("isEven() and isOdd() need a whole number")
    return int(value)


@NUMBER_METHODS.extension("isInteger")
def is_integer(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return math.isfinite(value) and value == math.floor(value)


@NUMBER_METHODS.extension("isEmpty")
def is_empty(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return False


@NUMBER_METHODS.extension("isNotEmpty")
def is_not_empty(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return True


@NUMBER_METHODS.extension("toBoolean")
def to_boolean(scope: Scope, value: Any, arguments: list[Any]) -> Any:
    return value != 0


@NUMBER_METHODS.extension("toDateTime")
def to_date_time(scope: Scope, value: Any, arguments: list[Any]) -> DateTime:
    unit = argument(arguments, 0, "ms")
    if unit == "excel":
        return from_timestamp((value - 25569) * 86_400_000, scope.names.timezone)
    factors = {"ms": 1.0, "s": 1000.0, "us": 0.001}
    if not isinstance(unit, str) or unit not in factors:
        raise ExpressionFailed("toDateTime() takes 'ms', 's', 'us' or 'excel'")
    return from_timestamp(number_of(value) * factors[unit], scope.names.timezone)
