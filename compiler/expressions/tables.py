"""Objects of pure functions and constants, like `Math`; and functions that hold some, like `Number`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compiler.expressions.values import UNDEFINED, Function, HostObject


class Table(HostObject):
    """An object of pure functions and constants, like `Math`."""

    __slots__ = ("entries", "name")

    def __init__(
        self, name: str, functions: dict[str, Callable[[list[Any]], Any]], constants: dict[str, Any] | None = None
    ) -> None:
        self.name = name
        self.entries: dict[str, Any] = {key: Function(call) for key, call in functions.items()} | (constants or {})

    def member(self, key: str) -> Any:
        return self.entries.get(key, UNDEFINED)


def callable_table(
    name: str,
    call: Callable[[list[Any]], Any],
    functions: dict[str, Callable[[list[Any]], Any]],
    constants: dict[str, Any] | None = None,
) -> Function:
    members: dict[str, Any] = {key: Function(entry) for key, entry in functions.items()}
    return Function(call, {**members, **(constants or {}), "name": name})
