"""The syntax tree. Chains of operators and of members are flat, so depth is nesting and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Constant:
    value: Any


@dataclass(frozen=True, slots=True)
class Regex:
    source: str
    flags: str
    position: int


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Member:
    key: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    key: Node
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    arguments: tuple[Node, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    base: Node
    links: tuple[Member | Index | Call, ...]
    position: int


@dataclass(frozen=True, slots=True)
class New:
    name: str
    arguments: tuple[Node, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Logical:
    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Conditional:
    test: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class TemplateText:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    value: Node


@dataclass(frozen=True, slots=True)
class ArrayOf:
    entries: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ObjectOf:
    entries: tuple[tuple[Node, Node] | Spread, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parameter: a name, or names taken out of an object or list; `default` stands in for undefined."""

    kind: Literal["name", "object", "list"]
    names: tuple[tuple[Node, Pattern], ...] = ()  # by key, which says nothing in a list and for the rest
    name: str = ""
    rest: bool = False
    default: Node | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class Declare:
    """A declaration; a `var` without a value leaves what stands there. A function's is there from the beginning."""

    target: Pattern
    value: Node | None
    kind: Literal["const", "let", "var", "function"]


@dataclass(frozen=True, slots=True)
class Block:
    """Statements between braces, with names of their own."""

    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Return:
    value: Node | None


@dataclass(frozen=True, slots=True)
class If:
    test: Node
    yes: tuple[Statement, ...]
    no: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Assign:
    """A new value of a local, or of what stands at a path in one; `operator` is None for `=`, `??` for `??=` …"""

    name: str
    path: tuple[Node, ...]
    operator: str | None
    value: Node
    gives_old: bool = False  # of `i++`
    position: int = 0


@dataclass(frozen=True, slots=True)
class Delete:
    """`delete` of what stands at a path in a local."""

    target: Node
    key: Node


@dataclass(frozen=True, slots=True)
class Work:
    """A statement that is an expression."""

    value: Node


@dataclass(frozen=True, slots=True)
class Each:
    """`for (const … of list)`, `for (const … in object)`."""

    target: Pattern
    source: Node
    body: tuple[Statement, ...]
    kind: Literal["const", "let", "var"]
    is_of_keys: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """`for (…; test; step)` and `while (test)`."""

    begin: tuple[Statement, ...]
    test: Node | None
    step: Node | None
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Try:
    body: Block
    target: Pattern | None
    rescue: Block


@dataclass(frozen=True, slots=True)
class Leave:
    """`break` or `continue`."""

    word: str


@dataclass(frozen=True, slots=True)
class Arrow:
    parameters: tuple[Pattern, ...]
    body: Node | tuple[Statement, ...]
    name: str = ""  # by which the function knows itself


Statement: TypeAlias = "Declare | Block | Return | If | Work | Each | Repeat | Try | Leave"
Operation: TypeAlias = "Unary | Binary | Logical | Conditional"
Literal_: TypeAlias = "Constant | Regex | TemplateText | ArrayOf | ObjectOf"
Node: TypeAlias = "Literal_ | Operation | Name | Chain | New | Spread | Arrow | Assign | Delete"


def parts_in(tree: Any) -> Iterator[Any]:
    """Yield all nodes of a tree, in the order in which they stand."""
    waiting: list[Any] = [tree]
    while waiting:
        node = whole = waiting.pop()
        kind: Any = node.__class__
        if isinstance(node, tuple):
            waiting.extend(reversed(whole))
        elif kind.__module__ == __name__:
            yield node
            waiting.extend(getattr(node, name) for name in reversed(kind.__slots__))
