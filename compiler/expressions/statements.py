"""Statements of functions to closures, and new values of their locals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from compiler.expressions import syntax
from compiler.expressions.errors import JsError
from compiler.expressions.members import iterate
from compiler.expressions.operators import BINARY, add
from compiler.expressions.scope import Scope
from compiler.expressions.values import UNDEFINED, is_nullish, keys_of, truthy

Evaluate = Callable[[Scope], Any]


class Compiler(Protocol):
    """What compiles the expressions in statements."""

    def node(self, node: syntax.Node) -> Evaluate: ...

    def pattern(self, pattern: syntax.Pattern) -> Callable[[Scope, Any], None]: ...

    def cells(self, holder: Any) -> tuple[Evaluate, ...]:
        """Return what makes the cells of a block, a loop or a `try` anew."""
        ...

    def cell_slots(self, holder: Any) -> tuple[int, ...]: ...


class Return(Exception):
    """A function gives a value back."""

    def __init__(self, value: Any) -> None:
        self.value = value


def compile_statements(compiler: Compiler, statements: tuple[syntax.Statement, ...]) -> tuple[Evaluate, ...]:
    """Return the closures of statements, in the order in which they are done: functions come first."""
    first = [one for one in statements if isinstance(one, syntax.Declare) and one.kind == "function"]
    steps = [_declare(compiler, one) for one in first]
    for statement in statements:
        if isinstance(statement, syntax.Block):
            steps.extend(compiler.cells(statement))
            steps.extend(compile_statements(compiler, statement.body))
        elif isinstance(statement, syntax.Declare):
            if statement.kind != "function" and statement.value is not None:
                steps.append(_declare(compiler, statement))
        else:
            steps.append(_STATEMENTS[type(statement)](compiler, statement))
    return tuple(steps)


def _declare(compiler: Compiler, statement: syntax.Declare) -> Evaluate:
    assert statement.value is not None  # noqa: S101 (a `var` without a value does nothing)
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
    test = compiler.node(statement.test)
    yes, no = compile_statements(compiler, statement.yes), compile_statements(compiler, statement.no)

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
    cells, source = compiler.cells(statement), compiler.node(statement.source)
    bind, body = compiler.pattern(statement.target), compile_statements(compiler, statement.body)
    entries_of = keys_of if statement.is_of_keys else iterate

    def run(scope: Scope) -> None:
        for make in cells:
            make(scope)
        for entry in entries_of(source(scope)):
            for make in cells:
                make(scope)
            bind(scope, entry)
            if not _round(scope, body):
                return

    return run


def _repeat(compiler: Compiler, statement: syntax.Repeat) -> Evaluate:
    cells, slots = compiler.cells(statement), compiler.cell_slots(statement)
    begin = (*cells, *compile_statements(compiler, statement.begin))
    test: Evaluate = compiler.node(statement.test) if statement.test is not None else lambda scope: True
    step: Evaluate = compiler.node(statement.step) if statement.step is not None else lambda scope: None
    body = compile_statements(compiler, statement.body)

    def run(scope: Scope) -> None:
        local = scope.local
        for one in begin:
            one(scope)
        for slot in slots:
            local[slot] = local[slot].copy()
        while truthy(test(scope)):
            if not _round(scope, body):
                return
            for slot in slots:  # what was made in this round keeps its own
                local[slot] = local[slot].copy()
            step(scope)

    return run


def _try(compiler: Compiler, statement: syntax.Try) -> Evaluate:
    body = compile_statements(compiler, (statement.body,))
    cells = compiler.cells(statement)
    bind = compiler.pattern(statement.target) if statement.target is not None else _ignore
    rescue = compile_statements(compiler, (statement.rescue,))

    def run(scope: Scope) -> None:
        try:
            for step in body:
                step(scope)
        except JsError as exc:
            for make in cells:
                make(scope)
            bind(scope, {"name": "Error", "message": str(exc)})
            for step in rescue:
                step(scope)

    return run


def _ignore(scope: Scope, value: Any) -> None:
    """Do nothing with what was caught."""


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


KEEPING = ("&&", "||", "??")  # of an assignment that may leave what was there


def keeps(operator: str | None, before: Any) -> bool:
    """Tell whether an assignment leaves what was there, and its value is not worked out."""
    if operator == "&&":
        return not truthy(before)
    if operator == "||":
        return truthy(before)
    return operator == "??" and not is_nullish(before)


def combined(scope: Scope, operator: str | None, before: Any, value: Evaluate) -> Any:
    """Return what an assignment puts in the place of what was there."""
    if operator is None or operator in KEEPING:
        return value(scope)
    if operator == "+":
        return add(before, value(scope), scope.budget)
    operate = BINARY[operator]
    assert operate is not None  # noqa: S101 (only `+` has none)
    return operate(before, value(scope))


_STATEMENTS: dict[type, Callable[[Compiler, Any], Evaluate]] = {
    syntax.Work: _work,
    syntax.Return: _returning,
    syntax.If: _if,
    syntax.Leave: _leave,
    syntax.Each: _each,
    syntax.Repeat: _repeat,
    syntax.Try: _try,
}
