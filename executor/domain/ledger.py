"""What a run knows so far: one outcome per node, and what that means for the nodes behind it.

The root of a run has a ledger, and each round of a loop has one of its own, whose parent is the ledger the loop is in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from compiler.graph import Edge
from compiler.plan import Plan, Region
from core.values.kinds import new_object
from executor.domain.lifecycle import NodeStatus
from nodes.items import Item, Items


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a node's turn ended. A handle is active when its list is not empty; a skipped node has none."""

    status: NodeStatus
    outputs: Mapping[str, Items] = field(default_factory=new_object)

    def is_active(self, handle: str) -> bool:
        return bool(self.outputs.get(handle))


SKIPPED = Outcome(NodeStatus.SKIPPED)


@dataclass(slots=True, eq=False)
class Ledger:
    """Outcomes by node id in one region; append-only. `path` is "" for the root, else "loop:round", nested with "/"."""

    plan: Plan
    region: Region
    path: str = ""
    parent: Ledger | None = None
    entered: Items = field(default_factory=list[Item])  # what the loop gives to this round
    loop: Mapping[str, Any] | None = None  # {"index", "count", "is_last"} of this round
    outcomes: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    last: dict[str, Ledger] = field(default_factory=dict[str, "Ledger"])  # by loop: the ledger of its last round
    own_bytes: int = 0  # of its outcomes' outputs, as JSON

    def held_bytes(self) -> int:
        """Return how much is held here and in the rounds that can still be named."""
        return self.own_bytes + sum(inner.held_bytes() for inner in self.last.values())

    def round_path(self, loop_id: str, number: int) -> str:
        return f"{self.path}/{loop_id}:{number}" if self.path else f"{loop_id}:{number}"

    # -- along edges -------------------------------------------------------------------------------------------------
    def given(self, edge: Edge) -> Items | None:
        """Return the items on an edge; what enters a body comes from its loop node, which lies outside."""
        if edge.source == self.region.id:
            return self.entered
        return self.outcomes[edge.source].outputs.get(edge.source_handle)

    def inputs_of(self, node_id: str) -> dict[str, Items] | None:
        """Return the items by input of a node, or None where no edge into it is active."""
        edges = self.plan.incoming[node_id]
        if len(edges) == 1:
            items = self.given(edges[0])
            return {edges[0].target_handle: items} if items else None
        return self.joined(edges) or None

    def joined(self, edges: Sequence[Edge]) -> dict[str, Items]:
        """Return the items on some edges by input, those of several edges into one joined in their order."""
        inputs: dict[str, Items] = {}
        for edge in edges:
            items = self.given(edge)
            if items:
                known = inputs.get(edge.target_handle)
                inputs[edge.target_handle] = items if known is None else [*known, *items]
        return inputs

    def any_source_ran(self, node_id: str) -> bool:
        return any(
            edge.source == self.region.id
            or self.outcomes[edge.source].status not in (NodeStatus.SKIPPED, NodeStatus.CANCELLED)
            for edge in self.plan.incoming[node_id]
        )

    # -- by name -----------------------------------------------------------------------------------------------------
    def where(self, node_id: str) -> Ledger | None:
        """Return the ledger that holds a node: of this round or an enclosing one, or of the last round of a loop."""
        home = self.plan.home.get(node_id)
        if home is None:
            return None
        chain: list[Ledger] = [self]
        while chain[-1].parent is not None:
            chain.append(chain[-1].parent)
        chain.reverse()
        shared = 0
        while shared < len(home) and shared + 1 < len(chain) and chain[shared + 1].region.id == home[shared]:
            shared += 1
        found: Ledger | None = chain[shared]
        for loop_id in home[shared:]:
            found = found.last.get(loop_id) if found is not None else None
        return found

    def items_of(self, node_id: str, handle: str) -> Items | None:
        """Return a node's items by a handle as seen from here, or None where it has not run."""
        if handle == "loop":
            ledger: Ledger | None = self
            while ledger is not None:
                if ledger.region.id == node_id:
                    return ledger.entered
                ledger = ledger.parent
        found = self.where(node_id)
        outcome = found.outcomes.get(node_id) if found is not None else None
        if outcome is None or outcome.status is NodeStatus.SKIPPED:
            return None
        return outcome.outputs.get(handle) or []

    def final_handles(self) -> tuple[Sequence[str], str | None]:
        """Return the active handles no edge uses of the last node in order that has some, and its id."""
        for node_id in reversed(self.region.order):
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
