"""Statements of functions to closures, and new values of their locals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from compiler.expressions import syntax
from compiler.expressions.errors import JsError
from compiler.expressions.members import iterate
from compiler.expressions.operators import BINARY, add
from compiler.expressions.scope import Scope
from compiler.expressions.values import UNDEFINED, is_nullish, truthy

Evaluate = Callable[[Scope], Any]


class Compiler(Protocol):
    """What compiles the expressions in statements."""

    locals: frozenset[str]

    def node(self, node: syntax.Node) -> Evaluate: ...

    def pattern(self, pattern: syntax.Pattern) -> Callable[[Scope, Any], None]: ...

    def statements(self, statements: tuple[syntax.Statement, ...]) -> tuple[Evaluate, ...]: ...


class Return(Exception):
    """A function gives a value back."""

    def __init__(self, value: Any) -> None:
        self.value = value


def compile_statement(compiler: Compiler, statement: syntax.Statement) -> Evaluate:
    """Return the closure of a statement."""
    return _STATEMENTS[type(statement)](compiler, statement)


def _declare(compiler: Compiler, statement: syntax.Declare) -> Evaluate:
    compiler.locals |= frozenset(names_in(statement.target))
    value = compiler.node(statement.value)
    bind = compiler.pattern(statement.target)
    return lambda scope: bind(scope, value(scope))


def _work(compiler: Compiler, statement: syntax.Work) -> Evaluate:
    value = compiler.node(statement.value)

    def run(scope: Scope) -> Any:
        scope.budget.spend()
        return value(scope)

    return run


def _returning(compiler: Compiler, statement: syntax.Return) -> Evaluate:
    result: Evaluate = compiler.node(statement.value) if statement.value is not None else lambda scope: UNDEFINED

    def leave(scope: Scope) -> Any:
        raise Return(result(scope))

    return leave


def _if(compiler: Compiler, statement: syntax.If) -> Evaluate:
    test, yes, no = compiler.node(statement.test), compiler.statements(statement.yes), compiler.statements(statement.no)

    def branch(scope: Scope) -> None:
        for step in yes if truthy(test(scope)) else no:
            step(scope)

    return branch


def _leave(compiler: Compiler, statement: syntax.Leave) -> Evaluate:
    leaving = _Break if statement.word == "break" else _Continue

    def run(scope: Scope) -> Any:
        raise leaving

    return run


def _each(compiler: Compiler, statement: syntax.Each) -> Evaluate:
    source = compiler.node(statement.source)
    compiler.locals |= frozenset(names_in(statement.target))
    bind, body = compiler.pattern(statement.target), compiler.statements(statement.body)

    def run(scope: Scope) -> None:
        for entry in iterate(source(scope)):
            bind(scope, entry)
            if not _round(scope, body):
                return

    return run


def _repeat(compiler: Compiler, statement: syntax.Repeat) -> Evaluate:
    begin = compiler.statements(statement.begin)
    test: Evaluate = compiler.node(statement.test) if statement.test is not None else lambda scope: True
    step: Evaluate = compiler.node(statement.step) if statement.step is not None else lambda scope: None
    body = compiler.statements(statement.body)

    def run(scope: Scope) -> None:
        for one in begin:
            one(scope)
        while truthy(test(scope)):
            if not _round(scope, body):
                return
            step(scope)

    return run


def _try(compiler: Compiler, statement: syntax.Try) -> Evaluate:
    body = compiler.statements(statement.body)
    compiler.locals |= {statement.name}
    bind = compiler.pattern(syntax.Pattern("name", name=statement.name))
    rescue = compiler.statements(statement.rescue)

    def run(scope: Scope) -> None:
        try:
            for step in body:
                step(scope)
        except JsError as exc:
            bind(scope, {"name": "Error", "message": str(exc)})
            for step in rescue:
                step(scope)

    return run


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


def _round(scope: Scope, body: tuple[Evaluate, ...]) -> bool:
    """Do the statements of a loop once; returns whether it goes on."""
    scope.budget.spend()
    try:
        for step in body:
            step(scope)
    except _Break:
        return False
    except _Continue:
        pass
    return True


def combined(scope: Scope, operator: str | None, before: Any, value: Evaluate) -> Any:
    """Return what an assignment puts in the place of what was there."""
    if operator is None:
        return value(scope)
    if operator in ("&&", "||", "??"):
        keeps = (
            not truthy(before) if operator == "&&" else truthy(before) if operator == "||" else not is_nullish(before)
        )
        return before if keeps else value(scope)
    if operator == "+":
        return add(before, value(scope), scope.budget)
    operate = BINARY[operator]
    assert operate is not None  # noqa: S101 (only `+` has none)
    return operate(before, value(scope))


def assigned_in(tree: Any) -> frozenset[str]:
    """Return the names that are given values anywhere in a tree."""
    parts = syntax.parts_in(tree)
    return frozenset(part.name for part in parts if isinstance(part, syntax.Assign) and not part.path)


def cell_of(scope: Scope, name: str) -> list[Any]:
    """Return where a local stands that is given values; one whose declaration was not reached is undefined."""
    cell: list[Any] = scope.local.setdefault(name, [UNDEFINED])
    return cell


def names_in(pattern: syntax.Pattern) -> list[str]:
    if pattern.kind == "name":
        return [pattern.name]
    return [name for _, entry in pattern.names for name in names_in(entry)]


_STATEMENTS: dict[type, Callable[[Compiler, Any], Evaluate]] = {
    syntax.Declare: _declare,
    syntax.Work: _work,
    syntax.Return: _returning,
    syntax.If: _if,
    syntax.Leave: _leave,
    syntax.Each: _each,
    syntax.Repeat: _repeat,
    syntax.Try: _try,
}
