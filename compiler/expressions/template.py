"""Texts with `{{ … }}` in them: found, compiled once, evaluated for each item."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import Any

from compiler.expressions import syntax
from compiler.expressions.asked import Asked
from compiler.expressions.bodies import Body, body_of
from compiler.expressions.errors import ExpressionFailed, ExpressionSyntaxError, JsError
from compiler.expressions.functions.output import to_json
from compiler.expressions.globals import EVALUATOR
from compiler.expressions.limits import MAX_RESULT, MAX_TEXT, WATCH, Budget
from compiler.expressions.lower import Evaluate
from compiler.expressions.scope import Names, Scope
from compiler.expressions.values import UNDEFINED, is_nullish, joined, text_of

NO_NUMBER = "\u221e"  # before a body whose value is Infinity or NaN, which become null
HALVED = "\ufffd"  # what stands for half of a character; no expression begins with it


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text: literal, or a body with its closure. Positions count characters of the whole text."""

    start: int
    end: int
    text: str
    tree: syntax.Node | None = None
    evaluate: Evaluate | None = None
    is_halved: bool = False  # a literal in it holds half of a surrogate pair


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled text."""

    parts: tuple[Part, ...]
    node_labels: tuple[tuple[str, int], ...]  # (label, position) of each node that is named by a literal
    looks_unbalanced: bool = False
    doubts: tuple[tuple[str, str], ...] = ()  # (code, message) of what in it cannot come to anything
    path: Evaluate | None = None  # the one body, where it only reads from `$json`
    asked: tuple[Asked, ...] = ()  # what it asks a model for

    def value_in(self, scope: Scope) -> Any:
        """Return the value of a text that an expression evaluates, in its scope and from its budget."""
        if len(self.parts) == 1 and self.parts[0].evaluate is not None:
            return self.parts[0].evaluate(scope)
        texts = [part.text if part.evaluate is None else part.evaluate(scope) for part in self.parts]
        made = "".join("" if is_nullish(value) else text_of(value, scope.budget.spend) for value in texts)
        scope.budget.grow(len(made))
        return made

    def evaluate(self, names: Names, unresolved: list[str] | None = None) -> Any:
        """Return the value for one item. Raises: ExpressionFailed.

        Notes the bodies that came to nothing; behind `HALVED` those in which a character was cut in two, behind
        `NO_NUMBER` those that came to a number which JSON does not have.
        """
        if self.path is not None:
            try:
                value = self.path(Scope(names, NO_BUDGET))
            except JsError:
                value = UNDEFINED
            _note_halved(self.parts[0], unresolved)
            return value if value is not UNDEFINED else _nothing(self.parts[0], unresolved)
        if len(self.parts) == 1 and self.parts[0].evaluate is not None:
            value = run_part(self.parts[0], Scope(names, Budget()))
            _note_halved(self.parts[0], unresolved)
            if is_no_number(value):
                if unresolved is not None:
                    unresolved.append(NO_NUMBER + self.parts[0].text)
                return None
            return value if value is not UNDEFINED else _nothing(self.parts[0], unresolved)
        return self._joined(names, unresolved)

    def _joined(self, names: Names, unresolved: list[str] | None) -> str:
        texts: list[str] = []
        budget = Budget()
        size = 0
        for part in self.parts:
            value = raw_value(part, Scope(names, budget))
            _note_halved(part, unresolved)
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


def _note_halved(part: Part, unresolved: list[str] | None) -> None:
    if (WATCH.took_halved() or part.is_halved) and unresolved is not None:
        unresolved.append(HALVED + part.text)


def run_part(part: Part, scope: Scope) -> Any:
    """Evaluate one body to a JSON value, UNDEFINED, or a number that JSON does not have."""
    value = raw_value(part, scope)
    if value is UNDEFINED or value is None or isinstance(value, (bool, int, float, str)):
        return value
    return to_json(value, scope.budget)


def is_no_number(value: Any) -> bool:
    """Tell whether a value is Infinity or NaN, which JSON does not have."""
    return type(value) is float and not isfinite(value)


def raw_value(part: Part, scope: Scope) -> Any:
    """Evaluate one body to a value of the language; an error of the language makes it UNDEFINED."""
    if part.evaluate is None:
        return part.text
    try:
        value = part.evaluate(scope)
    except JsError:
        return UNDEFINED
    except ExpressionFailed:
        WATCH.took_halved()
        raise
    except RecursionError:
        raise ExpressionFailed("the expression is nested too deep", "expression_limit") from None
    except (ArithmeticError, ValueError) as exc:  # of a moment before the year 1, of a number beyond what there is
        raise ExpressionFailed(f"a number or a date is out of range: {exc}"[:200]) from exc
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
    asked: list[Asked] = []
    doubts: dict[tuple[str, str], None] = {}
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
        body = _body(text[start + 2 : end], start + 2)
        labels.extend((label, start + 2 + at) for label, at in body.labels)
        doubts.update(dict.fromkeys(body.doubts))
        asked.extend(body.asked)
        parts.append(Part(start, end + 2, text[start + 2 : end].strip(), body.tree, body.evaluate, body.is_halved))
        position = end + 2
        if position == len(text):
            break
    kept = _without_margin(parts)
    path = kept[0].evaluate if len(kept) == 1 and is_path(kept[0].tree) else None
    return Template(kept, tuple(labels), unbalanced or _dangling(parts), tuple(doubts), path, tuple(asked))


def _evaluated(scope: Scope, text: str) -> Any:
    try:
        return compile_template(text).value_in(scope)
    except ExpressionSyntaxError as exc:
        raise JsError(exc.message) from None


EVALUATOR.append(_evaluated)


def _body(text: str, offset: int) -> Body:
    try:
        return body_of(text)
    except ExpressionSyntaxError as exc:
        raise ExpressionSyntaxError(exc.message, exc.position + offset) from None


def _closing(text: str, position: int) -> int:
    """Return where the first `}}` outside a string literal stands; the first at all where a quote is left open."""
    found = _TO_CLOSING.match(text, position)
    if found is not None:
        return found.end() - 2
    has_open_quote = _TO_QUOTE.match(text, position) is not None
    return text.find("}}", position) if has_open_quote else -1


# Never gone back into: each text is read once, whatever it holds.
_OUTSIDE = r"""(?:[^'"`}]++|'(?:[^'\\]++|\\.)*+'|"(?:[^"\\]++|\\.)*+"|`(?:[^`\\]++|\\.)*+`|}(?!}))*+"""
_TO_CLOSING = re.compile(_OUTSIDE + "}}", re.DOTALL)
_TO_QUOTE = re.compile(_OUTSIDE + "['\"`]", re.DOTALL)


def _without_margin(parts: list[Part]) -> tuple[Part, ...]:
    """Drop blank text around a single body, so that it keeps its type."""
    bodies = [part for part in parts if part.evaluate is not None]
    blank = all(not part.text.strip() for part in parts if part.evaluate is None)
    return tuple(bodies) if len(bodies) == 1 and blank and len(parts) > 1 else tuple(parts)


def _dangling(parts: list[Part]) -> bool:
    return any(part.evaluate is None and "}}" in part.text for part in parts)
