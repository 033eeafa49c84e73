"""What an expression asks a model for: `$fromAI(key, description, type, default)`, read without evaluating anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compiler.expressions import syntax
from compiler.expressions.errors import ExpressionSyntaxError

NAME = "$fromAI"
KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "number": (int, float), "boolean": (bool,), "json": (dict, list, str, int, float, bool),
}  # fmt: skip
NOTHING: Any = object()  # no default: the model has to say something
MOST_ARGUMENTS = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """One use. `type` and `description` are empty where it says none of them, `default` is NOTHING."""

    key: str
    description: str
    type: str
    default: Any
    position: int

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the value."""
        kind = self.type or "string"
        made: dict[str, Any] = {} if kind == "json" else {"type": kind}
        if self.description:
            made["description"] = self.description
        if self.default is not NOTHING:
            made["default"] = self.default
        return made


def asked_in(tree: Any) -> Iterator[Asked]:
    """Yield each use in a tree. Raises: ExpressionSyntaxError where it cannot be known what is asked."""
    called: set[int] = set()
    for part in syntax.parts_in(tree):
        if isinstance(part, syntax.Chain) and isinstance(part.base, syntax.Name) and part.base.name == NAME:
            first = part.links[0] if part.links else None
            if isinstance(first, syntax.Call):
                called.add(id(part.base))
                yield _asked(first.arguments, part.position)
        elif isinstance(part, syntax.Name) and part.name == NAME and id(part) not in called:
            raise ExpressionSyntaxError(f"{NAME} is a function: {NAME}('key', 'description', 'string')", part.position)


def _asked(arguments: tuple[Any, ...], at: int) -> Asked:
    if not 1 <= len(arguments) <= MOST_ARGUMENTS:
        raise ExpressionSyntaxError(f"{NAME} takes a key, a description, a type and a default", at)
    key, description, kind = (_text(arguments, number, at) for number in range(3))
    if not KEY.fullmatch(key):
        raise ExpressionSyntaxError(f"The key of {NAME} is 1 to 64 letters, digits, '_' and '-'", at)
    if kind and kind not in TYPES:
        raise ExpressionSyntaxError(f"The type of {NAME} is one of {', '.join(TYPES)}", at)
    default = _literal(arguments[3], at) if len(arguments) == MOST_ARGUMENTS else NOTHING
    if default is not NOTHING and not fits(default, kind or "string"):
        raise ExpressionSyntaxError(f"The default of {NAME} for {key!r} is no {kind or 'string'}", at)
    return Asked(key, description, kind, default, at)


def fits(value: Any, kind: str) -> bool:
    """Tell whether a value is of one of the types; null fits none but `json`."""
    if value is None:
        return kind == "json"
    return isinstance(value, TYPES[kind]) and (kind in ("boolean", "json") or not isinstance(value, bool))


def _text(arguments: tuple[Any, ...], number: int, at: int) -> str:
    value = _literal(arguments[number], at) if number < len(arguments) else ""
    if not isinstance(value, str):
        raise ExpressionSyntaxError(f"What {NAME} is given stands in it as text between quotes", at)
    return value


def _literal(node: Any, at: int) -> Any:
    """Return the value of a literal. Raises: ExpressionSyntaxError for what has to be worked out."""
    if isinstance(node, syntax.Constant) and (node.value is None or isinstance(node.value, (str, int, float))):
        return node.value
    if isinstance(node, syntax.Unary) and node.operator == "-":
        value = _literal(node.operand, at)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return -value
    if isinstance(node, syntax.ArrayOf):
        return [_literal(entry, at) for entry in node.entries]
    if isinstance(node, syntax.ObjectOf):
        pairs = [entry for entry in node.entries if isinstance(entry, tuple)]
        if len(pairs) == len(node.entries):
            return {str(_literal(key, at)): _literal(value, at) for key, value in pairs}
    raise ExpressionSyntaxError(f"What {NAME} is given is written out, not worked out", at)
