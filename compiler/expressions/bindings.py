"""Which declaration each name in a function means: blocks have names of their own, as in JavaScript.

A local stands in a slot of its function. One that changes while inner functions see it, or that they see before it is
declared, stands in a cell there: a list of one value, made anew each time its block is entered.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

from compiler.expressions import syntax
from compiler.expressions.errors import ExpressionSyntaxError

REPEATABLE = frozenset({"var", "function", "parameter"})  # kinds that one block may declare twice


class FunctionScope:
    """A function: the slots of outer ones that it and the functions in it name, and that of its own name."""

    __slots__ = ("free", "outer", "own")

    def __init__(self, outer: FunctionScope | None) -> None:
        self.outer = outer
        self.free: dict[int, None] = {}
        self.own: int | None = None


class Binding:
    """One declaration of a name; `kind` is that of the statement, or "parameter", or "own" of a function's own name."""

    __slots__ = ("is_assigned", "is_captured", "is_early", "is_ready", "kind", "name", "owner", "slot")

    def __init__(self, name: str, kind: str, slot: int, owner: FunctionScope) -> None:
        self.name, self.kind, self.slot, self.owner = name, kind, slot, owner
        self.is_ready = kind in ("var", "function", "own")  # its declaration was passed
        self.is_assigned = self.is_captured = False
        self.is_early = False  # named by an inner function that stands before the declaration

    @property
    def is_cell(self) -> bool:
        return self.is_captured and (self.is_assigned or self.is_early or self.kind in ("var", "function"))


class Bindings:
    """What the names in a tree mean. Parts are known by identity: the tree has to live as long as this is used."""

    def __init__(self) -> None:
        self.uses: dict[
            int, tuple[Binding, bool]
        ] = {}  # by name or assignment; whether it stands before its declaration
        self.targets: dict[int, Binding] = {}  # by pattern of one name
        self.declared: dict[int, tuple[Binding, ...]] = {}  # by function, block, loop or `try`
        self.functions: dict[int, FunctionScope] = {}  # by function


def bindings_of(function: syntax.Arrow) -> Bindings:
    """Resolve the names in a function that stands in no other. Raises: ExpressionSyntaxError."""
    resolver = _Resolver()
    resolver.walk(function)
    return resolver.found


def names_of(pattern: syntax.Pattern) -> Iterator[syntax.Pattern]:
    """Yield the patterns of one name each that a pattern holds."""
    if pattern.name:
        yield pattern
    for _, entry in pattern.names:
        yield from names_of(entry)


