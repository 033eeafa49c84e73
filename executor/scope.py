"""One region of a run at work: its root, or one round of a loop. The compiled graph calls `run_nodes`."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from compiler.expressions import Names
from compiler.graph import Node
from core.values.times import wire_time
from credentials import pacing
from executor import children, node_jobs
from executor.context import Context
from executor.domain.lifecycle import NodeStatus
from executor.journal import AFTER_EFFECT_S, Fenced, JournalRejected
from executor.ledger import SKIPPED, Ledger, Outcome
from executor.loops import run_loop
from executor.names import at_item, evaluated, names_for
from executor.node_runner import Turn, TurnResult, attempt_entry, error_of, failed_turn, params_of, raw_params, run_turn
from executor.outputs import encode
from executor.questions import recovery_question
from executor.recording import encoded_result, fill, warnings_of
from executor.records import NodeRunRow
from executor.run import KnownRow, LeaseTooShort, Run, trigger_items, utc_now
from executor.waits import IN_MEMORY_S, mark_waiting, opened_event, stored_record, task_columns, wait_record
from nodes.base import Answer, CancelRun, Items, LoopNodeType, NodeFailed, WaitFor

ENOUGH_ROWS = 24
LONG_BACKOFF_S = 30
RATE_LIMIT = "rate_limit"


class Scope:
    """Drives the nodes of one region; it never raises, every outcome is in its ledger.

    `abort` ends the scope early, after a failure in it that nobody handles.
    """

    def __init__(self, run: Run, ledger: Ledger, abort: Callable[[], None] = lambda: None) -> None:
        self.run = run
        self.ledger = ledger
        self.plan = ledger.plan
        self.journal = run.journal
        self.abort = abort
        self.failure: dict[str, Any] | None = None
        self.known: Mapping[str, KnownRow] = run.known.get(ledger.path, {})
        self._left: dict[str, int] = {}

    # -- life --------------------------------------------------------------------------------------------------------
    def begin(self) -> None:
        """Take over what is known of this region, and the tokens of the nodes that are ready."""
        region = self.ledger.region
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

    def inner(self, ledger: Ledger) -> Scope:
        """Return a scope for a round of a loop in this one."""
        return Scope(self.run, ledger)

    def end(self) -> None:
        self.run.tokens.drop(self)

    def _restore(self, node_id: str, known: KnownRow) -> None:
        status = known.status
        if status is NodeStatus.SKIPPED and known.outputs:
            status = NodeStatus.COMPLETED  # a disabled node that handed its items on
        self.ledger.outcomes[node_id] = Outcome(status, known.outputs)
        self.run.over(node_id)
        if known.record["reused"] and self.run.epoch == 1 and status is NodeStatus.COMPLETED:
            row = known.as_row()
            self.run.buffer.note(row.event("node.completed", utc_now()))
        self.run.warn(known.record["warnings"])
        self.run.nodes_executed += status is not NodeStatus.SKIPPED
        if status is NodeStatus.FAILED and known.error and not self._handles_failure(self.plan.graph.nodes[node_id]):
            self.failure = known.error
            if not self.ledger.path:
                self.run.failure = known.error

    def _settle(self, node_id: str, outcome: Outcome) -> None:
        """Note an outcome, and pass the token on to those who became ready by it."""
        outcomes = self.ledger.outcomes
        outcomes[node_id] = outcome
        self.run.over(node_id)
        count = -1
        left = self._left
        for target in self.ledger.region.followers[node_id]:
            left[target] -= 1
            if not left[target]:
                count += 1
        if len(outcomes) == len(left):
            count += 1  # for whoever waits for the end of this scope
        self.run.tokens.add(self, count)

    # -- what the graph calls ----------------------------------------------------------------------------------------
    async def run_nodes(self, nodes: tuple[str, ...]) -> None:
        run, fail_fast = self.run, self.plan.graph.settings.error_policy == "fail_fast"
        for node_id in nodes:
            if run.buffer.closed or (self.failure is not None and fail_fast):
                return
            if node_id in self.ledger.outcomes:
                continue
            if run.gate.is_closed:
                await run.gate.passed(self, node_id)
            try:
                await self._run_node(self.plan.graph.nodes[node_id])
            except Fenced:
                run.interrupt("fenced")
                return
            except JournalRejected as exc:
                run.fail(refused_error(exc) | self._place(node_id))
                return
            except LeaseTooShort:
                run.interrupt("lease")
                return
            except CancelRun as exc:
                run.cancel(exc.end_reason)
                return

    def is_done(self, nodes: tuple[str, ...]) -> bool:
        return all(node_id in self.ledger.outcomes for node_id in nodes)

    # -- one node ----------------------------------------------------------------------------------------------------
    async def _run_node(self, node: Node) -> None:
        partial = self.run.claimed["partial"] or {}
        if "nodes" in partial and not self.ledger.path and node.id not in partial["nodes"]:
            self._leave_out(node)
            return
        given = partial.get("inputs", {}).get(node.id)
        if node.id == self.plan.entry:
            inputs: dict[str, Items] | None = {"main": trigger_items(self.run.claimed["input"])}
        else:
            inputs = given or self.ledger.inputs_of(node.id)
        if inputs is None:
            reason = "branch_not_taken" if self.ledger.any_source_ran(node.id) else "upstream_skipped"
            self._skip(node, reason)
            return
        pinned = self._pinned(node)
        if pinned is not None:
            self._pin(node, pinned)
            return
        if node.settings.disabled:
            self._pass_through(node, inputs)
            return
        await self._execute(node, inputs)

    def _row(self, node: Node, inputs: Mapping[str, Items]) -> NodeRunRow:
        assert node.type is not None  # noqa: S101
        row = NodeRunRow(
            node_id=node.id,
            label=node.label,
            kind=node.kind,
            effect=node.type.effect_of(node.params),
            started_at=utc_now(),
            path=self.ledger.path,
            max_attempts=node.settings.retry.max_attempts,
            input_counts={handle: len(items) for handle, items in inputs.items()},
        )
        known = self.known.get(node.id)
        return row if known is None else known.continued(row)

    async def _execute(self, node: Node, inputs: dict[str, Items]) -> None:
        row = self._row(node, inputs)
        run = self.run
        run.nodes_executed += 1
        run.open[row.path, node.id] = row
        run.buffer.put(row, row.event("node.started", row.started_at, {"attempt": row.attempt}))
        if row.effect == "write":
            await self.journal.flush(run)
            run.check_lease()
        else:
            self.journal.dirty(run)
        names = names_for(self.ledger, node, inputs, run.run_values, row.started_at)
        turn = self._turn(node, inputs, names, row)
        result = await self._pending_question(turn, row)
        if node.credentials and not node.is_trigger and result is None:
            await self._near_its_turn(node, row)
        while True:
            if result is None:
                result = await self._take_turn(turn, names, row)
            if run.buffer.closed:
                return
            if result.error is None or node.settings.on_error != "ask" or await self._ask(node, row, result, inputs):
                break
            result = None
        await self._record(node, row, result, inputs)
        if row.effect == "write":
            self.journal.dirty(run, AFTER_EFFECT_S)
        elif run.buffer.finished >= ENOUGH_ROWS:
            self.journal.dirty(run, 0)  # PostgreSQL writes them while the run goes on

    async def _take_turn(self, turn: Turn, names: Names, row: NodeRunRow) -> TurnResult:
        """Run a node: by its rounds, by a worker of its queue, or here."""
        if isinstance(turn.node.type, LoopNodeType):
            return await run_loop(self, turn)
        if self._is_offline(turn.node):
            message = f"{turn.node.label} was not recorded, and an offline run reaches nothing outside"
            return failed_turn(turn.inputs, error_of(NodeFailed("not_recorded", message)))
        if turn.node.settings.queue:
            raw = at_item(names, partial(raw_params, turn.node, names))
            return await node_jobs.run_elsewhere(self, turn, raw, row)
        return await run_turn(turn)

    def _is_offline(self, node: Node) -> bool:
        offline = (self.run.claimed["partial"] or {}).get("offline")
        return bool(offline) and node.type is not None and node.type.reaches_out(node.params)

    def _turn(self, node: Node, inputs: dict[str, Items], names: Names, row: NodeRunRow) -> Turn:
        assert node.type is not None  # noqa: S101
        run = self.run
        key = f"{run.execution_id}:{node.id}:{row.path}"
        per_item = node.type.per_item

        async def answer(response: dict[str, Any]) -> None:
            await self._answer(node.id, response)

        def context(at: int | None) -> Context:
            names.now = utc_now()
            return Context(
                run.services,
                run.owner_id,
                run.execution_id,
                node.credentials,
                names.now,
                self.plan.graph.settings.timezone,
                f"{key}:{at}" if per_item and at is not None else key,
                run.claimed["input"],
                run.check_lease,
                answer,
                wait,
                self.plan.connected[node.id],
                partial(children.call, self, row),
                partial(evaluated, names),
            )

        async def wait(request: WaitFor) -> Answer:
            return await self.wait_for(row, request)

        params = at_item(names, partial(params_of, node, names))
        admit = run.services.pace(run.owner_id, {} if node.is_trigger else node.credentials)
        return Turn(node, inputs, params, context, _Attempts(self, row), utc_now, self._handles_failure(node), admit)

    # -- waiting -----------------------------------------------------------------------------------------------------
    async def wait_for(self, row: NodeRunRow, request: WaitFor, kind: str | None = None) -> Answer:
        """Wait for something outside; what an earlier worker waited for already is not asked for again."""
        run, waits = self.run, self.run.waits
        key = waits.next_key(row)
        stored = waits.stored.get(key)
        if stored is not None and stored["answered_at"] is not None:
            return dict(stored["answer"])
        now = utc_now()
        if stored is None and request.kind == "timer" and request.until is not None:
            left_s = (request.until - now).total_seconds()
            if left_s < IN_MEMORY_S:
                await asyncio.sleep(max(left_s, 0))
                return {"by": "time"}
        record = wait_record(request, key, now, kind) if stored is None else stored_record(stored)
        before = row.status
        mark_waiting(row)
        run.buffer.put(row)
        if stored is None:
            if request.task is not None:
                record.task = task_columns(request, key, run.execution_id, run.claimed, now)
                run.buffer.note(opened_event(row, record.task["id"], now))
            run.buffer.waits.append(record)
            waits.stored[key] = {**record.as_record(run.execution_id), "answered_at": None, "answer": None}

        async def armed() -> None:
            if request.kind == "timer":
                self.journal.dirty(run)
            else:
                await self.journal.flush(run)
                await run.match_signals()

        answer = await waits.until_answered(record, self, armed)
        row.status = before
        run.buffer.put(row)
        self.journal.dirty(run)
        return answer

    async def _pending_question(self, turn: Turn, row: NodeRunRow) -> TurnResult | None:
        """Take up where an earlier worker suspended: between two attempts, or with people asked what to do.

        Returns the failed result people are being asked about.
        """
        known = self.known.get(row.node_id)
        stored = self.run.waits.of_node(row.node_id, row.path)
        asks = turn.node.settings.on_error == "ask" and turn.node.type is not None and not turn.node.type.waits
        for wait in stored:
            if wait["kind"] == "retry_backoff":
                turn.attempts_made = len(row.attempts)
                await self.wait_for(row, WaitFor("timer", wait["until"]))
            elif wait["kind"] == RATE_LIMIT:
                await self.wait_for(row, WaitFor("timer", wait["until"]), RATE_LIMIT)
            elif wait["kind"] == node_jobs.KIND:
                if wait is not stored[-1]:
                    self.run.waits.next_key(row)  # its result was taken, and people were asked about it
            elif asks and (wait is not stored[-1] or known is None or known.status is not NodeStatus.WAITING):
                self.run.waits.next_key(row)
        if asks and stored and known is not None and known.status is NodeStatus.WAITING and known.error is not None:
            return TurnResult(known.outputs, known.error, failed="main" not in known.outputs)
        return None

    async def _near_its_turn(self, node: Node, row: NodeRunRow) -> None:
        """Wait while others have a credential's rate for long; that gives the worker back.

        Nothing is reserved meanwhile: each attempt does that when it comes.
        """
        services, ids = self.run.services, list(node.credentials.values())
        while True:
            wait_s = await services.in_database(pacing.outlook, owner_id=self.run.owner_id, credential_ids=ids)
            if wait_s <= LONG_BACKOFF_S:
                return
            early = random.uniform(0.5, 1) * LONG_BACKOFF_S  # noqa: S311 (jitter: not all may come at once)
            await self.wait_for(row, WaitFor("timer", utc_now() + timedelta(seconds=wait_s - early)), RATE_LIMIT)

    async def _ask(self, node: Node, row: NodeRunRow, result: TurnResult, inputs: Mapping[str, Items]) -> bool:
        """Ask people what to do about a failure. Returns whether to go on without. Raises: CancelRun."""
        error = {"details": {}, "retryable": False, **(result.error or {}), **self._place(node.id)}
        encoded = await encoded_result(self.run, node, result, inputs, error_is_used=True)
        row.show(encoded.outputs, encoded.raw)
        row.error = error
        answer = await self.wait_for(row, recovery_question(node, error, utc_now()))
        row.error = None
        if answer.get("action") == "stop":
            raise CancelRun("stopped")
        if answer.get("action") == "retry":
            row.attempts = [*row.attempts, attempt_entry(row.attempt, row.started_at, utc_now(), error)][-100:]
            row.attempt += 1
            return False
        result.skipped = answer.get("action") == "skip"
        return True

    def _handles_failure(self, node: Node) -> bool:
        return node.settings.on_error != "fail" or "error" in self.plan.connected[node.id]

    async def _answer(self, node_id: str, response: dict[str, Any]) -> None:
        """Hand a webhook's answer on; the first one counts."""
        if self.run.responded_by is None:
            self.run.responded_by = node_id
            self.run.buffer.response = response
            await self.journal.flush(self.run)

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
            row.error = {"details": {}, "retryable": False, **result.error, **self._place(node.id)}
            row.attempts = [*row.attempts, attempt_entry(row.attempt, row.started_at, row.finished_at, row.error)]
        outputs = fill(row, result, encoded, drop=result.error is not None and not handled)
        self._settle(node.id, Outcome(row.status, outputs))
        if result.failed:
            data = {"attempt": row.attempt, "handled": handled}
            self.run.buffer.put(row, row.event("node.failed", row.finished_at, data))
        else:
            self.run.buffer.put(row, row.event("node.completed", row.finished_at))
        if row.error is not None and not handled:
            self.fail(row.error)
        if self.run.claimed["goal"]:
            self._count(node, outputs, result.failures)

    def _count(self, node: Node, outputs: Mapping[str, Items], failures: int) -> None:
        """Count what a node of the root hands to nobody as results of the run, and what failed as errors."""
        free = [] if self.ledger.path else [handle for handle in outputs if handle not in self.plan.connected[node.id]]
        results = [item for handle in free if handle != "error" for item in outputs[handle]]
        self.run.count_results(results, failures)

    def _place(self, node_id: str) -> dict[str, Any]:
        return {"node_id": node_id, "node_label": self.plan.graph.nodes[node_id].label, "path": self.ledger.path}

    def fail(self, error: dict[str, Any]) -> None:
        """Note the first failure that nobody in this region handles."""
        if self.failure is None:
            self.failure = error
        if not self.ledger.path:
            self.run.fail(error)
        elif self.plan.graph.settings.error_policy == "fail_fast":
            self.abort()

    # -- turns in which nothing runs ---------------------------------------------------------------------------------
    def _settled(
        self, node: Node, status: NodeStatus, outputs: dict[str, Items], event: str, data: Any = None
    ) -> NodeRunRow:
        row = self._row(node, {})
        row.finished_at = row.started_at
        row.status = status
        row.show(outputs, encode(outputs).raw)
        row.pinned = event == "node.completed"
        self.run.buffer.put(row, row.event(event, row.started_at, data))
        self.journal.dirty(self.run)
        return row

    def _skip(self, node: Node, reason: str) -> None:
        self._settled(node, NodeStatus.SKIPPED, {}, "node.skipped", {"reason": reason})
        self._settle(node.id, SKIPPED)

    def _leave_out(self, node: Node) -> None:
        """Pass over a node that a partial run does not run: with the output it is given, or without a trace."""
        pinned = self._pinned(node)
        if pinned is None:
            self._settle(node.id, SKIPPED)
        else:
            self._pin(node, pinned, reused=True)

    def _pass_through(self, node: Node, inputs: Mapping[str, Items]) -> None:
        """A disabled node hands its items on by its first output, a loop by what lies behind it."""
        assert node.type is not None  # noqa: S101
        names = [name for name in node.type.output_names(node.params) if name != node.type.loop_handle]
        items = [{**item, "pairedItem": {"item": at}} for at, item in enumerate(next(iter(inputs.values()), []))]
        outputs = {names[0]: items} if names else {}
        self._settled(node, NodeStatus.SKIPPED, outputs, "node.skipped", {"reason": "disabled"})
        self._settle(node.id, Outcome(NodeStatus.COMPLETED, outputs))

    def _pinned(self, node: Node) -> Mapping[str, Items] | None:
        """Return the output a node is given instead of running: always the same, or one for each round it is in."""
        pinned: dict[str, Any] | None = self.run.claimed["pinned"].get(node.id)
        rounds: dict[str, Any] | None = (pinned or {}).get("$rounds")
        return pinned if rounds is None else rounds.get(self.ledger.path)

    def _pin(self, node: Node, pinned: Mapping[str, Items], *, reused: bool = False) -> None:
        outputs = {handle: list(items) for handle, items in pinned.items()}
        row = self._settled(node, NodeStatus.COMPLETED, outputs, "node.completed")
        row.pinned, row.reused = not reused, reused
        self._settle(node.id, Outcome(NodeStatus.COMPLETED, outputs))


