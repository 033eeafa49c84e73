"""Asking other people: the owner of a workflow puts an open task to somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.access import reach
from core.access.roles import Role, RoleRequired
from core.errors import Invalid
from core.models import AuditEntry, User
from executor import dispatch
from executor.models import HumanTask, RunState
from orchestrator.people.tasks import HumanTaskClosed, still_to_answer, task_for


@transaction.atomic
def reassign(*, actor: User, task_id: UUID, assignee_ids: Sequence[UUID], now: datetime) -> HumanTask:
    """Ask these people instead of those who were asked; what somebody answered already still counts.

    Raises: Missing, RoleRequired, HumanTaskClosed, Invalid.
    """
    found = task_for(actor, task_id)
    check_owner(actor, found)
    RunState.objects.select_for_update().get(pk=found.execution_id)  # first the run, as all statements do
    task = HumanTask.objects.select_for_update().get(pk=task_id)
    if task.status != HumanTask.Status.PENDING:
        raise HumanTaskClosed("The task is closed", task_status=task.status)
    before = list(task.assignee_ids)
    task.assignee_ids = _able(assignee_ids)
    approved = sum(given["action"] == "approve" for given in task.answers)
    needed = task.required_answers - approved if task.type == "approval" else 1
    if len(still_to_answer(task)) < needed:
        raise Invalid("More people must answer than are asked.", field="assignee_ids", reason="too_few")
    task.save(update_fields=["assignee_ids"])
    AuditEntry.objects.create(
        at=now, user_id=actor.pk, owner_id=task.owner_id, action="human_task.reassign", object_type="human_task",
        object_id=str(task.pk), changes={"assignee_ids": [before, task.assignee_ids]},
    )  # fmt: skip
    dispatch.announce_tasks(sorted({*before, *task.assignee_ids}))
    return task


def check_owner(actor: User, task: HumanTask) -> None:
    """Raises: RoleRequired where somebody sees the task whose workflow is not his."""
    named = reach.roles_of(actor)
    if task.workflow_id is not None and task.workflow_id in named:
        role = named[task.workflow_id] or Role.VIEWER
    else:
        role = Role.OWNER if reach.is_of_account(actor.pk, task) else Role.VIEWER
    if role is not Role.OWNER:
        raise RoleRequired(needs=Role.OWNER, has=role)


def _able(assignee_ids: Sequence[UUID]) -> list[str]:
    """Return the ids of those who are to be asked, each once. Raises: Invalid for one without an active account."""
    wanted = list(dict.fromkeys(assignee_ids))
    active = set(User.objects.filter(pk__in=wanted, is_active=True).values_list("pk", flat=True))
    for one in wanted:
        if one not in active:
            raise Invalid(f"{one} has no active account.", field="assignee_ids", reason="unknown_person")
    return [str(one) for one in wanted]
