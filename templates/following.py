"""A template follows its workflow: each save asks for it, a worker does it, and whoever opens the template first too.

What the author has not confirmed, or does not compile, is not shown: the template stays as it was, and says why.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from compiler.diagnostics import CompilationFailed, InvalidDefinition
from core.outbox import queue
from core.outbox.kinds import Kind, Outcome, Row, in_thread
from orchestrator.models import Workflow
from templates import content, publishing
from templates.content import SecretRemains
from templates.domain.documents import scrubbed_fields
from templates.known import known_of
from templates.models import Template

KIND = "template_follow"


def saved(sender: Any, instance: Workflow, created: bool, **more: Any) -> None:
    """Ask for a template to follow, in the transaction that saves its workflow."""
    if created or not instance.is_template:
        return
    for template_id in Template.objects.filter(workflow_id=instance.pk).values_list("pk", flat=True):
        queue.add(
            KIND, owner_id=instance.owner_id, payload={"template_id": str(template_id)}, key=f"{KIND}:{template_id}"
        )


def follow_row(row: Row) -> Outcome:
    follow(UUID(row.payload["template_id"]), now=timezone.now())
    return None


def is_behind(template: Template) -> bool:
    return template.workflow is not None and template.source_revision != template.workflow.revision


def follow(template_id: UUID, *, now: datetime) -> None:
    """Let a template show its workflow's newest state, or say why it does not. Raises: TooManyCompilations."""
    template = Template.objects.select_related("workflow").filter(pk=template_id).first()
    if template is None or template.workflow is None or template.workflow.is_deleted or not is_behind(template):
        return
    fault: dict[str, Any] | None = None
    try:
        content.check(template.workflow)
    except (CompilationFailed, InvalidDefinition) as exc:
        fault = {"code": exc.code}
    seen = template.workflow.revision
    with transaction.atomic():
        workflow = Workflow.objects.select_for_update().get(pk=template.workflow.pk)
        template = Template.objects.select_for_update().filter(pk=template_id).first()
        if template is None or workflow.revision != seen:
            return  # it was changed meanwhile, and that was asked for as well
        if fault is None:
            fault = _shown(template, workflow, now)
        if fault is not None:
            template.held, template.source_revision = fault, workflow.revision
            template.save(update_fields=["held", "source_revision"])


def _shown(template: Template, workflow: Workflow, now: datetime) -> dict[str, Any] | None:
    """Show the newest state; returns why not, where it may not be."""
    known = known_of(workflow.owner_id)
    try:
        made = content.content_of(workflow, known)
    except SecretRemains as exc:
        return {"code": exc.code}
    followed = {"name": template.name_follows, "description": template.description_follows}
    about = scrubbed_fields({key: getattr(workflow, key) for key, follows in followed.items() if follows}, known)
    confirmed = set(template.confirmed)
    new = [one for one in (*about.findings, *made.findings) if one.digest not in confirmed]
    if new:
        return {"code": "pii_found", "findings": publishing.told(new)}
    for key, value in about.value.items():
        setattr(template, key, value or getattr(template, key))
    publishing.show(template, workflow, made, now)
    return None


KINDS = (Kind(KIND, "work", in_thread(follow_row), limit_s=120),)