def refused_error(exc: JournalRejected) -> dict[str, Any]:
    return {"code": "journal_rejected", "message": f"The journal refused the results: {exc}"[:500]}


class _Attempts:
    """Writes failed attempts into the node's row and tells of the next one."""

    def __init__(self, scope: Scope, row: NodeRunRow) -> None:
        self.scope = scope
        self.run = scope.run
        self.row = row

    def retrying(self, *, attempt: int, error: dict[str, Any], started_at: datetime, delay_s: float) -> None:
        now = utc_now()
        row = self.row
        row.attempts = [*row.attempts, attempt_entry(attempt, started_at, now, error)][-100:]
        row.attempt = max(row.attempt, attempt + 1)
        data = {
            "attempt": attempt,
            "next_attempt": attempt + 1,
            "next_at": wire_time(now + timedelta(seconds=delay_s)),
            "delay_ms": round(delay_s * 1000),
            "error": {"code": error["code"], "message": error["message"]},
        }
        self.run.buffer.put(row, row.event("node.retrying", now, data))
        self.run.journal.dirty(self.run)

    async def pause(self, delay_s: float) -> None:
        """Wait for the next attempt; a long wait gives the worker back."""
        if delay_s <= LONG_BACKOFF_S:
            await asyncio.sleep(delay_s)
            return
        until = utc_now() + timedelta(seconds=delay_s)
        await self.scope.wait_for(self.row, WaitFor("timer", until), "retry_backoff")
