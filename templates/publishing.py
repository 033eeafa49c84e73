"""Putting a workflow into the gallery, and what its author changes there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.access.roles import Role
from core.errors import Conflict
from core.models import AuditEntry, User
from orchestrator import selectors as workflows
from orchestrator.models import Workflow
from orchestrator.workflows import saving
from templates import content, selectors
from templates.content import Content
from templates.domain.documents import Finding, scrubbed_fields
from templates.known import known_of
from templates.models import DEPRECATED, DRAFT, PENDING, PRODUCTION, VERIFIED, Template, TemplateVersion

TEXTS = ("name", "description", "readme", "tags")
MOST_VERSIONS = 20
MOST_TOLD = 100


class PiiFound(Conflict):
    """Something in it tells who somebody is, and the author has not said that this is meant."""

    code = "pii_found"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What publishing would show."""

    texts: dict[str, Any]
    content: Content
    findings: list[Finding]
    masked: list[dict[str, Any]]


def proposed(*, actor: User, workflow_id: UUID, texts: Mapping[str, Any]) -> Proposal:
    """Return what publishing would show; nothing is written.

    Raises: Missing, RoleRequired, CompilationFailed, SecretRemains.
    """
    workflow = workflows.workflow_for(actor, workflow_id, needs=Role.OWNER)
    content.check(workflow)
    return _proposal(workflow, texts)


def _proposal(workflow: Workflow, texts: Mapping[str, Any]) -> Proposal:
    known = known_of(workflow.owner_id)
    made = content.content_of(workflow, known)
    told = {"name": workflow.name, "description": workflow.description, **texts}
    about = scrubbed_fields({key: told[key] for key in TEXTS if key in told}, known)
    masked = [{"node_id": None, "field": one.field, "kind": one.kind} for one in about.masked]
    about.value["name"] = about.value["name"].strip() or "Workflow"
    _drop_empty_tags(about.value)
    return Proposal(about.value, made, [*about.findings, *made.findings], [*masked, *made.masked])


def _drop_empty_tags(texts: dict[str, Any]) -> None:
    """Leave out tags of which nothing is left."""
    if "tags" in texts:
        texts["tags"] = [tag for tag in texts["tags"] if tag.strip()]


def publish(
    *, actor: User, workflow_id: UUID, category: str, texts: Mapping[str, Any], confirm_pii: bool, now: datetime
) -> Template:
    """Put a workflow into the gallery, or its newest state and texts where it is there.

    Raises: Missing, RoleRequired, CompilationFailed, SecretRemains, PiiFound.
    """
    content.check(workflows.workflow_for(actor, workflow_id, needs=Role.OWNER))
    with transaction.atomic():
        workflow = workflows.workflow_for(actor, workflow_id, needs=Role.OWNER, lock=True)
        found = _proposal(workflow, texts)
        if found.findings and not confirm_pii:
            raise PiiFound("Something here tells who somebody is: look at it first", findings=told(found.findings))
        template = Template.objects.filter(workflow=workflow).first() or Template(workflow=workflow)
        for field, value in found.texts.items():
            setattr(template, field, value)
        template.name = template.name[:120]
        template.name_follows = "name" not in texts
        template.description_follows = "description" not in texts
        template.category = category
        if template.status == DRAFT:  # it was sent back: publishing it again asks for another look
            template.status = PENDING
        template.confirmed = sorted({one.digest for one in found.findings})
        show(template, workflow, found.content, now)
        saving.mark_template(workflow, is_template=True)
        _note(actor, template, "publish", now)
    return selectors.find(actor, template.pk)


def told(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return findings as they are told of."""
    return [
        {"node_id": one.node_id, "field": one.field, "kind": one.kind, "masked": one.masked}
        for one in findings[:MOST_TOLD]
    ]


def show(template: Template, workflow: Workflow, made: Content, now: datetime) -> None:
    """Let a template show a content, as a new version where it is another one; what was verified is so no more."""
    newest = template.versions.filter(number=template.version).first() if not template._state.adding else None
    template.source_revision, template.held = workflow.revision, None
    template.node_kinds = made.node_kinds
    is_new = newest is None or newest.content_hash != made.hash
    if is_new:
        template.version += 1
        if template.status in (VERIFIED, PRODUCTION):
            template.status = PENDING
    template.updated_at = now
    template.save()
    if is_new:
        add_version(template, made, now)


def add_version(template: Template, made: Content, now: datetime) -> None:
    """Write down what a template shows; of old versions the newest are kept."""
    TemplateVersion.objects.create(
        template=template, number=template.version, **made.graph, credentials_needed=made.credentials_needed,
        fields=made.fields, masked=made.masked, content_hash=made.hash, created_at=now,
    )  # fmt: skip
    template.versions.filter(number__lte=template.version - MOST_VERSIONS).delete()


@transaction.atomic
def change(*, actor: User, template_id: UUID, fields: Mapping[str, Any], confirm_pii: bool, now: datetime) -> Template:
    """Change texts, category, tags; `status` may become "deprecated" and back. Raises: Missing, Forbidden, PiiFound."""
    template = selectors.of_author(actor, template_id)
    about = scrubbed_fields({key: fields[key] for key in TEXTS if key in fields}, known_of(actor.pk))
    if about.findings and not confirm_pii:
        raise PiiFound("Something here tells who somebody is: look at it first", findings=told(about.findings))
    _drop_empty_tags(about.value)
    for field, value in about.value.items():
        setattr(template, field, value or getattr(template, field) if field == "name" else value)
    template.name_follows = template.name_follows and "name" not in fields
    template.description_follows = template.description_follows and "description" not in fields
    template.category = fields.get("category", template.category)
    if fields.get("is_deprecated") is True:
        template.status = DEPRECATED
    elif fields.get("is_deprecated") is False and template.status == DEPRECATED:
        template.status = PENDING
    template.updated_at = now
    template.save()
    _note(actor, template, "update", now)
    return selectors.find(actor, template_id)


@transaction.atomic
def withdraw(*, actor: User, template_id: UUID, now: datetime) -> None:
    """Take a template out of the gallery; clones stay. Raises: Missing, Forbidden."""
    template = selectors.of_author(actor, template_id)
    if template.workflow is not None:
        saving.mark_template(template.workflow, is_template=False)
    _note(actor, template, "withdraw", now)
    template.delete()


def _note(actor: User, template: Template, action: str, now: datetime) -> None:
    owner_id = template.workflow.owner_id if template.workflow is not None else actor.pk
    AuditEntry.objects.create(
        at=now, user_id=actor.pk, owner_id=owner_id, action=f"template.{action}", object_type="template",
        object_id=str(template.pk), changes={"name": template.name, "version": template.version},
    )  # fmt: skip
