"""One run while this process holds it.

Its ledger, its buffer, and the turns of its nodes as the graph asks for them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from compiler.compiler import Compiled
from compiler.graph import Node
from core.values.times import wire_time
from executor.context import Context, NodeFiles, Services
from executor.domain.lifecycle import NodeStatus
from executor.journal import AFTER_EFFECT_S, Fenced, Journal, JournalRejected
from executor.ledger import SKIPPED, Ledger, Outcome
from executor.names import names_for
from executor.node_runner import Turn, TurnResult, attempt_entry, error_of, run_turn
from executor.outputs import ASIDE_BYTES, Encoded, encode, large_values, with_references
from executor.records import Buffer, EventRecord, NodeRunRow
from nodes.base import Item, Items, NodeFailed

MAX_WARNINGS = 50
ENOUGH_ROWS = 24


class Interrupted(Protocol):
    """Who ends the run early."""

    def __call__(self, reason: str, /) -> None: ...


class LeaseTooShort(Exception):
    """No effect may start: our lease could be over before it is done."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Run:
    """The driver of one run; the compiled graph calls `run_nodes`, which never raises."""

    def __init__(
        self, claimed: Mapping[str, Any], compiled: Compiled, journal: Journal, services: Services, lease_left_s: Any
    ) -> None:
        self.execution_id = str(claimed["execution_id"])
        self.owner_id = claimed["owner_id"]
        self.epoch: int = claimed["epoch"]
        self.commit_no: int = claimed["commit_no"]
        self.last_seq: int = claimed["last_seq"]
        self.claimed = claimed
        self.compiled = compiled
        self.graph = compiled.graph
        self.ledger = Ledger(compiled.plan)
        self.buffer = Buffer()
        self.journal = journal
        self.services = services
        self.lease_left_s = lease_left_s
        self.known: dict[str, NodeRunRow] = {}  # rows an earlier worker left
        self.open: dict[str, NodeRunRow] = {}  # rows of nodes that began and have not ended
        self.warnings: list[dict[str, Any]] = []
        self.failure: dict[str, Any] | None = None
        self.responded_by: str | None = None
        self.stored_aside: dict[str, bytes] = {}  # outputs as stored, where values of them are references
        self.nodes_executed = 0
        self._told = 0
        self.interrupt: Interrupted = lambda reason: None
        self.began = time.monotonic()
        self.run_values: dict[str, Any] = {
            "variables": claimed["variables"],
            "event": claimed["input"],
            "execution": {"id": self.execution_id, "mode": claimed["mode"]},
            "workflow": {
                "id": str(claimed["workflow_id"]) if claimed["workflow_id"] else None,
                "name": claimed["workflow_name"],
                "active": claimed["mode"] == "production",
            },
        }

    # -- what the graph and the journal call -------------------------------------------------------------------------
    async def run_nodes(self, nodes: tuple[str, ...]) -> None:
        for node_id in nodes:
            if self.buffer.closed:
                return
            if node_id in self.ledger.outcomes:
                continue
            try:
                await self._run_node(self.graph.nodes[node_id])
            except Fenced:
                self.interrupt("fenced")
                return
            except JournalRejected as exc:
                self._fail(
                    {"code": "journal_rejected", "message": f"The journal refused the results: {exc}"[:500]}, node_id
                )
                return
            except LeaseTooShort:
                self.interrupt("lease")
                return
            if self.failure is not None and self.graph.settings.error_policy == "fail_fast":
                return

    def is_done(self, nodes: tuple[str, ...]) -> bool:
        return all(node_id in self.ledger.outcomes for node_id in nodes)

    def on_command(self, command: str) -> None:
        self.interrupt(command)

    def progress(self) -> EventRecord | None:
        """Return the progress, where it has moved since it was last told; at most one goes into a commit."""
        done, total = len(self.ledger.outcomes), self.compiled.plan.total
        if done == self._told:
            return None
        self._told = done
        return EventRecord(
            "progress", utc_now(), data={"done": done, "total": total, "percent": done * 100 // max(total, 1)}
        )

    # -- one node ----------------------------------------------------------------------------------------------------
    async def _run_node(self, node: Node) -> None:
        if node.id == self.compiled.plan.entry:
            inputs: dict[str, Items] | None = {"main": trigger_items(self.claimed["input"])}
        else:
            inputs = self.ledger.inputs_of(node.id)
        if inputs is None:
            reason = "branch_not_taken" if self.ledger.any_source_ran(node.id) else "upstream_skipped"
            self._skip(node, reason)
            return
        if node.id in self.claimed["pinned"]:
            self._pin(node, self.claimed["pinned"][node.id])
            return
        if node.settings.disabled:
            self._pass_through(node, inputs)
            return
        await self._execute(node, inputs)

    def _row(self, node: Node, inputs: Mapping[str, Items]) -> NodeRunRow:
        known = self.known.get(node.id)
        assert node.type is not None  # noqa: S101
        row = NodeRunRow(
            node_id=node.id,
            label=node.label,
            kind=node.kind,
            effect=node.type.effect_of(node.params),
            started_at=utc_now(),
            max_attempts=node.settings.retry.max_attempts,
            input_counts={handle: len(items) for handle, items in inputs.items()},
        )
        if known is not None:
            row.id, row.attempt, row.attempts = known.id, known.attempt + 1, known.attempts
        return row

    async def _execute(self, node: Node, inputs: dict[str, Items]) -> None:
        row = self._row(node, inputs)
        self.nodes_executed += 1
        self.open[node.id] = row
        self.buffer.put(
            row, EventRecord("node.started", row.started_at, node.id, data={"attempt": row.attempt}, row=row)
        )
        if row.effect == "write":
            await self.journal.flush(self)
            self._check_lease()
        else:
            self.journal.dirty(self)
        result = await run_turn(self._turn(node, inputs, row))
        if self.buffer.closed:
            return
        encoded = await self._encoded(node, result, inputs)
        self._record(node, row, result, encoded)
        if row.effect == "write":
            self.journal.dirty(self, AFTER_EFFECT_S)
        elif self.buffer.finished >= ENOUGH_ROWS:
            self.journal.dirty(self, 0)  # PostgreSQL writes them while the run goes on

    def _check_lease(self) -> None:
        if self.lease_left_s() < 3:
            raise LeaseTooShort

    def _turn(self, node: Node, inputs: dict[str, Items], row: NodeRunRow) -> Turn:
        handled = node.settings.on_error != "fail" or "error" in self.compiled.plan.connected[node.id]
        assert node.type is not None  # noqa: S101
        key = f"{self.execution_id}:{node.id}:{row.path}"
        per_item = node.type.per_item

        async def answer(response: dict[str, Any]) -> None:
            await self._answer(node.id, response)

        def context(at: int | None) -> Context:
            return Context(
                self.services,
                self.owner_id,
                self.execution_id,
                node.credentials,
                names.now,
                self.graph.settings.timezone,
                f"{key}:{at}" if per_item and at is not None else key,
                self.claimed["input"],
                self._check_lease,
                answer,
            )

        names = names_for(self.ledger, node, inputs, self.run_values, row.started_at)
        return Turn(node, inputs, names, context, _Attempts(self, row), utc_now, handled)

    async def _answer(self, node_id: str, response: dict[str, Any]) -> None:
        """Hand a webhook's answer on; the first one counts."""
        if self.responded_by is None:
            self.responded_by = node_id
            self.buffer.response = response
            await self.journal.flush(self)

    async def _encoded(self, node: Node, result: TurnResult, inputs: Mapping[str, Items]) -> Encoded:
        if (
            result.error is not None
            and node.settings.on_error == "continue"
            and "error" not in self.compiled.plan.connected[node.id]
        ):
            result.outputs.setdefault("main", []).extend(result.outputs.pop("error", []))
            result.outputs["main"].sort(key=_paired_position)
        try:
            encoded = encode(result.outputs)
            if len(encoded.raw) > ASIDE_BYTES:
                encoded = Encoded(encoded.outputs, await self._aside(node.id, encoded), encoded.has_not_a_number)
        except NodeFailed as exc:
            first: Items = next(iter(inputs.values()), [])
            error = {"code": exc.node_code, "message": exc.message, "details": {}}
            result.error, result.failed = error_of(exc), True
            result.outputs = {"error": [{**item, "json": {**item["json"], "error": error}} for item in first]}
            encoded = encode(result.outputs)
        return encoded

    async def _aside(self, node_id: str, encoded: Encoded) -> bytes:
        """Store large values as blobs, before the row that refers to them."""
        large = await asyncio.to_thread(large_values, encoded.outputs)
        if not large:
            return encoded.raw
        files = NodeFiles(self.owner_id, self.execution_id, self.services.in_database)
        references: dict[tuple[str, int, str], dict[str, Any]] = {}
        for handle, at, name, raw in large:
            saved = await files.save(raw, file_name=f"{name}.json"[-200:], mime_type="application/json")
            references[handle, at, name] = {"$blob": {key: saved[key] for key in ("id", "size_bytes", "url")}}
        raw = await asyncio.to_thread(with_references, encoded.outputs, references)
        self.stored_aside[node_id] = raw
        return raw

    def _record(self, node: Node, row: NodeRunRow, result: TurnResult, encoded: Encoded) -> None:
        self._warn(node, row, result, encoded)
        self.open.pop(node.id, None)
        row.finished_at = utc_now()
        row.logs = result.logs[:200]
        outputs = encoded.outputs
        handled = result.error is not None and (
            "error" in self.compiled.plan.connected[node.id] or node.settings.on_error in ("continue", "error_handle")
        )
        if result.error is not None:
            row.error = {**result.error, "node_id": node.id, "node_label": node.label, "path": ""}
            row.attempts = [*row.attempts, attempt_entry(row.attempt, row.started_at, row.finished_at, row.error)]
            if not handled:
                outputs, encoded = {}, Encoded({}, b"{}")
        row.raw_outputs = encoded.raw
        row.output_counts = {handle: len(items) for handle, items in outputs.items()}
        row.active_handles = [handle for handle, items in outputs.items() if items]
        row.status = NodeStatus.FAILED if result.failed else NodeStatus.COMPLETED
        self.ledger.outcomes[node.id] = Outcome(row.status, outputs)
        if result.failed:
            data = {"attempt": row.attempt, "handled": handled}
            self.buffer.put(row, EventRecord("node.failed", row.finished_at, node.id, data=data, row=row))
        else:
            self.buffer.put(row, EventRecord("node.completed", row.finished_at, node.id, row=row))
        if result.error is not None and not handled:
            self._fail(result.error, node.id)

    def _warn(self, node: Node, row: NodeRunRow, result: TurnResult, encoded: Encoded) -> None:
        seen: set[tuple[str, str]] = set()
        for field, text in result.unresolved:
            if (field, text) not in seen:
                seen.add((field, text))
                row.warnings.append(
                    {
                        "code": "unresolved_expression",
                        "node_id": node.id,
                        "field": field,
                        "message": f"{text[:200]} is undefined",
                    }
                )
        if encoded.has_not_a_number:
            row.warnings.append(
                {"code": "not_a_number", "node_id": node.id, "field": None, "message": "NaN or Infinity became null"}
            )
        self.warnings.extend(row.warnings[: MAX_WARNINGS - len(self.warnings)])

    def _fail(self, error: Mapping[str, Any], node_id: str) -> None:
        if self.failure is None:
            self.failure = {
                "retryable": False,
                "details": {},
                **error,
                "node_id": node_id,
                "node_label": self.graph.nodes[node_id].label,
                "path": "",
            }
        if self.graph.settings.error_policy == "fail_fast":
            self.interrupt("failure")

    # -- turns in which nothing runs ---------------------------------------------------------------------------------
    def _settled(self, node: Node, status: NodeStatus, outputs: dict[str, Items], event: EventRecord) -> None:
        row = self._row(node, {})
        row.started_at = row.finished_at = event.at
        row.status = status
        encoded = encode(outputs)
        row.raw_outputs = encoded.raw
        row.output_counts = {handle: len(items) for handle, items in outputs.items()}
        row.active_handles = [handle for handle, items in outputs.items() if items]
        row.pinned = event.type == "node.completed"
        event.row = row
        self.ledger.outcomes[node.id] = Outcome(status, outputs)
        self.buffer.put(row, event)
        self.journal.dirty(self)

    def _skip(self, node: Node, reason: str) -> None:
        self._settled(
            node, NodeStatus.SKIPPED, {}, EventRecord("node.skipped", utc_now(), node.id, data={"reason": reason})
        )
        self.ledger.outcomes[node.id] = SKIPPED

    def _pass_through(self, node: Node, inputs: Mapping[str, Items]) -> None:
        """A disabled node hands its items on by its first output."""
        assert node.type is not None  # noqa: S101
        names = node.type.output_names(node.params)
        items = [{**item, "pairedItem": {"item": at}} for at, item in enumerate(next(iter(inputs.values()), []))]
        event = EventRecord("node.skipped", utc_now(), node.id, data={"reason": "disabled"})
        self._settled(node, NodeStatus.SKIPPED, {names[0]: items} if names else {}, event)
        self.ledger.outcomes[node.id] = Outcome(NodeStatus.COMPLETED, {names[0]: items} if names else {})

    def _pin(self, node: Node, pinned: Mapping[str, Items]) -> None:
        outputs = {handle: list(items) for handle, items in pinned.items()}
        self._settled(node, NodeStatus.COMPLETED, outputs, EventRecord("node.completed", utc_now(), node.id))

    # -- after a lost worker -----------------------------------------------------------------------------------------
    def restore(self, rows: list[dict[str, Any]]) -> None:
        """Take over what an earlier worker put into the journal.

        Finished nodes return at once, cut-off ones run again.
        """
        for record in rows:
            if record["node_id"] not in self.graph.nodes or record["path"]:
                continue
            row = NodeRunRow(
                node_id=record["node_id"],
                label=record["label"],
                kind=record["kind"],
                effect=record["effect"],
                started_at=record["started_at"],
                attempt=record["attempt"],
                attempts=record["attempts"],
                id=record["id"],
            )
            self.known[row.node_id] = row
            status = NodeStatus(record["status"])
            if status in (NodeStatus.RUNNING, NodeStatus.WAITING):
                continue
            outputs = record["outputs"] or {}
            if status is NodeStatus.SKIPPED and outputs:
                status = NodeStatus.COMPLETED  # a disabled node that handed its items on
            self.ledger.outcomes[row.node_id] = Outcome(status, outputs)
            self.warnings.extend(record["warnings"])
            self.nodes_executed += status is not NodeStatus.SKIPPED
            error = record["error"]
            if status is NodeStatus.FAILED and error and not self._was_handled(row.node_id):
                self.failure = error

    def _was_handled(self, node_id: str) -> bool:
        settings = self.graph.nodes[node_id].settings
        return settings.on_error != "fail" or "error" in self.compiled.plan.connected[node_id]

    def cancel_open_rows(self, now: datetime) -> None:
        """Mark what was running when the run ended."""
        for row in [*self.known.values(), *self.open.values()]:
            if row.status is NodeStatus.RUNNING and row.node_id not in self.ledger.outcomes:
                row.status, row.finished_at = NodeStatus.CANCELLED, now
                self.buffer.put(row)


class _Attempts:
    """Writes failed attempts into the node's row and tells of the next one."""

    def __init__(self, run: Run, row: NodeRunRow) -> None:
        self.run = run
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
        self.run.buffer.put(row, EventRecord("node.retrying", now, row.node_id, data=data, row=row))
        self.run.journal.dirty(self.run)


def trigger_items(value: Any) -> Items:
    """Turn a run's input into the trigger's items."""
    if isinstance(value, dict):
        binary = value.get("$binary")
        if isinstance(binary, dict) and binary:  # uploads of a webhook call
            json = {key: entry for key, entry in value.items() if key != "$binary"}
            return [{"json": json, "binary": binary, "pairedItem": {"item": 0}}]
        return [{"json": value, "pairedItem": {"item": 0}}]
    if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        return [{"json": entry, "pairedItem": {"item": at}} for at, entry in enumerate(value)]
    return [{"json": {"value": value}, "pairedItem": {"item": 0}}]


def _paired_position(item: Item) -> int:
    paired = item.get("pairedItem")
    return paired["item"] if isinstance(paired, dict) else 0