class _Resolver:
    def __init__(self) -> None:
        self.found = Bindings()
        self.scopes: list[dict[str, Binding]] = []
        self.function = FunctionScope(None)
        self.slots = 0

    def walk(self, part: Any) -> None:
        """Resolve a part of the tree, in the order in which it stands."""
        kind: Any = part.__class__
        if kind is tuple:
            for entry in part:
                self.walk(entry)
        elif kind in _WALKS:
            _WALKS[kind](self, part)
        elif kind.__module__ == syntax.__name__:
            for name in kind.__slots__:
                self.walk(getattr(part, name))

    # -- names --------------------------------------------------------------------------------------------------------
    def use(self, part: syntax.Name | syntax.Assign) -> Binding | None:
        binding = self.known(part.name)
        if binding is None:
            return None
        is_outer = binding.owner is not self.function
        if is_outer:
            binding.is_captured = True
            binding.is_early |= not binding.is_ready
            function: FunctionScope | None = self.function
            while function is not None and function is not binding.owner:
                function.free[binding.slot] = None
                function = function.outer
        self.found.uses[id(part)] = binding, not binding.is_ready and not is_outer
        return binding

    def known(self, name: str) -> Binding | None:
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)

    def assign(self, part: syntax.Assign) -> None:
        binding = self.use(part)
        if binding is not None and not part.path:
            binding.is_assigned = True
        self.walk(part.path)
        self.walk(part.value)

    # -- declarations -------------------------------------------------------------------------------------------------
    @contextmanager
    def scope(self, holder: Any) -> Generator[None]:
        """Open a block of names of its own."""
        names: dict[str, Binding] = {}
        self.scopes.append(names)
        yield
        self.scopes.pop()
        self.found.declared[id(holder)] = tuple(names.values())

    def declare(self, target: syntax.Pattern, kind: str) -> None:
        """Declare names in the innermost block. Raises: ExpressionSyntaxError for one that it has already."""
        for part in names_of(target):
            known = self.scopes[-1].get(part.name)
            if known is None:
                self.slots += 1
                known = self.scopes[-1][part.name] = Binding(part.name, kind, self.slots, self.function)
            elif not {known.kind, kind} <= REPEATABLE:
                raise ExpressionSyntaxError(f"{part.name!r} has already been declared", part.position)
            elif kind == "function":
                known.is_assigned = True
            self.found.targets[id(part)] = known

    def fill(self, pattern: syntax.Pattern) -> None:
        """Resolve a pattern whose names are declared; from here on they have values."""
        self.walk(pattern.default)
        if pattern.name:
            self.found.targets[id(pattern)].is_ready = True
        for key, entry in pattern.names:
            self.walk(key)
            self.fill(entry)

    def block(self, statements: tuple[syntax.Statement, ...]) -> None:
        """Resolve the statements of a block: its functions first, which are there from its beginning."""
        declarations = [one for one in statements if isinstance(one, syntax.Declare)]
        for one in declarations:
            if one.kind != "var":
                self.declare(one.target, one.kind)
        for one in declarations:
            if one.kind == "function":
                self.walk(one.value)
        for statement in statements:
            self.walk(statement)

    def declaration(self, statement: syntax.Declare) -> None:
        if statement.kind == "function":
            return
        self.walk(statement.value)
        if statement.kind == "var":
            self.give(statement.target)
        self.fill(statement.target)

    def give(self, target: syntax.Pattern) -> None:
        """Note which names a `var` gives values: those of its function, which are declared already."""
        for part in names_of(target):
            known = self.known(part.name)
            assert known is not None  # noqa: S101 (declared where its function begins)
            known.is_assigned = True
            self.found.targets[id(part)] = known

    # -- what has names of its own ------------------------------------------------------------------------------------
    def arrow(self, function: syntax.Arrow) -> None:
        outer, self.function = self.function, FunctionScope(self.function)
        self.found.functions[id(function)] = self.function
        own: dict[str, Binding] = {}
        if function.name:
            self.slots += 1
            self.function.own = self.slots
            own[function.name] = Binding(function.name, "own", self.slots, self.function)
        self.scopes.append(own)
        with self.scope(function):
            for parameter in function.parameters:
                self.declare(parameter, "parameter")
            for parameter in function.parameters:
                self.fill(parameter)
            if isinstance(function.body, tuple):
                for target in _variables(function.body):
                    self.declare(target, "var")
                self.block(function.body)
            else:
                self.walk(function.body)
        self.scopes.pop()
        self.function = outer

    def inner_block(self, block: syntax.Block) -> None:
        with self.scope(block):
            self.block(block.body)

    def each(self, loop: syntax.Each) -> None:
        with self.scope(loop):
            if loop.kind == "var":
                self.give(loop.target)
            else:
                self.declare(loop.target, loop.kind)
            self.walk(loop.source)
            self.fill(loop.target)
            self.walk(loop.body)

    def repeat(self, loop: syntax.Repeat) -> None:
        with self.scope(loop):
            self.block(loop.begin)
            for part in (loop.test, loop.step, loop.body):
                self.walk(part)

    def attempt(self, statement: syntax.Try) -> None:
        self.walk(statement.body)
        with self.scope(statement):
            if statement.target is not None:
                self.declare(statement.target, "let")
                self.fill(statement.target)
            self.walk(statement.rescue)


def _variables(part: Any) -> Iterator[syntax.Pattern]:
    """Yield what the `var` statements of a function declare, however deep in its blocks."""
    kind: Any = part.__class__
    if kind is tuple:
        for entry in part:
            yield from _variables(entry)
    elif isinstance(part, (syntax.Declare, syntax.Each)) and part.kind == "var":
        yield part.target
    if isinstance(part, (syntax.If, syntax.Each, syntax.Repeat, syntax.Try, syntax.Block)):
        for name in ("yes", "no", "begin", "body", "rescue"):
            yield from _variables(getattr(part, name, ()))


_WALKS: dict[type, Callable[[_Resolver, Any], object]] = {
    syntax.Name: _Resolver.use,
    syntax.Assign: _Resolver.assign,
    syntax.Declare: _Resolver.declaration,
    syntax.Arrow: _Resolver.arrow,
    syntax.Block: _Resolver.inner_block,
    syntax.Each: _Resolver.each,
    syntax.Repeat: _Resolver.repeat,
    syntax.Try: _Resolver.attempt,
}
