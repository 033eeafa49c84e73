"""Mails to owners about production runs that failed: the first at once, those that follow together, a while later."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction

from core.models import User
from core.services import notifications_of
from executor.models import Execution
from orchestrator.models import FailureNotice, Workflow

logger = logging.getLogger(__name__)
FAILED = ("error", "timed_out", "worker_lost")
LOOK_BACK = timedelta(hours=1)
SETTLED = timedelta(seconds=5)  # a run may be committed a little after the moment that stands in its row
PAUSE = timedelta(minutes=15)  # between two mails about one workflow
SHOWN = 10
OPEN = """
SELECT DISTINCT x.workflow_id FROM executor_execution x
LEFT JOIN orchestrator_failurenotice n ON n.workflow_id = x.workflow_id
WHERE x.end_reason IN ('error', 'timed_out', 'worker_lost') AND x.mode = 'production' AND x.workflow_id IS NOT NULL
  AND x.parent_execution_id IS NULL AND x.finished_at > greatest(%(since)s, n.told_until) AND x.finished_at <= %(until)s
  AND (n.sent_at IS NULL OR n.sent_at <= %(pause)s)
LIMIT 200
"""


def send_due(now: datetime) -> int:
    """Tell owners of failures they have not heard of; returns how many mails were sent."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"since": now - LOOK_BACK, "until": now - SETTLED, "pause": now - PAUSE})
        found = [row[0] for row in cursor.fetchall()]
    return sum(_tell(workflow_id, now) for workflow_id in found)


@transaction.atomic
def _tell(workflow_id: UUID, now: datetime) -> int:
    workflow = Workflow.objects.filter(pk=workflow_id).first()
    if workflow is None:
        return 0
    FailureNotice.objects.get_or_create(workflow=workflow, defaults={"told_until": now - LOOK_BACK})
    notice = FailureNotice.objects.select_for_update(skip_locked=True).filter(workflow=workflow).first()
    if notice is None or (notice.sent_at is not None and notice.sent_at > now - PAUSE):
        return 0
    until = now - SETTLED
    failed = Execution.objects.filter(
        workflow_id=workflow_id, end_reason__in=FAILED, mode="production", parent_execution_id=None,
        finished_at__gt=max(notice.told_until, now - LOOK_BACK), finished_at__lte=until,
    ).order_by("-finished_at")  # fmt: skip
    count = failed.count()
    owner = User.objects.filter(pk=workflow.owner_id, is_active=True).first()
    if not count:
        return 0
    sent = 0
    if owner is not None and notifications_of(owner).run_failed_email:
        if not _mail(owner, workflow, list(failed[:SHOWN]), count):
            return 0
        sent, notice.sent_at = 1, now
    notice.told_until = until
    notice.save(update_fields=["told_until", "sent_at"])
    return sent


def _mail(owner: User, workflow: Workflow, failed: list[Execution], count: int) -> bool:
    runs = "1 run" if count == 1 else f"{count} runs"
    base = settings.PUBLIC_URL or "http://127.0.0.1:8000"
    lines = [f"{runs} of {workflow.name} failed.", ""]
    for execution in failed:
        error = execution.error or {}
        place = f" at {error['node_label']}" if error.get("node_label") else ""
        when = f"{execution.finished_at:%Y-%m-%d %H:%M:%S} UTC" if execution.finished_at else ""
        # The message of an error may hold data; what it was stands in the run, behind a login.
        lines.append(f"{when}  {error.get('code', execution.end_reason)}{place}  {base}/executions/{execution.pk}")
    if count > len(failed):
        lines.append(f"and {count - len(failed)} more")
    lines += ["", "You can switch these mails off in your notification settings."]
    try:
        send_mail(f"{workflow.name}: {runs} failed"[:200].replace("\n", " "), "\n".join(lines), None, [owner.email])
    except (SMTPException, OSError) as exc:
        logger.warning("no mail about failed runs of %s: %s", workflow.pk, exc)
        return False
    return True
