"""What `new` may make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compiler.expressions.errors import JsError
from compiler.expressions.functions.dates import zone_or_utc
from compiler.expressions.functions.js_dates import make_date
from compiler.expressions.functions.regex import RegexValue
from compiler.expressions.functions.table import argument
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
        return Function(lambda arguments: self.entries) if key in ("values", "keys") else UNDEFINED

    def to_text(self) -> str:
        return "[object Set]"


def _identity(value: Any) -> Any:
    return id(value) if isinstance(value, (dict, list, HostObject)) else (type(value).__name__, value)


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
        given = []
    if not isinstance(given, (list, str, SetValue)):
        raise JsError("the value is not iterable")
    return SetValue(scope, given.entries if isinstance(given, SetValue) else list(given))


CONSTRUCTORS: dict[str, Callable[[Scope, list[Any]], Any]] = {
    "Date": lambda scope, arguments: make_date(arguments, scope.names.now, zone_or_utc(scope.names.timezone)),
    "Array": make_array,
    "Object": lambda scope, arguments: argument(arguments, 0, {}),
    "Number": lambda scope, arguments: normal(number_of(argument(arguments, 0, 0))),
    "String": lambda scope, arguments: text_of(argument(arguments, 0, "")),
    "Boolean": lambda scope, arguments: truthy(argument(arguments, 0)),
    "RegExp": make_regex,
    "Set": make_set,
    "Error": make_error,
}
