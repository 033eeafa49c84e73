"""JavaScript's view of values: undefined, conversions, equality, text as UTF-16."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from compiler.expressions.errors import JsError
from compiler.expressions.limits import WATCH, Budget

SAFE_INTEGER = 2**53


class Undefined:
    """The type of `undefined`; there is one value of it."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined()


class Function:
    """A function of the language: a table entry or an arrow function. It has no attributes to reach."""

    __slots__ = ("call", "members")

    def __init__(self, call: Callable[[list[Any]], Any], members: dict[str, Any] | None = None) -> None:
        self.call = call
        self.members = members or {}


class HostObject:
    """A value with members of its own: a look-up in a table of ours, never an attribute of Python's."""

    __slots__ = ()

    def member(self, key: str) -> Any:
        """Return a member, or UNDEFINED."""
        return UNDEFINED

    def member_for(self, key: str, budget: Budget) -> Any:
        """Return a member, or UNDEFINED; one that is work is paid from the budget of the expression that reads it."""
        return self.member(key)

    def to_text(self) -> str:
        return "[object Object]"

    def to_number(self) -> float:
        return math.nan

    def to_json(self) -> Any:
        return {}

    def identity(self) -> Any:
        """Return what two equal values share."""
        return id(self)


def is_nullish(value: Any) -> bool:
    return value is None or value is UNDEFINED


def is_number(value: Any) -> bool:
    return type(value) is int or type(value) is float


def normal(number: float) -> float:
    """Return a number as JavaScript holds it: whole ones as int below 2^53, others as float."""
    if type(number) is int:
        return number if -SAFE_INTEGER <= number <= SAFE_INTEGER else _as_float(number)
    if number == math.floor(number) if math.isfinite(number) else False:
        return int(number) if -SAFE_INTEGER <= number <= SAFE_INTEGER and not _negative_zero(number) else number
    return number


def _as_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def power(base: float, exponent: float) -> float:
    """Return a power as `**` has it: too large, or one of zero, is infinite with the sign it would have."""
    if exponent != exponent or (abs(base) == 1 and math.isinf(exponent)):
        return math.nan
    is_whole = math.isinf(exponent) or exponent == math.floor(exponent)
    if not is_whole and base < 0 and math.isfinite(base):
        return math.nan
    try:
        result: float = float(base) ** float(exponent)
    except (OverflowError, ZeroDivisionError):
        return -math.inf if is_whole and math.copysign(1, base) < 0 and exponent % 2 == 1 else math.inf
    return result


def _negative_zero(number: float) -> bool:
    return number == 0 and math.copysign(1, number) < 0


def type_of(value: Any) -> str:
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, bool):
        return "boolean"
    if is_number(value):
        return "number"
    if isinstance(value, str):
        return "string"
    return "function" if isinstance(value, Function) else "object"


def truthy(value: Any) -> bool:
    if isinstance(value, (list, dict)):
        return True
    if type(value) is float:
        return value == value and value != 0
    return bool(value)


def number_text(number: float) -> str:
    """Write a number as JavaScript does. Source: ECMA-262, Number::toString."""
    if type(number) is int:
        return str(number) if abs(number) < 10**21 else number_text(_as_float(number))
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == math.floor(number) and abs(number) < 1e21:
        return str(int(number))
    text = repr(number)
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    power = int(exponent)
    if -7 <= power < 0:
        digits = mantissa.replace(".", "").lstrip("-")
        return ("-" if number < 0 else "") + "0." + "0" * (-power - 1) + digits
    return f"{mantissa.removesuffix('.0')}e{'+' if power > 0 else '-'}{abs(power)}"


def text_of(value: Any, spend: Callable[[int], None] | None = None) -> str:
    """Convert to text as `String(value)` does; `spend` is charged for what lists hold."""
    if isinstance(value, str):
        return value
    if value is UNDEFINED:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(value)
    whole: Any = value
    if isinstance(value, list):
        if spend:
            spend(len(whole) + 1)
        return ",".join("" if is_nullish(entry) else text_of(entry, spend) for entry in whole)
    if isinstance(value, HostObject):
        return value.to_text()
    if isinstance(value, Function):
        return "function () { [native code] }"
    return "[object Object]"


_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)")
_BASES = {"0x": 16, "0o": 8, "0b": 2}


