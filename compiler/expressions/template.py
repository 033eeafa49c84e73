"""Texts with `{{ … }}` in them: found, compiled once, evaluated for each item."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from compiler.expressions import syntax
from compiler.expressions.errors import ExpressionFailed, ExpressionSyntaxError, JsError
from compiler.expressions.functions.output import to_json
from compiler.expressions.limits import MAX_RESULT, MAX_TEXT, Budget
from compiler.expressions.lower import Evaluate, compile_node
from compiler.expressions.parser import parse
from compiler.expressions.scope import Names, Scope
from compiler.expressions.values import UNDEFINED, is_nullish, joined, text_of


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text: literal, or a body with its closure. Positions count characters of the whole text."""

    start: int
    end: int
    text: str
    tree: syntax.Node | None = None
    evaluate: Evaluate | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled text."""

    parts: tuple[Part, ...]
    node_labels: tuple[tuple[str, int], ...]  # (label, position) of each node that is named by a literal
    looks_unbalanced: bool = False
    path: Evaluate | None = None  # the one body, where it only reads from `$json`

    def evaluate(self, names: Names, unresolved: list[str] | None = None) -> Any:
        """Return the value for one item, and note the bodies that came to nothing. Raises: ExpressionFailed."""
        if self.path is not None:
            try:
                value = self.path(Scope(names, NO_BUDGET))
            except JsError:
                value = UNDEFINED
            return value if value is not UNDEFINED else _nothing(self.parts[0], unresolved)
        if len(self.parts) == 1 and self.parts[0].evaluate is not None:
            value = run_part(self.parts[0], Scope(names, Budget()))
            return value if value is not UNDEFINED else _nothing(self.parts[0], unresolved)
        return self._joined(names, unresolved)

    def _joined(self, names: Names, unresolved: list[str] | None) -> str:
        texts: list[str] = []
        budget = Budget()
        size = 0
        for part in self.parts:
            value = raw_value(part, Scope(names, budget))
            if value is UNDEFINED:
                _nothing(part, unresolved)
            texts.append("" if is_nullish(value) else text_of(value, budget.spend))
            size += len(texts[-1])
            if size > MAX_RESULT:
                raise ExpressionFailed(
                    f"the result of the expression is larger than {MAX_RESULT} bytes", "expression_limit"
                )
        return "".join(texts)


def _nothing(part: Part, unresolved: list[str] | None) -> None:
    if unresolved is not None:
        unresolved.append(part.text)


def run_part(part: Part, scope: Scope) -> Any:
    """Evaluate one body to a JSON value or UNDEFINED."""
    value = raw_value(part, scope)
    if value is UNDEFINED or value is None or type(value) is int or isinstance(value, (bool, str)):
        return value
    return to_json(value, scope.budget)


def raw_value(part: Part, scope: Scope) -> Any:
    """Evaluate one body to a value of the language; an error of the language makes it UNDEFINED."""
    if part.evaluate is None:
        return part.text
    try:
        value = part.evaluate(scope)
    except JsError:
        return UNDEFINED
    except RecursionError:
        raise ExpressionFailed("the expression is nested too deep", "expression_limit") from None
    return joined(value) if isinstance(value, str) else value


def is_path(tree: syntax.Node | None) -> bool:
    """Tell whether a tree only reads from `$json`: its value is the item's own and needs no conversion."""
    if not isinstance(tree, syntax.Chain):
        return isinstance(tree, syntax.Name) and tree.name == "$json"
    if any(isinstance(link, syntax.Index) and not isinstance(link.key, syntax.Constant) for link in tree.links):
        return False
    return (
        isinstance(tree.base, syntax.Name)
        and tree.base.name == "$json"
        and not any(isinstance(link, syntax.Call) for link in tree.links)
    )


NO_BUDGET = Budget()  # reading a path spends nothing


def has_expression(text: str) -> bool:
    return "{{" in text


def compile_template(text: str) -> Template:
    """Compile a text. Raises: ExpressionSyntaxError with the position in it."""
    if len(text) > MAX_TEXT and "{{" in text:
        raise ExpressionSyntaxError(f"a text with expressions is longer than {MAX_TEXT} characters", MAX_TEXT)
    text = joined(text)  # half of a surrogate pair cannot be stored, nor searched
    parts: list[Part] = []
    labels: list[tuple[str, int]] = []
    position, unbalanced = 0, False
    while True:
        start = text.find("{{", position)
        end = _closing(text, start + 2) if start >= 0 else -1
        if start < 0 or end < 0:
            unbalanced = start >= 0
            if position < len(text) or not parts:
                parts.append(Part(position, len(text), text[position:]))
            break
        if start > position:
            parts.append(Part(position, start, text[position:start]))
        tree = parse(text[start + 2 : end], start + 2)
        labels.extend((label, start + 2 + at) for label, at in labels_in(tree))
        parts.append(Part(start, end + 2, text[start + 2 : end].strip(), tree, _compiled(tree, start + 2)))
        position = end + 2
        if position == len(text):
            break
    kept = _without_margin(parts)
    path = kept[0].evaluate if len(kept) == 1 and is_path(kept[0].tree) else None
    return Template(kept, tuple(labels), unbalanced or _dangling(parts), path)


def _compiled(tree: syntax.Node, offset: int) -> Evaluate:
    try:
        return compile_node(tree)
    except ExpressionSyntaxError as exc:
        raise ExpressionSyntaxError(exc.message, exc.position + offset) from None


def _closing(text: str, position: int) -> int:
    """Return where the first `}}` outside a string literal stands; the first at all where a quote is left open."""
    quote = ""
    at = position
    while at < len(text):
        char = text[at]
        if quote:
            if char == "\\":
                at += 1
            elif char == quote:
                quote = ""
        elif char in "'\"`":
            quote = char
        elif char == "}" and text.startswith("}}", at):
            return at
        at += 1
    return text.find("}}", position) if quote else -1


def _without_margin(parts: list[Part]) -> tuple[Part, ...]:
    """Drop blank text around a single body, so that it keeps its type."""
    bodies = [part for part in parts if part.evaluate is not None]
    blank = all(not part.text.strip() for part in parts if part.evaluate is None)
    return tuple(bodies) if len(bodies) == 1 and blank and len(parts) > 1 else tuple(parts)


def _dangling(parts: list[Part]) -> bool:
    return any(part.evaluate is None and "}}" in part.text for part in parts)


def labels_in(tree: Any) -> Iterator[tuple[str, int]]:
    """Yield (label, position) of `$('Label')`, `$node["Label"]`, `$node.Label` and `$items("Label")`."""
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, syntax.Chain) and isinstance(node.base, syntax.Name) and node.links:
            label = _label(node.base.name, node.links[0])
            if label is not None:
                yield label, node.position
        if isinstance(node, tuple):
            stack.extend(node)
        elif is_dataclass(node):
            stack.extend(getattr(node, part.name) for part in fields(node))


def _label(name: str, link: syntax.Member | syntax.Index | syntax.Call) -> str | None:
    if name in ("$", "$items") and isinstance(link, syntax.Call) and link.arguments:
        argument = link.arguments[0]
        return argument.value if isinstance(argument, syntax.Constant) and isinstance(argument.value, str) else None
    if name == "$node" and isinstance(link, syntax.Member):
        return link.key
    if name == "$node" and isinstance(link, syntax.Index) and isinstance(link.key, syntax.Constant):
        return link.key.value if isinstance(link.key.value, str) else None
    return None
