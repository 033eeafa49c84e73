"""Human tasks: who may answer, what an answer must look like, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, F, Func, JSONField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

from core.access import reach
from core.access.roles import Role, RoleRequired
from core.errors import Conflict, Forbidden, Invalid, Missing
from core.forms import forms
from core.json import dumps
from core.models import AuditEntry, User
from core.values.storable import storable_input
from core.values.times import wire_time
from executor import dispatch
from executor.models import Execution, HumanTask, RunState
from executor.node import files_named
from executor.verbs import verbs

WITH_OPTIONS = ("choice", "error_recovery")  # whose options are the actions
STATUS_OF = {"approve": "approved", "reject": "rejected"}
ACTIONS = {"approval": ("approve", "reject"), "clarification": ("answer",), "error_recovery": ("retry", "skip", "stop")}


# Where nobody is named the account's owner is asked; then whoever may start and stop its runs may answer, too.
FOR_OWNER = Q(assignee_ids=Func(F("owner_id"), function="jsonb_build_array", output_field=JSONField()))


class HumanTaskClosed(Conflict):
    code = "human_task_closed"


class NotAddressee(Forbidden):
    code = "not_addressee"


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody says to a task."""

    action: str
    data: Any = None
    comment: str = ""


def visible_to(actor: User) -> QuerySet[HumanTask]:
    """Return the tasks a user is asked or whose workflow he sees, newest first, each with the name of who answered."""
    mine = Q(assignee_ids__contains=[str(actor.pk)]) | reach.reached(actor)
    shown = Coalesce(NullIf("name", Value("")), "email", output_field=CharField())
    name = User.objects.filter(pk=OuterRef("responded_by_id")).values(shown=shown)
    return HumanTask.objects.filter(mine).annotate(responded_by=Subquery(name)).order_by("-created_at")


def pending_of(actor: User) -> QuerySet[HumanTask]:
    """Return the open tasks a user is asked or may answer for an owner, the one that ends first in front."""
    asked = Q(assignee_ids__contains=[str(actor.pk)])
    if workflow_ids := reach.workflows_reached(actor, least=Role.RUNNER):
        asked |= Q(workflow_id__in=workflow_ids) & FOR_OWNER
    return HumanTask.objects.filter(asked, status="pending").order_by(
        F("expires_at").asc(nulls_last=True), "created_at"
    )


def task_for(actor: User, task_id: UUID) -> HumanTask:
    """Return a task this user may see. Raises: Missing."""
    task = visible_to(actor).filter(pk=task_id).first()
    if task is None:
        raise Missing("There is no such task")
    return task


@transaction.atomic
def respond(*, actor: User, task_id: UUID, reply: Reply, now: datetime) -> HumanTask:
    """Answer a task. Raises: Missing, NotAddressee, HumanTaskClosed, Invalid."""
    reply = replace(reply, data=storable_input(reply.data, "data"), comment=storable_input(reply.comment, "comment"))
    asked = task_for(actor, task_id)
    execution_id = asked.execution_id
    files_named.check(owner_id=asked.owner_id, workflow_id=asked.workflow_id, by=actor.pk, value=reply.data)
    RunState.objects.select_for_update().get(pk=execution_id)  # first the run, as all statements do
    task = HumanTask.objects.select_for_update().get(pk=task_id)
    check_asked(actor, task)
    if task.status != HumanTask.Status.PENDING:
        raise HumanTaskClosed("The task is closed", task_status=task.status)
    if any(given["user_id"] == str(actor.pk) for given in task.answers):
        raise HumanTaskClosed("You have answered already", task_status=task.status)
    _check(task, reply)
    given = {"user_id": str(actor.pk), "action": reply.action, "at": wire_time(now)}
    task.answers = [*task.answers, given]
    _audit(task, actor, reply, now)
    if _is_decided(task, reply):
        _close(task, actor, reply, now)
    task.save()
    files_named.given(
        owner_id=task.owner_id, workflow_id=task.workflow_id, by=actor.pk, execution_id=execution_id,
        text=dumps(reply.data),
    )  # fmt: skip
    return task


