"""One region of a run: its root, or one round of a loop. What is known in it, and who of its nodes is ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compiler.compiler import Compiled
from compiler.graph import Node
from core.clock import utc_now
from executor.domain import events
from executor.domain.ledger import Ledger, Outcome
from executor.domain.lifecycle import NodeStatus
from executor.domain.records import NodeRunRow
from executor.domain.run_error import NodePlace, RunError
from executor.run.scope import Scope
from executor.run.state import KnownRow, Run
from nodes.items import Items


class RegionRun(Scope):
    """The run of one region, as a node run is the run of one node: values, and no work of its own.

    `abort` ends it early, after a failure in it that nobody handles.
    """

    def __init__(self, run: Run, compiled: Compiled, ledger: Ledger, abort: Callable[[], None] = lambda: None) -> None:
        super().__init__(run)
        self.compiled = compiled
        self.ledger = ledger
        self.plan = ledger.plan
        self.abort = abort
        self.failure: RunError | None = None
        self.known: Mapping[str, KnownRow] = run.known.get(ledger.path, {})
        self._left: dict[str, int] = {}

    # -- life --------------------------------------------------------------------------------------------------------
    def begin(self) -> None:
        """Take over what is known of this region, and the tokens of the nodes that are ready."""
        region = self.ledger.region
        self.known = self.run.known.get(self.ledger.path, {})  # the root was made before they were read
        for node_id in region.order if self.known else ():
            known = self.known.get(node_id)
            if known is not None and known.is_over:
                self._restore(node_id, known)
        outcomes = self.ledger.outcomes
        self._left = {
            node_id: count if not outcomes else self._open_sources(node_id) for node_id, count in region.needs.items()
        }
        ready = sum(not left for node_id, left in self._left.items() if node_id not in outcomes)
        self.run.tokens.add(self, ready or 1)

    def _open_sources(self, node_id: str) -> int:
        sources = {edge.source for edge in self.plan.incoming[node_id] if edge.source in self.ledger.region.needs}
        return len(sources - self.ledger.outcomes.keys())

    def inner(self, ledger: Ledger) -> RegionRun:
        """Return a round of a loop in this one."""
        return RegionRun(self.run, self.compiled, ledger)

    def _restore(self, node_id: str, known: KnownRow) -> None:
        status = known.status
        if status is NodeStatus.SKIPPED and known.outputs:
            status = NodeStatus.COMPLETED  # a disabled node that handed its items on
        self.ledger.outcomes[node_id] = Outcome(status, known.outputs)
        self.ledger.own_bytes += known.size
        self.run.over(node_id)
        if known.record["reused"] and self.run.epoch == 1 and status is NodeStatus.COMPLETED:
            row = known.as_row()
            self.run.buffer.note(events.node_completed(row, utc_now()))
        self.run.warn(known.record["warnings"])
        self.run.nodes_executed += status is not NodeStatus.SKIPPED
        if status is NodeStatus.FAILED and known.error and not self.handles_failure(self.plan.graph.nodes[node_id]):
            self.failure = known.error
            if not self.ledger.path:
                self.run.failure = known.error

    def settle(self, node_id: str, outcome: Outcome) -> None:
        """Note an outcome, and pass the token on to those who became ready by it."""
        outcomes = self.ledger.outcomes
        outcomes[node_id] = outcome
        self.run.over(node_id)
        self.run.steps.forget(node_id, self.ledger.path)
        self.run.live.ended(node_id, self.ledger.path)
        count = -1
        left = self._left
        for target in self.ledger.region.followers[node_id]:
            left[target] -= 1
            if not left[target]:
                count += 1
        if len(outcomes) == len(left):
            count += 1  # for whoever waits for the end of this region
        self.run.tokens.add(self, count)

    # -- its nodes ---------------------------------------------------------------------------------------------------
    def row_of(self, node: Node, inputs: Mapping[str, Items]) -> NodeRunRow:
        """Return the row of a node that begins: the one that an earlier worker left, where there is one."""
        row = NodeRunRow(
            node_id=node.id,
            label=node.label,
            kind=node.kind,
            effect=node.known_type.effect_of(node.params),
            started_at=utc_now(),
            path=self.ledger.path,
            max_attempts=node.settings.retry.max_attempts,
            input_counts={handle: len(items) for handle, items in inputs.items()},
        )
        known = self.known.get(node.id)
        return row if known is None else known.continued(row)

    def params_of(self, node_id: str) -> Mapping[str, Any]:
        return self.plan.graph.nodes[node_id].params

    def handles_failure(self, node: Node) -> bool:
        """Tell whether somebody goes on with a failure of this node."""
        return node.settings.on_error != "fail" or "error" in self.plan.connected[node.id]

    def place_of(self, node_id: str) -> NodePlace:
        """Return where a node stands, as errors name it."""
        return {"node_id": node_id, "node_label": self.plan.graph.nodes[node_id].label, "path": self.ledger.path}

    def fail(self, error: RunError) -> None:
        """Note the first failure that nobody in this region handles."""
        if self.failure is None:
            self.failure = error
        if not self.ledger.path:
            self.run.fail(error)
        elif self.plan.graph.settings.error_policy == "fail_fast":
            self.abort()
