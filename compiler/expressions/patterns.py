"""Patterns to closures: what they take out of a value goes to the locals that they declare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from compiler.expressions import syntax
from compiler.expressions.errors import JsError
from compiler.expressions.local_values import Evaluate, Give
from compiler.expressions.members import iterate, read_member
from compiler.expressions.scope import Scope
from compiler.expressions.values import UNDEFINED, entries_of, is_nullish, text_of


class Compiler(Protocol):
    """What compiles the keys and defaults in patterns."""

    def node(self, node: syntax.Node) -> Evaluate: ...

    def target(self, pattern: syntax.Pattern) -> Give:
        """Return what gives the name of a pattern its value."""
        ...


def compile_pattern(compiler: Compiler, pattern: syntax.Pattern) -> Give:
    """Return the closure of a pattern."""
    default = compiler.node(pattern.default) if pattern.default is not None else None
    take = _TAKES[pattern.kind](compiler, pattern)
    if default is None:
        return take

    def take_or_default(scope: Scope, value: Any) -> None:
        take(scope, default(scope) if value is UNDEFINED else value)

    return take_or_default


def _name(compiler: Compiler, pattern: syntax.Pattern) -> Give:
    return compiler.target(pattern) if pattern.name else _pass_over


def _pass_over(scope: Scope, value: Any) -> None:
    """Leave an entry of a list alone."""


def _list(compiler: Compiler, pattern: syntax.Pattern) -> Give:
    inner = tuple((entry.rest, compile_pattern(compiler, entry)) for _, entry in pattern.names)

    def take(scope: Scope, value: Any) -> None:
        entries = iterate(value)
        for at, (rest, bind) in enumerate(inner):
            bind(scope, entries[at:] if rest else (entries[at] if at < len(entries) else UNDEFINED))

    return take


def _object(compiler: Compiler, pattern: syntax.Pattern) -> Give:
    inner = tuple((compiler.node(key), entry.rest, compile_pattern(compiler, entry)) for key, entry in pattern.names)

    def take(scope: Scope, value: Any) -> None:
        if is_nullish(value):
            raise JsError(f"Cannot destructure {text_of(value)}")
        taken: set[str] = set()
        for key_of, rest, bind in inner:
            if rest:
                left = {name: entry for name, entry in entries_of(value) if name not in taken}
                scope.budget.spend(len(left))
                bind(scope, left)
            else:
                key = text_of(key_of(scope))
                taken.add(key)
                bind(scope, read_member(value, key, scope.budget))

    return take


_TAKES: dict[str, Callable[[Compiler, syntax.Pattern], Give]] = {"name": _name, "list": _list, "object": _object}
