"""Events of a run: each kind is made by one function, for the journal, and has one form on the wire.

EventRecord (in a batch, no number yet) ─▶ journal ─▶ Event (numbered, with what other rows hold) ─▶ `wire`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.values.times import wire_time
from executor.domain.records import EventRecord, NodeRunRow, WaitRecord
from executor.domain.run_error import NodeError
from nodes.usage import TOKENS, Usage


@dataclass(frozen=True, slots=True)
class Event:
    """An event as clients see it; `seq` is None for one that is kept nowhere."""

    seq: int | None
    type: str
    at: datetime
    execution_id: str
    node_id: str | None
    path: str
    data: Mapping[str, Any]

    def wire(self) -> dict[str, Any]:
        """Return its JSON. Contract: rest-api §9."""
        return {
            "seq": self.seq,
            "type": self.type,
            "at": wire_time(self.at),
            "execution_id": self.execution_id,
            "node_id": self.node_id,
            "path": self.path,
            "data": self.data,
        }


# -- of a node run ----------------------------------------------------------------------------------------------------
def node_started(row: NodeRunRow) -> EventRecord:
    return _of_node("node.started", row, row.started_at, {"attempt": row.attempt})


def node_completed(row: NodeRunRow, at: datetime) -> EventRecord:
    return _of_node("node.completed", row, at)


def node_failed(row: NodeRunRow, at: datetime, *, handled: bool) -> EventRecord:
    return _of_node("node.failed", row, at, {"attempt": row.attempt, "handled": handled})


def node_skipped(row: NodeRunRow, reason: str) -> EventRecord:
    return _of_node("node.skipped", row, row.started_at, {"reason": reason})


def node_retrying(row: NodeRunRow, at: datetime, *, attempt: int, delay_s: float, error: NodeError) -> EventRecord:
    data = {
        "attempt": attempt,
        "next_attempt": attempt + 1,
        "next_at": wire_time(at + timedelta(seconds=delay_s)),
        "delay_ms": round(delay_s * 1000),
        "error": {"code": error["code"], "message": error["message"]},
    }
    return _of_node("node.retrying", row, at, data)


def used(row: NodeRunRow, at: datetime, usage: Usage, of_run: Usage) -> EventRecord:
    """Return what a call has used, and what its run has spent with it."""
    tokens = {name: getattr(usage, name) for name in TOKENS}
    data = {"tokens": tokens, "cost_usd": float(usage.cost_usd), "run_cost_usd": float(of_run.cost_usd)}
    return EventRecord("usage", at, row.node_id, row.path, data)


def of_step(kind: str, row: NodeRunRow, at: datetime, data: dict[str, Any]) -> EventRecord:
    """Return an event that holds all it tells of a step."""
    return EventRecord(kind, at, row.node_id, row.path, data)


def of_refused(event: EventRecord, row: NodeRunRow) -> EventRecord:
    """Return an event as it tells of a row that could not be stored as it was."""
    if event.type in ("node.completed", "node.failed"):
        return node_failed(row, event.at, handled=False)
    return event if event.type == "usage" else _of_node(event.type, row, event.at)


def _of_node(kind: str, row: NodeRunRow, at: datetime, data: dict[str, Any] | None = None) -> EventRecord:
    return EventRecord(kind, at, row.node_id, row.path, data, row)


def node_delta(
    execution_id: str, node_id: str, path: str, at: datetime, *, text: str, index: int, channel: str
) -> Event:
    """Return a piece of a text that goes out at once and is kept nowhere."""
    data = {"text": text, "index": index, "channel": channel}
    return Event(None, "node.delta", at, execution_id, node_id, path, data)


# -- of a question to people ------------------------------------------------------------------------------------------
def human_task_opened(row: NodeRunRow, task_id: str, at: datetime) -> EventRecord:
    return EventRecord("human_task.opened", at, row.node_id, row.path, {"human_task_id": task_id})


def human_task_cancelled(task_id: str, node_id: str, path: str, at: datetime) -> EventRecord:
    return EventRecord("human_task.closed", at, node_id, path, {"human_task_id": task_id, "status": "cancelled"})


# -- of the run -------------------------------------------------------------------------------------------------------
def progress(at: datetime, *, done: int, total: int) -> EventRecord:
    data = {"done": done, "total": total, "percent": done * 100 // max(total, 1)}
    return EventRecord("progress", at, data=data)


def run_handed_back(at: datetime) -> EventRecord:
    return EventRecord("execution.queued", at, data={"reason": "worker_lost"})


def run_paused(at: datetime, *, next_node_ids: list[str]) -> EventRecord:
    return EventRecord("execution.paused", at, data={"next_node_ids": next_node_ids})


def run_waits(at: datetime, first: WaitRecord | None) -> EventRecord:
    """Return the event of a run that is let go; `first` is the wait that ends first."""
    data: dict[str, Any] = {"reason": first.kind if first else "timer"}
    if first is not None and first.until is not None:
        data["until"] = wire_time(first.until)
    if first is not None and first.task_id is not None:
        data["human_task_id"] = first.task_id
    return EventRecord("execution.waiting", at, data=data)


def run_completed(at: datetime) -> EventRecord:
    return EventRecord("execution.completed", at)


def run_failed(at: datetime) -> EventRecord:
    return EventRecord("execution.failed", at)


def run_cancelled(at: datetime) -> EventRecord:
    return EventRecord("execution.cancelled", at)
