"""Bodies of `{{ … }}`: each text is parsed once while it is known, in however many nodes and workflows it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from operator import attrgetter
from typing import Any

from compiler.expressions import syntax
from compiler.expressions.asked import Asked, asked_in
from compiler.expressions.doubts import doubts_in
from compiler.expressions.limits import WATCH
from compiler.expressions.lower import Evaluate, compile_node
from compiler.expressions.parser import parse
from compiler.expressions.references import reference_in
from compiler.known import Known, expression_weight

LONG = 500  # characters: what is longer stands but once
KNOWN_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Body:
    """One expression: its tree, its closure, (label, position) of each node that it names by a literal.

    And whether a literal of it holds half of a surrogate pair.
    """

    tree: syntax.Node
    evaluate: Evaluate
    labels: tuple[tuple[str, int], ...]
    is_halved: bool = False
    doubts: tuple[tuple[str, str], ...] = ()  # (code, message) of what in it cannot come to anything
    asked: tuple[Asked, ...] = ()  # what it asks a model for


KNOWN: Known[str, Body] = Known(KNOWN_BYTES)


def body_of(text: str) -> Body:
    """Return a body, compiled; positions count from its beginning. Raises: ExpressionSyntaxError."""
    if len(text) > LONG:
        return _body(text)
    known = KNOWN.get(text)
    if known is None:
        known = _body(text)
        KNOWN.put(text, known, expression_weight(text))
    return known


def _body(text: str) -> Body:
    WATCH.took_halved()
    tree = parse(text)
    doubts = () if reference_in(text) is not None else tuple(doubts_in(tree))
    labels = tuple(labels_in(tree)) if "$" in text else ()
    asked = tuple(asked_in(tree)) if "$fromAI" in text else ()
    return Body(tree, compile_node(tree), labels, WATCH.took_halved(), doubts, asked)


def labels_in(tree: Any) -> Iterator[tuple[str, int]]:
    """Yield (label, position) of `$('Label')`, `$node["Label"]`, `$node.Label` and `$items("Label")`."""
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        kind = node.__class__
        if kind is tuple:
            stack.extend(node)
        elif kind in _PARTS:
            if kind is syntax.Chain and type(node.base) is syntax.Name and node.links:
                label = _label(node.base.name, node.links[0])
                if label is not None:
                    yield label, node.position
            stack.extend(_PARTS[kind](node))


def _label(name: str, link: syntax.Member | syntax.Index | syntax.Call) -> str | None:
    if name in ("$", "$items") and isinstance(link, syntax.Call) and link.arguments:
        argument = link.arguments[0]
        return argument.value if isinstance(argument, syntax.Constant) and isinstance(argument.value, str) else None
    if name == "$node" and isinstance(link, syntax.Member):
        return link.key
    if name == "$node" and isinstance(link, syntax.Index) and isinstance(link.key, syntax.Constant):
        return link.key.value if isinstance(link.key.value, str) else None
    return None


def _reader(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    names = [part.name for part in fields(kind)]
    return attrgetter(*names) if len(names) > 1 else lambda node: (getattr(node, names[0]),)


LEAVES = (syntax.Name, syntax.Constant, syntax.Regex, syntax.Member)
_PARTS = {
    kind: _reader(kind)
    for kind in vars(syntax).values()
    if isinstance(kind, type) and is_dataclass(kind) and kind not in LEAVES
}
