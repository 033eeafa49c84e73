"""A question to people, before it is a row of `executor_humantask`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from core.ids import new_id
from core.json.key_order import noted
from core.values.lines import one_line
from executor.domain.claimed import ClaimedRun

MOST_TITLE = 300
WAITS_S = 259_200.0  # three days, where a node says nothing


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """The columns of a task that has just been asked; those that an answer fills are not among them."""

    id: str
    execution_id: str
    owner_id: str
    workflow_id: str | None
    workflow_name: str
    node_id: str
    path: str
    number: int  # of the wait, within its node and path
    type: str
    title: str
    message: str
    options: list[Any]
    form: Any  # what the answer's form asks for; None: it has none
    context: Any
    assignee_ids: list[str]
    required_answers: int
    escalate_to: list[str]
    remind_at: datetime | None
    timeout_s: float
    expires_at: datetime | None
    on_timeout: str
    created_at: datetime

    def as_record(self) -> dict[str, Any]:
        """Return what the commit statement takes."""
        columns: dict[str, Any] = {column.name: getattr(self, column.name) for column in fields(self)}
        shown = {"form": noted(self.form), "context": noted(self.context)}
        return {**columns, **shown, "status": "pending", "answers": []}


def task_asked(
    asked: Mapping[str, Any], key: tuple[str, str, int], run: ClaimedRun, *, until: datetime | None, now: datetime
) -> TaskRecord:
    """Return the task of a wait `key` (node, path, number); `asked` is what its node says of it."""
    node_id, path, number = key
    owner_id = str(run.owner_id)
    return TaskRecord(
        id=str(new_id()), execution_id=str(run.execution_id), owner_id=owner_id,
        workflow_id=str(run.workflow_id) if run.workflow_id else None, workflow_name=run.workflow_name,
        node_id=node_id, path=path, number=number, type=asked["type"],
        title=one_line(str(asked.get("title", "")), MOST_TITLE) or "Untitled", message=asked.get("message", ""),
        options=asked.get("options", []), form=asked.get("form"), context=asked.get("context", {}),
        assignee_ids=asked.get("assignee_ids") or [owner_id], required_answers=asked.get("required_answers", 1),
        escalate_to=asked.get("escalate_to", []), remind_at=asked.get("remind_at"),
        timeout_s=asked.get("timeout_s", WAITS_S), expires_at=until, on_timeout=asked.get("on_timeout", "cancel"),
        created_at=now,
    )  # fmt: skip
