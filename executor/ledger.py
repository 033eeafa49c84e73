"""What a run knows so far: one outcome per node, and what that means for the nodes behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from compiler.plan import Plan
from executor.domain.lifecycle import NodeStatus
from nodes.base import Item, Items


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a node's turn ended. A handle is active when its list is not empty; a skipped node has none."""

    status: NodeStatus
    outputs: Mapping[str, Items] = field(default_factory=dict)

    def is_active(self, handle: str) -> bool:
        return bool(self.outputs.get(handle))


SKIPPED = Outcome(NodeStatus.SKIPPED)


@dataclass(slots=True)
class Ledger:
    """Outcomes by node id; append-only."""

    plan: Plan
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def inputs_of(self, node_id: str) -> dict[str, Items] | None:
        """Return the items by input of a node, or None where no edge into it is active."""
        edges = self.plan.incoming[node_id]
        if len(edges) == 1:
            edge = edges[0]
            items = self.outcomes[edge.source].outputs.get(edge.source_handle)
            return {edge.target_handle: items} if items else None
        inputs: dict[str, Items] = {}
        for edge in edges:
            items = self.outcomes[edge.source].outputs.get(edge.source_handle)
            if items:
                known = inputs.get(edge.target_handle)
                inputs[edge.target_handle] = items if known is None else [*known, *items]
        return inputs or None

    def any_source_ran(self, node_id: str) -> bool:
        return any(
            self.outcomes[edge.source].status not in (NodeStatus.SKIPPED, NodeStatus.CANCELLED)
            for edge in self.plan.incoming[node_id]
        )

    def origin(self, node_id: str, handle: str, index: int, target: str) -> Item | None:
        """Follow `pairedItem` from an input item of a node back to the item of `target` it came from."""
        for _ in range(len(self.plan.root.order) + 1):
            found = self._source_of(node_id, handle, index)
            if found is None:
                return None
            source, item, at = found
            if source == target:
                return item
            paired = item.get("pairedItem", {"item": at})
            if isinstance(paired, list):
                paired = paired[0] if paired else None
            if not isinstance(paired, dict) or not isinstance(paired.get("item"), int):
                return None
            node_id, index = source, paired["item"]
            handle = self._input_name(source, paired.get("input", 0))
        return None

    def _input_name(self, node_id: str, number: Any) -> str:
        node = self.plan.graph.nodes[node_id]
        names = node.type.input_names(node.params) if node.type else ()
        return names[number] if isinstance(number, int) and 0 <= number < len(names) else "main"

    def _source_of(self, node_id: str, handle: str, index: int) -> tuple[str, Item, int] | None:
        for edge in self.plan.incoming[node_id]:
            if edge.target_handle != handle or edge.source not in self.outcomes:
                continue
            items = self.outcomes[edge.source].outputs.get(edge.source_handle) or []
            if index < len(items):
                return edge.source, items[index], index
            index -= len(items)
        return None

    def final_handles(self) -> tuple[Sequence[str], str | None]:
        """Return the active handles no edge uses of the last node in order that has some, and its id."""
        for node_id in reversed(self.plan.root.order):
            outcome = self.outcomes.get(node_id)
            if outcome is None or outcome.status is not NodeStatus.COMPLETED:
                continue
            free = [
                handle
                for handle, items in outcome.outputs.items()
                if items and handle not in self.plan.connected[node_id]
            ]
            if free:
                return free, node_id
        return (), None
