"""Events in their wire form, put together from the stored event and the rows that hold the rest.

One function makes the form, whether the parts come from memory (live) or from the tables (replay): a client sees the
same event either way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.values.size import json_size
from core.values.times import wire_time
from executor.domain.lifecycle import Status
from executor.domain.records import Batch, EventRecord, NodeRunRow
from executor.journal.stored_outputs import PREVIEW_BYTES, preview_of
from executor.journal.task_form import task_shown
from nodes.usage import Usage

CENTS = Decimal("0.000001")
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


def node_data(kind: str, row: Mapping[str, Any], preview: Preview) -> dict[str, Any]:
    """Return what an event of a node shows of its node run; `preview` is asked where outputs are shown."""
    if kind == "node.started":
        return {"label": row["label"], "kind": row["kind"], "items_in": row["input_counts"]}
    if kind == "node.completed":
        shown, truncated = preview()
        finished, started = row["finished_at"], row["started_at"]
        return {
            "label": row["label"],
            "kind": row["kind"],
            "node_run_id": str(row["id"]),
            "items_out": row["output_counts"],
            "active_handles": row["active_handles"],
            "preview": shown,
            "truncated": truncated,
            "duration_ms": round((finished - started).total_seconds() * 1000) if finished else None,
            "reused": row["reused"],
            "pinned": row["pinned"],
        }
    if kind == "node.failed":
        error = row["error"] or {}
        return {"label": row["label"], "error": {"code": error.get("code"), "message": error.get("message")}}
    return {"label": row["label"]}


def execution_data(kind: str, execution: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event of a run shows of its execution."""
    if kind == "execution.queued":
        return {"status": "pending"}
    if kind == "execution.started":
        return {
            "status": "running",
            "version": execution["version"],
            "trigger": execution["trigger"],
            "total": execution["total"],
        }
    if kind == "execution.waiting":
        return {"status": "waiting"}
    if kind == "execution.resumed":
        return {"status": "running", "after": "waiting"}
    if kind == "execution.paused":
        return {"status": "paused", "by_user_id": execution["command_by_id"]}
    if kind == "execution.completed":
        return {
            "status": "completed",
            "final": True,
            "end_reason": execution["end_reason"],
            "output": execution["output"] or [],
            "duration_ms": execution["duration_ms"],
            **usage_shown(execution["usage"]),
        }
    if kind == "execution.failed":
        timed_out = execution["end_reason"] == "timed_out"
        error = execution["error"] or {}
        return {
            "status": str(Status.TIMEOUT if timed_out else Status.FAILED),
            "final": True,
            "end_reason": execution["end_reason"],
            "error": {"code": error.get("code"), "message": error.get("message"), "node_id": error.get("node_id")},
            "duration_ms": execution["duration_ms"],
        }
    if kind == "execution.cancelled":
        return {
            "status": "cancelled",
            "final": True,
            "end_reason": execution["end_reason"],
            "by_user_id": execution["command_by_id"],
            "reason": execution["command_reason"],
        }
    return {}


def wire_event(
    *, seq: int, kind: str, at: datetime, execution_id: object, node_id: str | None, path: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "seq": seq,
        "type": kind,
        "at": wire_time(at),
        "execution_id": str(execution_id),
        "node_id": node_id,
        "path": path,
        "data": data,
    }


def live_event(batch: Batch, event: EventRecord, seq: int) -> dict[str, Any]:
    """Return the wire form of an event that was just committed."""
    data: dict[str, Any] = dict(event.data or {})
    if event.type == "human_task.opened":
        columns = next(
            (wait.task for wait in batch.waits if wait.task and wait.task["id"] == data["human_task_id"]), None
        )
        data = {"task": task_shown(columns) if columns else None}
    elif event.type == "human_task.closed":
        data = {"response": None, "responded_by_id": None, "response_ms": None} | data
    elif event.row is not None:
        data = node_data(event.type, _of_row(event.row), _live_preview(event.row)) | data
    elif batch.ending is not None and event is batch.ending.event:
        ending = batch.ending
        data = (
            execution_data(
                event.type,
                {
                    "end_reason": ending.end_reason,
                    "output": ending.output,
                    "duration_ms": ending.duration_ms,
                    "error": ending.error,
                    "usage": ending.usage,
                    "command_by_id": None,
                    "command_reason": None,
                    "version": None,
                    "trigger": None,
                    "total": None,
                },
            )
            | data
        )
        if event.type == "execution.completed" and json_size(data["output"], PREVIEW_BYTES) > PREVIEW_BYTES:
            data |= {"output": [], "truncated": True}
    return wire_event(
        seq=seq,
        kind=event.type,
        at=event.at,
        execution_id=batch.execution_id,
        node_id=event.node_id,
        path=event.path,
        data=data,
    )


def _live_preview(row: NodeRunRow) -> Preview:
    return lambda: preview_of([row.raw_outputs or b"{}"])


def _of_row(row: NodeRunRow) -> dict[str, Any]:
    return {
        "label": row.label,
        "kind": row.kind,
        "input_counts": row.input_counts,
        "output_counts": row.output_counts,
        "active_handles": row.active_handles,
        "pinned": row.pinned,
        "reused": row.reused,
        "error": row.error,
        "id": row.id,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
    }
