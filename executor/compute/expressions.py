"""Expressions of a node evaluated in a child, on the values that they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compiler.expressions import ExpressionFailed, Names, NodeView, compile_template
from nodes.base import Item, NodeFailed

NOT_SENT = "expression_names_more"  # than was foreseen: it is evaluated where everything is


@dataclass(frozen=True, slots=True)
class SentNode:
    """An earlier node, as it was sent: its items by output, and for each item of ours which of them it came from."""

    is_executed: bool
    params: Mapping[str, Any]
    outputs: Sequence[Sequence[Item]]
    origins: Sequence[Any]  # (output, place), the item itself, or None

    def items(self, output: int = 0) -> Sequence[Item]:
        return self.outputs[output] if 0 <= output < len(self.outputs) else []

    def item_of(self, item_index: int) -> Item | None:
        found = self.origins[item_index] if 0 <= item_index < len(self.origins) else None
        if not isinstance(found, list):
            return found
        output, place = found
        return self.outputs[output][place]


def evaluated(
    texts: list[str], named: dict[str, Any], nodes: dict[str, Any], items: list[Item], first: int, last: int
) -> list[dict[str, Any]]:
    """Return for each item from `first` up to `last` {"values", "unresolved": [[which, text]]} or {"failed": …}.

    Raises: NodeFailed NOT_SENT.
    """
    templates = [compile_template(text) for text in texts]
    names = _names(named, nodes, items)
    made: list[dict[str, Any]] = []
    for at in range(first, last):
        names.json = items[at].get("json", {}) if at < len(items) else {}
        names.item_index = at
        values: list[Any] = []
        unresolved: list[list[Any]] = []
        try:
            for number, template in enumerate(templates):
                found: list[str] = []
                values.append(template.evaluate(names, found))
                unresolved.extend([number, text] for text in found)
        except ExpressionFailed as exc:
            made.append({"failed": [exc.message, exc.code], "unresolved": unresolved})
        else:
            made.append({"values": values, "unresolved": unresolved})
    return made


def _names(named: dict[str, Any], nodes: dict[str, Any], items: list[Item]) -> Names:
    sent = {label: SentNode(**node) for label, node in nodes.items() if node is not None}

    def find(label: str) -> NodeView | None:
        if label not in nodes:
            raise NodeFailed(NOT_SENT, label)
        return sent.get(label)

    now = datetime.fromisoformat(named.pop("now"))
    return Names(items=items, node=find, now=now, **named)
