"""Expressions of a node evaluated in a child, on the values that they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice, repeat
from typing import Any

from compiler.expressions import ExpressionFailed, Names, NodeView, compile_template
from nodes.base import NodeFailed
from nodes.items import Item

NOT_SENT = "expression_names_more"  # than was foreseen: it is asked again with all nodes that there are


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
    texts: list[str], named: dict[str, Any], nodes: dict[str, Any], ids: dict[str, str] | None, lists: list[list[Item]],
    first: int, last: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return for each item from `first` up to `last` {"values", "unresolved": [[which, text]]} or {"failed": …}.

    Items are counted through all lists; `ids` gives the labels of ids, where all nodes were sent.
    Raises: NodeFailed NOT_SENT, where they were not.
    """
    templates = [compile_template(text) for text in texts]
    names = _names(named, nodes, ids)
    there = ((items, number) for items in lists for number in range(len(items)))
    nothing: tuple[list[Item], int] = ([], 0)
    made: list[dict[str, Any]] = []
    for items, at in islice(chain(there, repeat(nothing)), first, last):
        names.items = items
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


def _names(named: dict[str, Any], nodes: dict[str, Any], ids: dict[str, str] | None) -> Names:
    sent = {label: SentNode(**node) for label, node in nodes.items() if node is not None}

    def find(label: str) -> NodeView | None:
        if label in nodes:
            return sent.get(label)
        if ids is None:
            raise NodeFailed(NOT_SENT, "a node is named that was not sent")
        return sent.get(ids.get(label, ""))

    now = datetime.fromisoformat(named.pop("now"))
    return Names(node=find, now=now, **named)
