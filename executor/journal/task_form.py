"""The wire form of a human task, from its row or from the columns that are about to become one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.values.times import wire_time
from executor.models import HumanTask

_PLAIN = (
    "id", "execution_id", "workflow_id", "workflow_name", "node_id", "path", "type", "title", "message", "options",
    "form", "context", "status", "timeout_s", "on_timeout", "required_answers",
)  # fmt: skip


def task_shown(columns: Mapping[str, Any]) -> dict[str, Any]:
    assignees = columns["assignee_ids"]
    created, responded = columns["created_at"], columns.get("responded_at")
    by = columns.get("responded_by_id")
    shown = {name: columns[name] for name in _PLAIN}
    return {
        **shown,
        "id": str(columns["id"]),
        "execution_id": str(columns["execution_id"]),
        "workflow_id": str(columns["workflow_id"]) if columns["workflow_id"] else None,
        "assignee_id": assignees[0] if assignees else None,
        "assignee_ids": assignees,
        "answers_given": len(columns.get("answers") or []),
        "expires_at": _time(columns["expires_at"]),
        "response": columns.get("response"),
        "responded_by_id": str(by) if by else None,
        "responded_at": _time(responded),
        "response_ms": _ms(created, responded) if by else None,
        "created_at": _time(created),
    }


def closed_data(task: HumanTask) -> dict[str, Any]:
    """Return what the event of a closed task shows."""
    response = task.response or None
    return {
        "status": task.status,
        "response": {"action": response["action"], "data": response.get("data")} if response else None,
        "responded_by_id": str(task.responded_by_id) if task.responded_by_id else None,
        "response_ms": _ms(task.created_at, task.responded_at) if task.responded_by_id else None,
    }


def columns_of(task: HumanTask) -> dict[str, Any]:
    return {field.attname: getattr(task, field.attname) for field in HumanTask._meta.concrete_fields}


def _time(value: datetime | None) -> str | None:
    return wire_time(value) if value is not None else None


def _ms(since: datetime, until: datetime | None) -> int | None:
    return round((until - since).total_seconds() * 1000) if until is not None else None
