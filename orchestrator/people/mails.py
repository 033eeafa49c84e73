"""Mails about open tasks: to those who have not answered for a while, with a link that asks and never decides.

A task that is made, or escalated, asks for a row `task_asked` (a trigger of its table); that one asks for a mail to
each of those who are to answer, due when they may count as away, and is done again when people are to be reminded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction

from core.accounts.people import notifications_of
from core.clock import database_now
from core.errors import Missing
from core.mail import mailing
from core.models import User
from core.outbox import queue
from core.outbox.kinds import Later, Outcome, Row
from executor.models import HumanTask

SALT = "heddle.human_task"
ASKED = "task_asked"
MAIL = "task_mail"


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
    lines = [
        f"{task.workflow_name or 'A workflow'} asks you: {task.title}",
        task.message,
        f"Answer here: {link_for(token_for(task, user))}",
        f"It is open until {task.expires_at:%Y-%m-%d %H:%M} UTC." if task.expires_at else "",
        "Opening the page decides nothing.",
    ]
    mailing.send(to=user.email, subject=task.title, text="\n\n".join(filter(None, lines)), message_id=row.id)
    return None
