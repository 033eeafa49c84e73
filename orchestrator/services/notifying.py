"""Mails about open tasks: to those who have not answered for a while, with a link that asks and never decides."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q

from core.errors import Missing
from core.models import User
from core.services import notifications_of
from executor.models import HumanTask

logger = logging.getLogger(__name__)
SALT = "heddle.human_task"
AT_ONCE = 200


def token_for(task: HumanTask, user_id: str) -> str:
    return signing.dumps({"task": str(task.pk), "user": user_id}, salt=SALT, compress=True)


def opened(token: str) -> tuple[HumanTask, User]:
    """Return the task a link is for, and who it was sent to. Raises: Missing."""
    try:
        named: Mapping[str, str] = signing.loads(token, salt=SALT)
        task = HumanTask.objects.get(pk=UUID(named["task"]))
        return task, User.objects.get(pk=UUID(named["user"]), is_active=True)
    except (signing.BadSignature, HumanTask.DoesNotExist, User.DoesNotExist, KeyError, ValueError) as exc:
        raise Missing("This link is not valid, or not any more") from exc


def link_for(token: str) -> str:
    return f"{settings.PUBLIC_URL or 'http://127.0.0.1:8000'}/hitl/{token}/"


def notify_due(now: datetime) -> int:
    """Tell people of tasks they have not answered; returns how many mails were sent."""
    open_ = HumanTask.objects.filter(status="pending")
    due = open_.filter(Q(notified_at=None) | Q(remind_at__lte=now)).order_by("created_at")
    return sum(_notify(task_id, now) for task_id in due.values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def _notify(task_id: UUID, now: datetime) -> int:
    rows = HumanTask.objects.select_for_update(skip_locked=True, of=("self",))
    task = rows.filter(pk=task_id, status="pending").first()
    if task is None:
        return 0
    if task.remind_at is not None and task.remind_at <= now:
        task.remind_at, task.notified_ids = None, []
    sent, waiting = 0, False
    for user_id in task.assignee_ids:
        if user_id in task.notified_ids:
            continue
        told = _tell(task, user_id, now)
        waiting = waiting or told is None
        if told is not None:
            task.notified_ids = [*task.notified_ids, user_id]
            sent += told
    task.notified_at = None if waiting else now
    task.save(update_fields=["notified_at", "notified_ids", "remind_at"])
    return sent


def _tell(task: HumanTask, user_id: str, now: datetime) -> bool | None:
    """Mail one person. Returns whether a mail went out, None where it is too early or did not work."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return False
    wanted = notifications_of(user)
    if not wanted.hitl_email:
        return False
    if now < task.created_at + timedelta(seconds=wanted.away_after_s):
        return None
    lines = [
        f"{task.workflow_name or 'A workflow'} asks you: {task.title}",
        task.message,
        f"Answer here: {link_for(token_for(task, user_id))}",
        f"It is open until {task.expires_at:%Y-%m-%d %H:%M} UTC." if task.expires_at else "",
        "Opening the page decides nothing.",
    ]
    try:
        send_mail(task.title.replace("\n", " ")[:200], "\n\n".join(filter(None, lines)), None, [user.email])
    except (SMTPException, OSError) as exc:
        logger.warning("no mail about task %s: %s", task.pk, exc)
        return None
    return True
