"""Syntax tree to closures: each node becomes a function from a `Scope` to a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compiler.expressions import syntax
from compiler.expressions.bindings import Binding, Bindings, bindings_of
from compiler.expressions.changes import changes_values, changing, put, remove
from compiler.expressions.errors import ExpressionSyntaxError, JsError
from compiler.expressions.functions.construct import CONSTRUCTORS
from compiler.expressions.functions.regex import regex_value
from compiler.expressions.globals import GLOBALS, NAMES
from compiler.expressions.limits import MAX_DEPTH
from compiler.expressions.local_values import Give, first_value, new_cells, new_value, reader
from compiler.expressions.members import call_member, called, iterate, read_member
from compiler.expressions.operators import BINARY, UNARY, add
from compiler.expressions.patterns import compile_pattern
from compiler.expressions.scope import Scope
from compiler.expressions.statements import KEEPING, Return, combined, compile_statements, keeps
from compiler.expressions.values import (
    UNDEFINED,
    Function,
    callable_of,
    entries_of,
    is_nullish,
    number_of,
    text_of,
    truthy,
)

Evaluate = Callable[[Scope], Any]


def compile_node(node: syntax.Node) -> Evaluate:
    """Return the closure of a tree.

    Raises: ExpressionSyntaxError for names that are declared twice, and for regular expressions that don't exist.
    """
    evaluate = _Compiler(None).node(node)
    return changing(evaluate) if changes_values(node) else evaluate


class _Compiler:
    """Compiles a tree; `bindings` says what the names in a function mean, and is None outside of functions."""

    def __init__(self, bindings: Bindings | None) -> None:
        self.bindings = bindings

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
        local = self.local(node)
        if local is not None:
            return reader(local[0], is_early=local[1])
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
        if not isinstance(node.base, syntax.Name) or node.base.name != "$json" or self.local(node.base):
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
            known = self.local(node.operand) or node.operand.name in GLOBALS or node.operand.name[0] == "$"
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
                    made.update(whole if isinstance(given, dict) else entries_of(given))
                    scope.budget.spend(len(made))
                else:
                    made[text_of(key(scope))] = value(scope)
            return made

        return run

    # -- functions ----------------------------------------------------------------------------------------------------
    def arrow(self, node: syntax.Arrow) -> Evaluate:
        bindings = self.bindings or bindings_of(node)
        inner, function = _Compiler(bindings), bindings.functions[id(node)]
        free, own, cells = tuple(function.free), function.own, inner.cells(node)
        bind = tuple(compile_pattern(inner, pattern) for pattern in node.parameters)
        rest_at = next((at for at, pattern in enumerate(node.parameters) if pattern.rest), None)
        body = inner.body(node.body) if isinstance(node.body, tuple) else inner.node(node.body)

        def make(scope: Scope) -> Function:
            outer, names, budget = scope.local, scope.names, scope.budget
            held = {slot: outer[slot] for slot in free}

            def call(values: list[Any]) -> Any:
                budget.spend()
                if budget.depth >= MAX_DEPTH:
                    raise JsError("Maximum call stack size exceeded")
                inside = Scope(names, budget, held.copy())
                if own is not None:
                    inside.local[own] = made
                budget.depth += 1
                try:
                    for begin in cells:
                        begin(inside)
                    for at, take in enumerate(bind):
                        given = values[at:] if at == rest_at else (values[at] if at < len(values) else UNDEFINED)
                        take(inside, given)
                    return body(inside)
                finally:
                    budget.depth -= 1

            made = Function(call)
            return made

        return make

    def body(self, statements: tuple[syntax.Statement, ...]) -> Evaluate:
        steps = compile_statements(self, statements)

        def run(scope: Scope) -> Any:
            try:
                for step in steps:
                    step(scope)
            except Return as leaving:
                return leaving.value
            return UNDEFINED

        return run

    # -- locals -------------------------------------------------------------------------------------------------------
    def local(self, node: syntax.Name | syntax.Assign) -> tuple[Binding, bool] | None:
        """Return which local is named, and whether that stands before its declaration."""
        return self.bindings.uses.get(id(node)) if self.bindings is not None else None

    def target(self, pattern: syntax.Pattern) -> Give:
        assert self.bindings is not None  # noqa: S101 (patterns stand in functions alone)
        return first_value(self.bindings.targets[id(pattern)])

    def pattern(self, pattern: syntax.Pattern) -> Give:
        return compile_pattern(self, pattern)

    def cells(self, holder: Any) -> tuple[Evaluate, ...]:
        return new_cells(self._declared(holder))

    def cell_slots(self, holder: Any) -> tuple[int, ...]:
        return tuple(binding.slot for binding in self._declared(holder) if binding.is_cell)

    def _declared(self, holder: Any) -> tuple[Binding, ...]:
        return self.bindings.declared.get(id(holder), ()) if self.bindings is not None else ()

    # -- new values of locals -----------------------------------------------------------------------------------------
    def assign(self, node: syntax.Assign) -> Evaluate:
        local = self.local(node)
        if local is None:
            raise ExpressionSyntaxError("only a variable of a function can be given a value", node.position)
        if node.path:
            return self.assign_member(node, reader(local[0], is_early=local[1]))
        operator, gives_old, value = node.operator, node.gives_old, self.node(node.value)
        read: Evaluate = reader(local[0], is_early=local[1]) if operator else lambda scope: UNDEFINED
        give = new_value(local[0], is_early=local[1])
        may_keep = operator in KEEPING

        def run(scope: Scope) -> Any:
            scope.budget.spend()
            before = number_of(read(scope)) if gives_old else read(scope)
            if may_keep and keeps(operator, before):
                return before
            after = combined(scope, operator, before, value)
            give(scope, after)
            return before if gives_old else after

        return run

    def assign_member(self, node: syntax.Assign, top: Evaluate) -> Evaluate:
        value = self.node(node.value)
        *keys, last = (self.node(key) for key in node.path)
        operator, gives_old = node.operator, node.gives_old
        may_keep = operator in KEEPING

        def run(scope: Scope) -> Any:
            scope.budget.spend()
            holder = top(scope)
            for key in keys:
                holder = read_member(holder, key(scope), scope.budget)
            at = last(scope)
            before = read_member(holder, at, scope.budget) if operator is not None else UNDEFINED
            before = number_of(before) if gives_old else before
            if may_keep and keeps(operator, before):
                return before
            after = combined(scope, operator, before, value)
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
