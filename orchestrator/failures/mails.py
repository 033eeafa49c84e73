"""Mails to owners about production runs that failed: the first at once, those that follow together, a while later."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from core.accounts.people import notifications_of
from core.clock import database_now
from core.mail import mailing
from core.models import User
from core.outbox import queue
from core.outbox.kinds import Later, Outcome, Row
from executor.models import Execution
from orchestrator.models import FailureNotice, Workflow

KIND = "failure_mail"
FAILED = ("error", "timed_out", "worker_lost")
LOOK_BACK = timedelta(hours=24)
SETTLED = timedelta(seconds=5)  # a run may be committed a little after the moment that stands in its row
PAUSE = timedelta(minutes=15)  # between two mails about one workflow
SHOWN = 10


def ask(*, owner_id: UUID, workflow_id: UUID, now: datetime) -> None:
    """Ask for a mail about a workflow's failures, in the transaction that finds one."""
    payload = {"workflow_id": str(workflow_id)}
    key = f"{KIND}:{workflow_id}"  # one that waits stays where it is, however many fail meanwhile
    queue.add(KIND, owner_id=owner_id, payload=payload, key=key, due_at=now + SETTLED, soonest=True)


@transaction.atomic
def tell(row: Row) -> Outcome:
    """Write the mail about what failed since the last one."""
    now = database_now()
    workflow = Workflow.objects.filter(pk=row.payload["workflow_id"]).first()
    if workflow is None:
        return None
    FailureNotice.objects.get_or_create(workflow=workflow, defaults={"told_until": now - LOOK_BACK})
    notice = FailureNotice.objects.select_for_update().get(workflow=workflow)
    if notice.sent_at is not None and notice.sent_at > now - PAUSE:
        return Later(notice.sent_at + PAUSE)
    until = now - SETTLED
    failed = Execution.objects.filter(
        workflow_id=workflow.pk, end_reason__in=FAILED, mode="production", parent_execution_id=None,
        finished_at__gt=max(notice.told_until, now - LOOK_BACK), finished_at__lte=until,
    ).order_by("-finished_at")  # fmt: skip
    count = failed.count()
    owner = User.objects.filter(pk=workflow.owner_id, is_active=True).first()
    if count and owner is not None and notifications_of(owner).run_failed_email:
        runs = "1 run" if count == 1 else f"{count} runs"
        mailing.post(
            owner_id=owner.pk, to=owner.email, subject=f"{workflow.name}: {runs} failed",
            text=_text(workflow, runs, list(failed[:SHOWN]), count),
        )  # fmt: skip
        notice.sent_at = now
    notice.told_until = until
    notice.save(update_fields=["told_until", "sent_at"])
    return None


def _text(workflow: Workflow, runs: str, failed: list[Execution], count: int) -> str:
    base = f"{settings.PUBLIC_URL or f'http://127.0.0.1:{settings.PORT or 8000}'}/app/workflows/{workflow.pk}/runs"
    lines = [f"{runs} of {workflow.name} failed.", ""]
    for execution in failed:
        error = execution.error or {}
        place = f" at {error['node_label']}" if error.get("node_label") else ""
        when = f"{execution.finished_at:%Y-%m-%d %H:%M:%S} UTC" if execution.finished_at else ""
        # The message of an error may hold data; what it was stands in the run, behind a login.
        lines.append(f"{when}  {error.get('code', execution.end_reason)}{place}  {base}/{execution.pk}")
    if count > len(failed):
        lines.append(f"and {count - len(failed)} more")
    return "\n".join([*lines, "", "You can switch these mails off in your notification settings."])
