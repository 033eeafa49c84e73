"""Events as clients see them, put together from the stored event and the rows that hold the rest.

One function makes what an event shows, whether the parts come from memory (live) or from the tables (replay): a client
sees the same event either way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.values.size import json_size
from executor.domain.events import Event
from executor.domain.lifecycle import Status
from executor.domain.records import Batch, EventRecord, NodeRunRow
from executor.journal.stored_outputs import PREVIEW_BYTES, preview_of
from executor.journal.task_form import task_shown
from executor.models import NodeRun
from nodes.usage import Usage

CENTS = Decimal("0.000001")
OF_NODE_RUNS = frozenset({"node.started", "node.completed", "node.failed", "node.skipped", "node.retrying"})
Preview = Callable[[], tuple[Any, bool]]


def tokens_shown(usage: Usage) -> dict[str, int]:
    """Return the wire form of used tokens; cached ones are of the input, reasoning ones of the output."""
    return {
        "input": usage.input_tokens,
        "output": usage.output_tokens,
        "cached": usage.cached_tokens,
        "reasoning": usage.reasoning_tokens,
    }


def cost_shown(usage: Usage) -> str:
    """Return the wire form of a cost: US dollars with six digits."""
    return str(usage.cost_usd.quantize(CENTS))


def usage_shown(usage: Usage) -> dict[str, Any]:
    return {"tokens": tokens_shown(usage), "cost_usd": cost_shown(usage)}


@dataclass(frozen=True, slots=True)
class RunShown:
    """What events of a run show of its execution."""

    end_reason: str | None
    output: list[Any] | None
    duration_ms: int | None
    error: Mapping[str, Any] | None
    usage: Usage
    version: int | None = None
    trigger: str | None = None
    total: int | None = None
    command_by_id: str | None = None
    command_reason: str | None = None


def node_data(kind: str, row: NodeRunRow | NodeRun, preview: Preview) -> dict[str, Any]:
    """Return what an event of a node shows of its node run; `preview` is asked where outputs are shown."""
    if kind == "node.started":
        return {"label": row.label, "kind": row.kind, "items_in": row.input_counts}
    if kind == "node.completed":
        shown, truncated = preview()
        finished = row.finished_at
        return {
            "label": row.label,
            "kind": row.kind,
            "node_run_id": str(row.id),
            "items_out": row.output_counts,
            "active_handles": row.active_handles,
            "preview": shown,
            "truncated": truncated,
            "duration_ms": round((finished - row.started_at).total_seconds() * 1000) if finished else None,
            "reused": row.reused,
            "pinned": row.pinned,
        }
    if kind == "node.failed":
        error = row.error or {}
        return {"label": row.label, "error": {"code": error.get("code"), "message": error.get("message")}}
    return {"label": row.label}


def execution_data(kind: str, execution: RunShown) -> dict[str, Any]:
    """Return what an event of a run shows of its execution."""
    if kind == "execution.queued":
        return {"status": "pending"}
    if kind == "execution.started":
        return {
            "status": "running",
            "version": execution.version,
            "trigger": execution.trigger,
            "total": execution.total,
        }
    if kind == "execution.waiting":
        return {"status": "waiting"}
    if kind == "execution.resumed":
        return {"status": "running", "after": "waiting"}
    if kind == "execution.paused":
        return {"status": "paused", "by_user_id": execution.command_by_id}
    if kind == "execution.completed":
        return {
            "status": "completed",
            "final": True,
            "end_reason": execution.end_reason,
            "output": execution.output or [],
            "duration_ms": execution.duration_ms,
            **usage_shown(execution.usage),
        }
    if kind == "execution.failed":
        timed_out = execution.end_reason == "timed_out"
        error = execution.error or {}
        return {
            "status": str(Status.TIMEOUT if timed_out else Status.FAILED),
            "final": True,
            "end_reason": execution.end_reason,
            "error": {"code": error.get("code"), "message": error.get("message"), "node_id": error.get("node_id")},
            "duration_ms": execution.duration_ms,
        }
    if kind == "execution.cancelled":
        return {
            "status": "cancelled",
            "final": True,
            "end_reason": execution.end_reason,
            "by_user_id": execution.command_by_id,
            "reason": execution.command_reason,
        }
    return {}


def live_event(batch: Batch, event: EventRecord, seq: int) -> Event:
    """Return an event that was just committed as clients see it."""
    data: dict[str, Any] = dict(event.data or {})
    if event.type == "human_task.opened":
        task = next((wait.task for wait in batch.waits if wait.task and wait.task.id == data["human_task_id"]), None)
        data = {"task": task_shown(task.as_record()) if task else None}
    elif event.type == "human_task.closed":
        data = {"response": None, "responded_by_id": None, "response_ms": None} | data
    elif event.row is not None:
        data = node_data(event.type, event.row, _live_preview(event.row)) | data
    elif batch.ending is not None and event is batch.ending.event:
        ending = batch.ending
        shown = RunShown(ending.end_reason, ending.output, ending.duration_ms, ending.error, ending.usage)
        data = execution_data(event.type, shown) | data
        if event.type == "execution.completed" and json_size(data["output"], PREVIEW_BYTES) > PREVIEW_BYTES:
            data |= {"output": [], "truncated": True}
    return Event(seq, event.type, event.at, batch.execution_id, event.node_id, event.path, data)


def _live_preview(row: NodeRunRow) -> Preview:
    return lambda: preview_of([row.raw_outputs or b"{}"])
