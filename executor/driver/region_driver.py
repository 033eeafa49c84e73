"""Who drives the nodes of one region of a run. The compiled graph calls `run_nodes`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from compiler.expressions import Names
from compiler.graph import Node
from core.clock import utc_now
from executor.domain import events
from executor.domain.ledger import Outcome
from executor.domain.records import NodeRunRow
from executor.domain.run_error import at_place
from executor.domain.signals import EngineSignal
from executor.domain.tokens import Lanes
from executor.driver import bypass
from executor.driver.loops import run_loop
from executor.driver.serving import ServingRun, ServingTool
from executor.journal.journal import AFTER_EFFECT_S
from executor.node import kept_results
from executor.node.beside import Beside
from executor.node.cleaning import clean
from executor.node.context import Contexts, Helping, TurnFacts, no_helpers
from executor.node.evaluating import Evaluation, LateMappings
from executor.node.names import at_item, names_for
from executor.node.params import params_of
from executor.node.providing import Caller
from executor.node.runner import Turn, TurnResult, attempt_entry, error_of, failed_turn, run_turn
from executor.run.heeding import heed
from executor.run.recording import encoded_result, fill, warnings_of
from executor.run.region import RegionRun
from executor.run.state import trigger_items
from executor.steps.steps import Steps
from executor.waits import remote_turns, turns
from nodes.base import CancelRun, NodeFailed
from nodes.items import Items
from nodes.loop_types import LoopNodeType

ENOUGH_ROWS = 24


def _has_expressions(node: Node) -> bool:
    return node.template is not None and node.template.constant is None


class RegionDriver:
    """Drives the nodes of one region; it never raises, every outcome is in the region's ledger."""

    def __init__(self, region: RegionRun) -> None:
        self.region = region
        self.run = region.run
        self.ledger = region.ledger
        self.plan = region.plan
        self.journal = region.journal

    # -- what the graph calls ----------------------------------------------------------------------------------------
    async def run_nodes(self, nodes: tuple[str, ...]) -> None:
        run, fail_fast = self.run, self.plan.graph.settings.error_policy == "fail_fast"
        for node_id in nodes:
            if run.buffer.closed or (self.region.failure is not None and fail_fast):
                return
            if node_id in self.ledger.outcomes:
                continue
            if run.gate.is_closed:
                await run.gate.passed(self.region, node_id)
            try:
                await self._run_node(self.plan.graph.nodes[node_id])
            except NodeFailed as exc:  # what a node that does not run would hand on
                self.region.fail(at_place(error_of(exc), self.region.place_of(node_id)))
                return
            except (EngineSignal, CancelRun) as exc:
                heed(run, exc)
                return

    def is_done(self, nodes: tuple[str, ...]) -> bool:
        return all(node_id in self.ledger.outcomes for node_id in nodes)

    # -- one node ----------------------------------------------------------------------------------------------------
    async def _run_node(self, node: Node) -> None:
        partial = self.run.claimed.partial or {}
        if "nodes" in partial and not self.ledger.path and node.id not in partial["nodes"]:
            bypass.leave_out(self.region, node)
            return
        given = partial.get("inputs", {}).get(node.id)
        if node.id == self.plan.entry:
            inputs: dict[str, Items] | None = {"main": trigger_items(self.run.claimed.input)}
        else:
            inputs = given or self.ledger.inputs_of(node.id)
        if inputs is None:
            reason = "branch_not_taken" if self.ledger.any_source_ran(node.id) else "upstream_skipped"
            bypass.skip(self.region, node, reason)
            return
        pinned = bypass.pinned_output(self.region, node)
        if pinned is not None:
            bypass.pin(self.region, node, pinned)
            return
        if node.settings.disabled:
            bypass.pass_through(self.region, node, inputs)
            return
        await self._execute(node, inputs)

    async def _execute(self, node: Node, inputs: dict[str, Items]) -> None:
        row = self.region.row_of(node, inputs)
        run = self.run
        run.nodes_executed += 1
        run.open[row.path, node.id] = row
        run.buffer.put(row, events.node_started(row))
        if row.effect == "write":
            await self.journal.flush(run)
            run.check_lease()
        else:
            self.journal.dirty(run)
        names = names_for(self.ledger, node, inputs, run.run_values, row.started_at)
        turn = self._turn(node, inputs, names, row)
        result = await turns.pending_question(self.region, turn, row)
        if node.credentials and not node.is_trigger and result is None:
            await turns.near_its_turn(self.region, node, row)
        while True:
            if result is None:
                run.turns.add(turn)
                try:
                    result = await self._take_turn(turn, names, row)
                finally:
                    run.turns.discard(turn)
                await clean(result, run.secrets)
            if run.buffer.closed:
                return
            if (
                result.error is None
                or node.settings.on_error != "ask"
                or await turns.ask(self.region, node, row, result, inputs)
            ):
                break
            result = None
        await self._record(node, row, result, inputs)
        if row.effect == "write":
            self.journal.dirty(run, AFTER_EFFECT_S)
        elif run.buffer.finished >= ENOUGH_ROWS:
            self.journal.dirty(run, 0)  # PostgreSQL writes them while the run goes on

    async def _take_turn(self, turn: Turn, names: Names, row: NodeRunRow) -> TurnResult:
        """Run a node: by its rounds, by a worker of its queue, or here."""
        node_type = turn.node.type
        if isinstance(node_type, LoopNodeType):
            return await run_loop(self.region, turn, node_type, RegionDriver)
        if self._is_offline(turn.node):
            message = f"{turn.node.label} was not recorded, and an offline run reaches nothing outside"
            return await failed_turn(turn.inputs, error_of(NodeFailed("not_recorded", message)))
        if turn.node.settings.queue:
            made = await remote_turns.run_elsewhere(self.region, turn, row)
            self.run.spent(made.usage, row)
            return made
        return await run_turn(turn)

    def _is_offline(self, node: Node) -> bool:
        offline = (self.run.claimed.partial or {}).get("offline")
        return bool(offline) and node.type is not None and node.type.reaches_out(node.params)

    def _turn(self, node: Node, inputs: dict[str, Items], names: Names, row: NodeRunRow) -> Turn:
        run = self.run
        computing = run.services.computing.turn(run.owner_id)
        facts = TurnFacts(
            idempotency_key=f"{run.effects_id}:{node.id}:{row.path}", timezone=self.plan.graph.settings.timezone,
            variables=run.variables, connected=self.plan.connected[node.id],
            trigger_input=run.claimed.input, label=node.label, written=node.params,
        )  # fmt: skip
        caller = Caller(
            owner_id=run.owner_id, slots=node.credentials, secrets=run.secrets, computing=computing,
            execution_id=run.execution_id, workflow_id=run.claimed.workflow_id, before_effect=run.check_lease,
            node_id=node.id,
            keeps_state=run.keeps_state,
        )  # fmt: skip

        def run_side(at: int, now: datetime) -> ServingRun:
            names.now = now
            late = LateMappings(node, names, computing, self.plan.graph)
            return ServingRun(self.region, node, row, late, Steps(self.region, node, row, at))

        def beside(at: int, side: ServingRun) -> Helping:
            return Beside(
                graph=self.plan.graph, node=node, names=replace(names), items=names.items, at=at, caller=caller,
                facts=facts, services=run.services, serves=partial(ServingTool, side), asked_by=run.asked_by,
            )  # fmt: skip

        params = at_item(names, partial(params_of, node, names))
        takes_helpers = bool(node.known_type.slots)
        context = Contexts(
            node, facts, caller, run.services.abilities, run_side, beside if takes_helpers else no_helpers
        )
        admit = run.services.pace(run.owner_id, {} if node.is_trigger else node.credentials)
        return Turn(
            node, inputs, params, context, turns.Attempts(self.region, row), utc_now,
            self.region.handles_failure(node), admit,
            over=computing.close, execution_id=run.execution_id, owner_id=run.owner_id,
            lanes=partial(Lanes, run.tokens, self.region),
            evaluation=Evaluation(node, names, computing, self.plan.graph) if _has_expressions(node) else None,
            kept=kept_results.of_turn(
                node, inputs, (run.owner_id, run.claimed.workflow_id), run.secrets, run.services.in_database
            ),
        )  # fmt: skip

    async def _record(self, node: Node, row: NodeRunRow, result: TurnResult, inputs: Mapping[str, Items]) -> None:
        connected = self.plan.connected[node.id]
        encoded = await encoded_result(self.run, node, result, inputs, error_is_used="error" in connected)
        row.warnings = warnings_of(node.id, result, encoded)
        self.run.warn(row.warnings)
        self.run.open.pop((row.path, node.id), None)
        row.finished_at = utc_now()
        handled = result.error is not None and (
            result.skipped or "error" in connected or node.settings.on_error in ("continue", "error_handle")
        )
        if result.error is not None:
            row.error = at_place(result.error, self.region.place_of(node.id))
            row.attempts = [*row.attempts, attempt_entry(row.attempt, row.started_at, row.finished_at, row.error)]
        outputs = fill(row, result, encoded, drop=result.error is not None and not handled)
        if row.aside and not row.path and row.raw_outputs is not None:
            self.run.stored_aside[node.id] = row.raw_outputs
        self.ledger.own_bytes += encoded.size if outputs else 0
        self.region.settle(node.id, Outcome(row.status, outputs))
        if result.failed:
            self.run.buffer.put(row, events.node_failed(row, row.finished_at, handled=handled))
        else:
            self.run.buffer.put(row, events.node_completed(row, row.finished_at))
        if row.error is not None and not handled:
            self.region.fail(row.error)
        if self.run.claimed.goal:
            self._count(node, outputs, result.failures)

    def _count(self, node: Node, outputs: Mapping[str, Items], failures: int) -> None:
        """Count what a node of the root hands to nobody as results of the run, and what failed as errors."""
        free = [] if self.ledger.path else [handle for handle in outputs if handle not in self.plan.connected[node.id]]
        results = [item for handle in free if handle != "error" for item in outputs[handle]]
        self.run.count_results(results, failures)
