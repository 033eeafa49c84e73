"""Locals of functions: closures that read them, give them their first value, and give them another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from compiler.expressions.bindings import Binding
from compiler.expressions.errors import JsError
from compiler.expressions.scope import Scope
from compiler.expressions.values import UNDEFINED

Evaluate = Callable[[Scope], Any]
Give = Callable[[Scope, Any], None]
UNSET = object()  # in the cell of a name whose declaration was not reached


def _too_early(name: str) -> JsError:
    return JsError(f"Cannot access {name!r} before initialization")


def reader(binding: Binding, *, is_early: bool) -> Evaluate:
    """Return what reads a local; `is_early` where it is named before its declaration."""
    slot, name = binding.slot, binding.name

    def early(scope: Scope) -> Any:
        raise _too_early(name)

    def watched(scope: Scope) -> Any:
        value = scope.local[slot][0]
        if value is UNSET:
            raise _too_early(name)
        return value

    if is_early:
        return early
    if not binding.is_cell:
        return lambda scope: scope.local[slot]
    return watched if binding.is_early else lambda scope: scope.local[slot][0]


def first_value(binding: Binding) -> Give:
    """Return what gives a local the value of its declaration."""
    slot = binding.slot

    def fill(scope: Scope, value: Any) -> None:
        scope.local[slot][0] = value

    def keep(scope: Scope, value: Any) -> None:
        scope.local[slot] = value

    return fill if binding.is_cell else keep


def new_value(binding: Binding, *, is_early: bool) -> Give:
    """Return what gives a local another value: a constant takes none, and the name of a function stays as it is."""
    name, read, give = binding.name, reader(binding, is_early=is_early), first_value(binding)

    def refuse(scope: Scope, value: Any) -> None:
        read(scope)
        raise JsError("Assignment to constant variable.")

    def ignore(scope: Scope, value: Any) -> None:
        """Leave the name of a function alone."""

    def early(scope: Scope, value: Any) -> None:
        raise _too_early(name)

    def watched(scope: Scope, value: Any) -> None:
        read(scope)
        give(scope, value)

    if is_early:
        return early
    if binding.kind in ("const", "own"):
        return refuse if binding.kind == "const" else ignore
    return watched if binding.is_cell and binding.is_early else give


def new_cells(bindings: Iterable[Binding]) -> tuple[Evaluate, ...]:
    """Return what is done where a block begins: its cells are made anew, and its variables are undefined."""
    unset = tuple(one.slot for one in bindings if one.is_cell and one.kind != "var")
    undefined = tuple((one.slot, one.is_cell) for one in bindings if one.kind == "var")

    def make(scope: Scope) -> None:
        for slot in unset:
            scope.local[slot] = [UNSET]
        for slot, is_cell in undefined:
            scope.local[slot] = [UNDEFINED] if is_cell else UNDEFINED

    return (make,) if unset or undefined else ()