def check_asked(actor: User, task: HumanTask) -> None:
    """Raises: NotAddressee, RoleRequired where somebody only reads the workflow whose owner is asked.

    What the owner is asked to approve is not approved by who started the run in his place.
    """
    if str(actor.pk) in task.assignee_ids:
        return
    role = reach.roles_of(actor).get(task.workflow_id) if task.workflow_id is not None else None
    if role is None or task.assignee_ids != [str(task.owner_id)]:
        raise NotAddressee("This task is for somebody else")
    if not role.includes(Role.RUNNER):
        raise RoleRequired(needs=Role.RUNNER, has=role)
    if task.type == "approval" and _started(actor, task):
        raise NotAddressee("Who started a run does not approve it in its owner's place")


def _started(actor: User, task: HumanTask) -> bool:
    """Whether somebody who does not own it started the run of a task."""
    return (
        not reach.is_of_account(actor.pk, task)
        and Execution.objects.filter(pk=task.execution_id, started_by_id=actor.pk).exists()
    )


def _check(task: HumanTask, reply: Reply) -> None:
    """Raises: Invalid where the action is not offered or the data does not fit."""
    values = [option["value"] for option in task.options]
    offered = tuple(values) if task.type in WITH_OPTIONS else ACTIONS[task.type]
    if reply.action not in offered:
        raise Invalid(f"One of: {', '.join(offered)}.", field="action", reason="invalid_choice")
    if task.form is not None and reply.action != "reject":
        problem = forms.problem_of(reply.data, task.form)
        if problem is not None:
            raise Invalid(problem.message, field=".".join(["data", *problem.path]))
    elif task.type == "clarification" and values and reply.data not in values:
        raise Invalid(f"One of: {', '.join(values)}.", field="data", reason="invalid_choice")


def _is_decided(task: HumanTask, reply: Reply) -> bool:
    """Whether this answer closes the task: enough agree, or too few are left who could."""
    if task.type != "approval" or task.required_answers <= 1:
        return True
    approved = sum(given["action"] == "approve" for given in task.answers)
    if reply.action == "approve":
        return bool(approved >= task.required_answers)
    return bool(approved + len(still_to_answer(task)) < task.required_answers)


def still_to_answer(task: HumanTask) -> set[str]:
    """Return the ids of those who are asked and have not answered."""
    return set(task.assignee_ids) - {given["user_id"] for given in task.answers}


def _close(task: HumanTask, actor: User, reply: Reply, now: datetime) -> None:
    task.status = STATUS_OF.get(reply.action, "answered")
    task.response = {"action": reply.action, "data": reply.data, "comment": reply.comment}
    task.responded_by_id, task.responded_at = actor.pk, now
    task.responded_by = actor.name or actor.email  # type: ignore[attr-defined]  # as `visible_to` has it
    event = {
        "type": "human_task.closed",
        "at": wire_time(now),
        "node_id": task.node_id,
        "path": task.path,
        "data": {"human_task_id": str(task.pk)},
    }
    value = {**task.response, "by": "person", "responded_by_id": str(actor.pk)}
    place = verbs.Place(task.execution_id, task.node_id, task.path, task.number)
    if not verbs.answer(place=place, value=value, closed=event):
        raise HumanTaskClosed("The run does not wait for this any more", task_status=task.status)
    dispatch.announce_tasks(task.assignee_ids)


def _audit(task: HumanTask, actor: User, reply: Reply, now: datetime) -> None:
    response_ms = round((now - task.created_at).total_seconds() * 1000)
    changes: Mapping[str, Any] = {"action": [None, reply.action], "response_ms": [None, response_ms]}
    AuditEntry.objects.create(
        at=now, user_id=actor.pk, owner_id=task.owner_id, action="human_task.respond", object_type="human_task",
        object_id=str(task.pk), changes=changes,
    )  # fmt: skip