def number_of(value: Any) -> float:
    """Convert to a number as `Number(value)` does."""
    if is_number(value):
        number: float = value
        return number
    if isinstance(value, bool):
        return int(value)
    if value is None:
        return 0
    if isinstance(value, str):
        return text_to_number(value)
    if isinstance(value, HostObject):
        return value.to_number()
    whole: Any = value
    if isinstance(value, list):
        return text_to_number(text_of(whole)) if len(whole) < 2 else math.nan
    return math.nan


def text_to_number(text: str) -> float:
    text = text.strip()
    if not text:
        return 0
    if text[:2].lower() in _BASES:
        try:
            return normal(int(text[2:], _BASES[text[:2].lower()])) if "_" not in text else math.nan
        except ValueError:
            return math.nan
    if text in ("Infinity", "+Infinity", "-Infinity"):
        return -math.inf if text[0] == "-" else math.inf
    if len(text) > 1000 or not _NUMBER.fullmatch(text):
        return math.nan
    return normal(float(text))


def int32_of(value: Any) -> int:
    number = number_of(value)
    if not math.isfinite(number):
        return 0
    return (math.trunc(number) + 2**31) % 2**32 - 2**31


def index_of(value: Any, default: int = 0) -> int:
    """Convert to an index: truncated, NaN and undefined as `default`, clamped to what Python can slice with."""
    if value is UNDEFINED:
        return default
    number = number_of(value)
    if math.isnan(number):
        return 0
    return math.trunc(max(min(number, 2**53), -(2**53)))


def strictly_equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if is_number(left) and is_number(right):
        return bool(left == right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return left is right


def loosely_equal(left: Any, right: Any) -> bool:
    """Compare as `==` does. Source: ECMA-262, IsLooselyEqual."""
    if is_nullish(left) or is_nullish(right):
        return is_nullish(left) and is_nullish(right)
    kinds = type_of(left), type_of(right)
    if kinds[0] == kinds[1]:
        return strictly_equal(left, right)
    if kinds[0] in ("object", "function"):
        return not kinds[1].startswith(("object", "func")) and loosely_equal(primitive(left), right)
    if kinds[1] in ("object", "function"):
        return loosely_equal(left, primitive(right))
    return number_of(left) == number_of(right)


def primitive(value: Any, *, prefer_number: bool = True) -> Any:
    """Turn an object into what operators work on."""
    if isinstance(value, HostObject):
        number = value.to_number() if prefer_number else math.nan
        return value.to_text() if number != number else normal(number)
    if isinstance(value, (list, dict, Function)):
        return text_of(value)
    return value


def units(text: str) -> str:
    """Return text with one character for each UTF-16 unit, so that positions count as JavaScript's do."""
    if text.isascii() or max(text, default="") < "\U00010000":
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(raw[at] | raw[at + 1] << 8) for at in range(0, len(raw), 2))


def length_in_units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def unit_at(text: str, index: int) -> str | None:
    """Return one of a text's UTF-16 units, half of a pair as U+FFFD; None where the text is not so long."""
    found = units(text[: index + 1])  # each character has one at least
    return joined(found[index]) if index < len(found) else None


def joined(text: str) -> str:
    """Undo `units`; half of a pair becomes U+FFFD, of which whoever evaluates is told."""
    if text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    made = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if made.count("\ufffd") > text.count("\ufffd"):
        WATCH.has_halved = True
    return made


LAST_INDEX = 2**32 - 2  # the largest key that counts as a whole number


def in_order(whole: dict[str, Any]) -> dict[str, Any]:
    """Return an object with its keys as JavaScript lists them: whole numbers first, ascending."""
    numbered = [key for key in filter(str.isdigit, whole) if _is_index(key)]
    if not numbered:
        return whole
    made = {key: whole[key] for key in sorted(numbered, key=int)}
    made.update(whole)
    return made


def _is_index(key: str) -> bool:
    return key.isascii() and (key[0] != "0" or key == "0") and len(key) <= 10 and int(key) <= LAST_INDEX


def entries_of(value: Any) -> list[tuple[str, Any]]:
    """Return the keys and values of an object, or of what else has some."""
    whole: Any = value
    if isinstance(value, dict):
        return list(in_order(whole).items())
    return [(str(at), entry) for at, entry in enumerate(whole)] if isinstance(value, (list, str)) else []


def keys_of(value: Any) -> list[str]:
    """Return what `for (… in value)` goes through."""
    return [key for key, _ in entries_of(value)]


def callable_of(value: Any) -> Callable[[list[Any]], Any]:
    if not isinstance(value, Function):
        raise JsError(f"{text_of(value)[:40]} is not a function")
    return value.call
