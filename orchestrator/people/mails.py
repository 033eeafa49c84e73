"""Mails about open tasks: to those who have not answered for a while, with a link that asks and never decides.

A task that is made, or escalated, asks for a row `task_asked` (a trigger of its table); that one asks for a mail to
each of those who are to answer, due when they may count as away, and is done again when people are to be reminded.

Anybody may ask anybody. Who shares no workflow with the one who asks is told by mail that he is asked, and by whom, but
not what: words of strangers' choosing are read in the page alone. And so many such mails a day are enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet

from core.access import reach
from core.accounts.people import notifications_of
from core.clock import database_now
from core.errors import Missing
from core.mail import mailing
from core.models import Collaborator, User
from core.outbox import queue
from core.outbox.kinds import Later, Outcome, Row
from core.redis.counters import COUNTERS
from core.values.lines import unlinked
from executor.models import HumanTask
from orchestrator.models import Workflow

SALT = "heddle.human_task"
ASKED = "task_asked"
MAIL = "task_mail"
DAY_S = 24 * 3600
FROM_ONE, TO_ONE = 20, 5  # mails a day between people who share no workflow


def token_for(task: HumanTask, user: User) -> str:
    named = {"task": str(task.pk), "user": str(user.pk), "version": user.token_version}
    return signing.dumps(named, salt=SALT, compress=True)


def opened(token: str) -> tuple[HumanTask, User]:
    """Return the task a link is for, and who it was sent to; it ends with the password of then. Raises: Missing."""
    try:
        named: Mapping[str, Any] = signing.loads(token, salt=SALT)
        task = HumanTask.objects.get(pk=UUID(named["task"]))
        users = User.objects.filter(is_active=True)
        if "version" in named:  # links of an earlier release say none
            users = users.filter(token_version=named["version"])
        return task, users.get(pk=UUID(named["user"]))
    except (signing.BadSignature, HumanTask.DoesNotExist, User.DoesNotExist, KeyError, ValueError) as exc:
        raise Missing("This link is not valid, or not any more") from exc


def link_for(token: str) -> str:
    """Return a mail's link; what follows `#` never reaches a server by it."""
    return f"{settings.HOOKS_URL or settings.PUBLIC_URL or 'http://127.0.0.1:8000'}/hitl/#{token}"


@transaction.atomic
def ask_for_mails(row: Row) -> Outcome:
    """Ask for a mail to each of those a task asks; again where and when they are to be reminded."""
    task = HumanTask.objects.filter(pk=row.payload["task_id"], status="pending").first()
    if task is None:
        return None
    reminds = bool(row.payload.get("reminds"))
    for user_id in task.assignee_ids:
        told: dict[str, Any] = {"task_id": str(task.pk), "user_id": user_id}
        key = f"{MAIL}:{task.pk}:{user_id}{':again' if reminds else ''}"
        queue.add(MAIL, owner_id=task.owner_id, payload=told, key=key, only_if_new=True)
    if task.remind_at is None or reminds:
        return None
    return Later(task.remind_at, {**row.payload, "reminds": True})


def mail_one(row: Row) -> Outcome:
    """Tell one person of a task, once that person counts as away; nobody whom it does not concern any more."""
    task = HumanTask.objects.filter(pk=row.payload["task_id"], status="pending").first()
    user = User.objects.filter(pk=row.payload["user_id"], is_active=True).first()
    if task is None or user is None or str(user.pk) not in task.assignee_ids:
        return None
    wanted = notifications_of(user)
    if not wanted.hitl_email:
        return None
    away_at = task.created_at + timedelta(seconds=wanted.away_after_s)
    if database_now() < away_at:
        return Later(away_at)
    asking = User.objects.filter(pk=task.owner_id).first()
    who = (
        f"{unlinked(asking.name)} ({asking.email})" if asking and asking.name else asking.email if asking else "Nobody"
    )
    subject, about = task.title, [f"{task.workflow_name or 'A workflow'} asks you: {task.title}", task.message]
    if not _work_together(task, user.pk):
        if not _is_within_share(task.owner_id, user.pk):
            return None
        subject = f"{asking.email if asking else 'Somebody'} asks you to answer a task"
        about = ["You share no workflow with this account, so what it asks is not in this mail."]
    lines = [
        *about,
        f"Answer here: {link_for(token_for(task, user))}",
        f"It is open until {task.expires_at:%Y-%m-%d %H:%M} UTC." if task.expires_at else "",
        "Opening the page decides nothing.",
        f"Asked by {who}." if user.pk != task.owner_id else "",
    ]
    mailing.send(to=user.email, subject=subject, text="\n\n".join(filter(None, lines)), message_id=row.id)
    return None


def _work_together(task: HumanTask, user_id: UUID) -> bool:
    """Whether a task's owner and the one it asks share a workflow: this one, or any of either of them."""
    if user_id == task.owner_id:
        return True
    taken = Collaborator.objects.filter(accepted_at__isnull=False).exclude(role="")
    if task.workflow_id is not None and taken.filter(workflow_id=task.workflow_id, user_id=user_id).exists():
        return True
    pairs = ((user_id, task.owner_id), (task.owner_id, user_id))
    return any(taken.filter(user_id=one, workflow_id__in=_workflows_of(other)).exists() for one, other in pairs)


def _workflows_of(account_id: UUID) -> QuerySet[Workflow, UUID]:
    return Workflow.objects.filter(reach.of_account(account_id)).values_list("pk", flat=True)


def _is_within_share(owner_id: UUID, user_id: UUID) -> bool:
    """Count one mail to a stranger; False where either has had enough for a day. The task stays in the inbox."""
    keys = [f"{MAIL}:from:{owner_id}", f"{MAIL}:to:{user_id}"]
    counted = COUNTERS.count(keys, lasts_s=DAY_S)
    return counted is None or all(used <= most for (used, _), most in zip(counted, (FROM_ONE, TO_ONE), strict=True))
