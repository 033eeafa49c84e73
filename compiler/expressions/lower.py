"""Syntax tree to closures: each node becomes a function from a `Scope` to a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compiler.expressions import syntax
from compiler.expressions.changes import changes_values, changing, put, remove
from compiler.expressions.errors import ExpressionSyntaxError, JsError
from compiler.expressions.functions.construct import CONSTRUCTORS
from compiler.expressions.functions.regex import regex_value
from compiler.expressions.globals import GLOBALS, NAMES
from compiler.expressions.limits import MAX_DEPTH
from compiler.expressions.members import call_member, called, iterate, read_member
from compiler.expressions.operators import BINARY, UNARY, add
from compiler.expressions.scope import Scope
from compiler.expressions.statements import (
    Return,
    assigned_in,
    cell_of,
    combined,
    compile_statement,
    names_in,
)
from compiler.expressions.values import UNDEFINED, Function, callable_of, is_nullish, number_of, text_of, truthy

Evaluate = Callable[[Scope], Any]


def compile_node(node: syntax.Node, locals_: frozenset[str] = frozenset()) -> Evaluate:
    """Return the closure of a tree.

    Raises: ExpressionSyntaxError for names and regular expressions that don't exist.
    """
    evaluate = _Compiler(locals_).node(node)
    return changing(evaluate) if changes_values(node) else evaluate


class _Compiler:
    """Compiles within some locals. Those that are given values anywhere stand in cells, which inner functions share."""

    def __init__(self, locals_: frozenset[str], cells: frozenset[str] | None = None) -> None:
        self.locals = locals_
        self.cells = cells

    def node(self, node: syntax.Node) -> Evaluate:
        return _HANDLERS[type(node)](self, node)

    # -- leaves -------------------------------------------------------------------------------------------------------
    def constant(self, node: syntax.Constant) -> Evaluate:
        value = node.value
        return lambda scope: value

    def regex(self, node: syntax.Regex) -> Evaluate:
        value = regex_value(node.source, node.flags, node.position)
        return lambda scope: value

    def name(self, node: syntax.Name) -> Evaluate:
        name = node.name
        if name in self.locals:
            if self.cells is not None and name in self.cells:
                return lambda scope: cell_of(scope, name)[0]
            return lambda scope: scope.local.get(name, UNDEFINED)
        if name == "$json":
            return lambda scope: scope.own(scope.json)
        if name in NAMES:
            return NAMES[name]
        if name in GLOBALS:
            value = GLOBALS[name]
            return lambda scope: value
        if name.startswith("$"):
            return lambda scope: UNDEFINED  # a name of another system: absent, as n8n has it

        def missing(scope: Scope) -> Any:
            raise JsError(f"{name} is not defined")

        return missing

    # -- members ------------------------------------------------------------------------------------------------------
    def chain(self, node: syntax.Chain) -> Evaluate:
        plain = self.plain_path(node)
        if plain is not None:
            return plain
        base = self.node(node.base)
        steps: list[Callable[[Scope, Any], Any]] = []
        links = list(node.links)
        optional_at: set[int] = set()
        while links:
            link = links.pop(0)
            if link.optional:
                optional_at.add(len(steps))
            if isinstance(link, syntax.Call):
                steps.append(self.call_step(link))
            elif links and isinstance(links[0], syntax.Call) and not links[0].optional:
                call = links.pop(0)
                assert isinstance(call, syntax.Call)  # noqa: S101 (for the type checker)
                steps.append(self.method_step(link, call))
            else:
                steps.append(self.read_step(link))
        optional = tuple(at in optional_at for at in range(len(steps)))
        paired = tuple(zip(steps, optional, strict=True))

        def run(scope: Scope) -> Any:
            value = base(scope)
            for step, may_stop in paired:
                if may_stop and is_nullish(value):
                    return UNDEFINED
                value = step(scope, value)
            return value

        return run

    def plain_path(self, node: syntax.Chain) -> Evaluate | None:
        """Return the fast closure of `$json.a.b[0]`, the form of four expressions in five."""
        if not isinstance(node.base, syntax.Name) or node.base.name != "$json" or "$json" in self.locals:
            return None
        keys: list[str | int] = []
        for link in node.links:
            if isinstance(link, syntax.Member) and not link.optional:
                keys.append(link.key)
            elif isinstance(link, syntax.Index) and isinstance(link.key, syntax.Constant) and not link.optional:
                if not isinstance(link.key.value, (str, int)) or isinstance(link.key.value, bool):
                    return None
                keys.append(link.key.value)
            else:
                return None
        path = tuple(keys)

        def run(scope: Scope) -> Any:
            value: Any = scope.own(scope.json)
            for key in path:
                whole: Any = value
                if type(value) is dict:
                    value = whole.get(key if type(key) is str else str(key), UNDEFINED)
                else:
                    value = read_member(value, key, scope.budget)
            return value

        return run

    def read_step(self, link: syntax.Member | syntax.Index) -> Callable[[Scope, Any], Any]:
        if isinstance(link, syntax.Member):
            name = link.key
            return lambda scope, value: read_member(value, name, scope.budget)
        key = self.node(link.key)
        return lambda scope, value: read_member(value, key(scope), scope.budget)

    def call_step(self, link: syntax.Call) -> Callable[[Scope, Any], Any]:
        arguments = self.arguments(link.arguments)

        def step(scope: Scope, value: Any) -> Any:
            scope.budget.spend()
            return called(scope, callable_of(value), arguments(scope))

        return step

    def method_step(self, link: syntax.Member | syntax.Index, call: syntax.Call) -> Callable[[Scope, Any], Any]:
        arguments = self.arguments(call.arguments)
        if isinstance(link, syntax.Member):
            name = link.key

            def step(scope: Scope, value: Any) -> Any:
                scope.budget.spend()
                return call_member(scope, value, name, arguments)

            return step
        key = self.node(link.key)

        def indexed(scope: Scope, value: Any) -> Any:
            scope.budget.spend()
            return call_member(scope, value, text_of(key(scope)), arguments)

        return indexed

    def arguments(self, nodes: tuple[syntax.Node, ...]) -> Callable[[Scope], list[Any]]:
        if not any(isinstance(node, syntax.Spread) for node in nodes):
            each = tuple(self.node(node) for node in nodes)
            return lambda scope: [evaluate(scope) for evaluate in each]
        mixed = tuple(
            (True, self.node(node.value)) if isinstance(node, syntax.Spread) else (False, self.node(node))
            for node in nodes
        )

        def run(scope: Scope) -> list[Any]:
            values: list[Any] = []
            for is_spread, evaluate in mixed:
                value = evaluate(scope)
                if is_spread:
                    entries = iterate(value)
                    scope.budget.spend(len(entries))
                    values.extend(entries)
                else:
                    values.append(value)
            return values

        return run

    def new(self, node: syntax.New) -> Evaluate:
        construct = CONSTRUCTORS.get(node.name)
        if construct is None:
            raise ExpressionSyntaxError(f"'new {node.name}' cannot be used here", node.position)
        arguments = self.arguments(node.arguments)
        return lambda scope: construct(scope, arguments(scope))

    # -- operators ----------------------------------------------------------------------------------------------------
    def unary(self, node: syntax.Unary) -> Evaluate:
        if node.operator == "typeof" and isinstance(node.operand, syntax.Name):
            known = node.operand.name in self.locals or node.operand.name in GLOBALS or node.operand.name[0] == "$"
            if not known:
                return lambda scope: "undefined"
        operate, operand = UNARY[node.operator], self.node(node.operand)
        return lambda scope: operate(operand(scope))

    def binary(self, node: syntax.Binary) -> Evaluate:
        first = self.node(node.first)
        if all(operator == "+" for operator, _ in node.rest):
            terms = tuple(self.node(operand) for _, operand in node.rest)

            def total(scope: Scope) -> Any:
                value = first(scope)
                for term in terms:
                    value = add(value, term(scope), scope.budget)
                return value

            return total
        rest = tuple((BINARY.get(operator), operator, self.node(operand)) for operator, operand in node.rest)

        def run(scope: Scope) -> Any:
            value = first(scope)
            for operate, _, operand in rest:
                right = operand(scope)
                value = add(value, right, scope.budget) if operate is None else operate(value, right)
            return value

        return run

    def logical(self, node: syntax.Logical) -> Evaluate:
        first = self.node(node.first)
        rest = tuple((operator, self.node(operand)) for operator, operand in node.rest)

        def run(scope: Scope) -> Any:
            value = first(scope)
            for operator, operand in rest:
                if operator == "&&":
                    keep = not truthy(value)
                else:
                    keep = truthy(value) if operator == "||" else not is_nullish(value)
                if not keep:
                    value = operand(scope)
            return value

        return run

    def conditional(self, node: syntax.Conditional) -> Evaluate:
        test, yes, no = self.node(node.test), self.node(node.yes), self.node(node.no)
        return lambda scope: yes(scope) if truthy(test(scope)) else no(scope)

    # -- literals -----------------------------------------------------------------------------------------------------
    def template_text(self, node: syntax.TemplateText) -> Evaluate:
        parts = tuple(self.node(part) for part in node.parts)

        def run(scope: Scope) -> Any:
            text = "".join(text_of(part(scope), scope.budget.spend) for part in parts)
            scope.budget.grow(len(text))
            return text

        return run

    def array(self, node: syntax.ArrayOf) -> Evaluate:
        return self.arguments(node.entries)

    def object(self, node: syntax.ObjectOf) -> Evaluate:
        entries = tuple(
            (None, self.node(entry.value))
            if isinstance(entry, syntax.Spread)
            else (self.node(entry[0]), self.node(entry[1]))
            for entry in node.entries
        )

        def run(scope: Scope) -> Any:
            made: dict[str, Any] = {}
            for key, value in entries:
                if key is None:
                    given = whole = value(scope)
                    made.update(whole if isinstance(given, dict) else _numbered(given))
                    scope.budget.spend(len(made))
                else:
                    made[text_of(key(scope))] = value(scope)
            return made

        return run

    # -- functions ----------------------------------------------------------------------------------------------------
    def arrow(self, node: syntax.Arrow) -> Evaluate:
        names = frozenset(name for pattern in node.parameters for name in names_in(pattern))
        cells = assigned_in(node) if self.cells is None else self.cells
        inner = _Compiler(self.locals | names, cells)
        bind = tuple(inner.pattern(pattern) for pattern in node.parameters)
        rest_at = next((at for at, pattern in enumerate(node.parameters) if pattern.rest), None)
        body = inner.block(node.body) if isinstance(node.body, tuple) else inner.node(node.body)

        def make(scope: Scope) -> Function:
            def call(values: list[Any]) -> Any:
                budget = scope.budget
                budget.spend()
                if budget.depth >= MAX_DEPTH:
                    raise JsError("Maximum call stack size exceeded")
                inside = Scope(scope.names, budget, dict(scope.local))
                budget.depth += 1
                try:
                    for at, take in enumerate(bind):
                        given = values[at:] if at == rest_at else (values[at] if at < len(values) else UNDEFINED)
                        take(inside, given)
                    return body(inside)
                finally:
                    budget.depth -= 1

            return Function(call)

        return make

    def pattern(self, pattern: syntax.Pattern) -> Callable[[Scope, Any], None]:
        default = self.node(pattern.default) if pattern.default is not None else None
        inner = tuple((key, entry.rest, self.pattern(entry)) for key, entry in pattern.names)
        is_cell = self.cells is not None and pattern.name in self.cells

        def take(scope: Scope, value: Any) -> None:
            if value is UNDEFINED and default is not None:
                value = default(scope)
            if pattern.kind == "name":
                scope.local[pattern.name] = [value] if is_cell else value
            elif pattern.kind == "list":
                entries = iterate(value)
                for at, (_, rest, bind) in enumerate(inner):
                    bind(scope, entries[at:] if rest else (entries[at] if at < len(entries) else UNDEFINED))
            else:
                taken = {key for key, _, _ in inner}
                for key, rest, bind in inner:
                    left = {name: entry for name, entry in value.items() if name not in taken} if rest else None
                    bind(scope, left if rest else read_member(value, key, scope.budget))

        return take

    def block(self, statements: tuple[syntax.Statement, ...]) -> Evaluate:
        steps = self.statements(statements)

        def run(scope: Scope) -> Any:
            try:
                for step in steps:
                    step(scope)
            except Return as leaving:
                return leaving.value
            return UNDEFINED

        return run

    def statements(self, statements: tuple[syntax.Statement, ...]) -> tuple[Evaluate, ...]:
        return tuple(self.statement(statement) for statement in statements)

    def statement(self, statement: syntax.Statement) -> Evaluate:
        return compile_statement(self, statement)

    # -- new values of locals -----------------------------------------------------------------------------------------
    def assign(self, node: syntax.Assign) -> Evaluate:
        name = node.name
        if name not in self.locals:
            raise ExpressionSyntaxError("only a variable of a function can be given a value", node.position)
        if node.path:
            return self.assign_member(node)
        operator, gives_old, value = node.operator, node.gives_old, self.node(node.value)

        def run(scope: Scope) -> Any:
            scope.budget.spend()
            cell = cell_of(scope, name)
            before = number_of(cell[0]) if gives_old else cell[0]
            cell[0] = after = combined(scope, operator, before, value)
            return before if gives_old else after

        return run

    def assign_member(self, node: syntax.Assign) -> Evaluate:
        top, value = self.node(syntax.Name(node.name, node.position)), self.node(node.value)
        *keys, last = (self.node(key) for key in node.path)
        operator, gives_old = node.operator, node.gives_old
        may_keep = operator in ("&&", "||", "??")

        def run(scope: Scope) -> Any:
            scope.budget.spend()
            holder = top(scope)
            for key in keys:
                holder = read_member(holder, key(scope), scope.budget)
            at = last(scope)
            before = read_member(holder, at, scope.budget) if operator is not None else UNDEFINED
            before = number_of(before) if gives_old else before
            after = combined(scope, operator, before, value)
            if not may_keep or after is not before:
                put(scope.budget, holder, at, after)
            return before if gives_old else after

        return run

    def delete(self, node: syntax.Delete) -> Evaluate:
        target, key = self.node(node.target), self.node(node.key)

        def run(scope: Scope) -> bool:
            scope.budget.spend()
            remove(scope.budget, target(scope), key(scope))
            return True

        return run


def _numbered(value: Any) -> dict[str, Any]:
    whole: Any = value
    if isinstance(value, (list, str)):
        return {str(at): entry for at, entry in enumerate(whole)}
    return {}


_HANDLERS: dict[type, Callable[[_Compiler, Any], Evaluate]] = {
    syntax.Constant: _Compiler.constant,
    syntax.Regex: _Compiler.regex,
    syntax.Name: _Compiler.name,
    syntax.Chain: _Compiler.chain,
    syntax.New: _Compiler.new,
    syntax.Unary: _Compiler.unary,
    syntax.Binary: _Compiler.binary,
    syntax.Logical: _Compiler.logical,
    syntax.Conditional: _Compiler.conditional,
    syntax.TemplateText: _Compiler.template_text,
    syntax.ArrayOf: _Compiler.array,
    syntax.ObjectOf: _Compiler.object,
    syntax.Arrow: _Compiler.arrow,
    syntax.Assign: _Compiler.assign,
    syntax.Delete: _Compiler.delete,
}
