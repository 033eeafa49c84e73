"""A workflow of one's own, made of a template: by the road of an import, and trusted as little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.errors import Invalid
from core.models import User
from credentials.selectors import usable_by as credentials_usable_by
from orchestrator.models import Workflow
from orchestrator.workflows import importing
from orchestrator.workflows.imported_file import Imported
from orchestrator.workflows.saving import NotCloneable
from templates import following, selectors
from templates.domain.fields import UnknownFields, filled, is_open
from templates.models import Template, TemplateClone, TemplateVersion


@dataclass(frozen=True, slots=True)
class Cloned:
    """A workflow, and what is to be filled in before it can run."""

    workflow: Workflow
    credentials_needed: list[dict[str, Any]]
    open_fields: list[dict[str, Any]]
    placeholders: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a clone is made of: `made` is the template as a file that was read."""

    template: Template
    version: TemplateVersion
    made: Imported


def prepared(
    *, actor: User, template_id: UUID, values: Mapping[str, Any], credentials: Mapping[str, UUID], now: datetime
) -> Prepared:
    """Return what a clone is made of, with values and one's own credentials (by `node_id.slot`) filled in.

    Raises: TemplateMissing, NotCloneable, ImportUnreadable, Invalid for what may not be filled in.
    """
    template = selectors.seen(actor, template_id)
    if following.is_behind(template):
        following.follow(template.pk, now=now)
        template = selectors.seen(actor, template_id)
    if template.workflow is not None and not template.workflow.is_cloneable:
        raise NotCloneable("The author of this template does not let it be cloned")
    version = selectors.version_of(template)
    made = importing.parsed(_file(template, version, values), "heddle", actor.pk)
    _connect(made, version, credentials, actor)
    importing.looked_through(made, actor.pk)
    return Prepared(template, version, made)


def clone(*, actor: User, prepared: Prepared, fields: Mapping[str, Any], name: str | None, now: datetime) -> Cloned:
    """Make a workflow of what a template shows now. It is never deployed, and names no credential.

    Raises: NameTaken, InvalidDefinition.
    """
    template, version, made = prepared.template, prepared.version, prepared.made
    with transaction.atomic():
        workflow = importing.store(actor=actor, made=made, fields=fields, name=name, dry_run=False)
        workflow.parent_template_id = template.pk
        workflow.save(update_fields=["parent_template_id"])
        TemplateClone.objects.create(template=template, workflow_id=workflow.pk, number=version.number, created_at=now)
    return Cloned(workflow, version.credentials_needed, _open(version, made), made.placeholders)


def _file(template: Template, version: TemplateVersion, values: Mapping[str, Any]) -> dict[str, Any]:
    try:
        nodes = filled(version.nodes, version.fields, values)
    except UnknownFields as exc:
        wrong = [
            {"field": f"values.{name}"[:200], "code": "unknown", "message": "This cannot be filled in."}
            for name in exc.names[:20]
        ]
        raise Invalid("Some values are for what cannot be filled in", errors=wrong) from exc
    return {
        "heddle": 1, "name": template.name, "description": template.description, "nodes": nodes,
        "edges": version.edges, "viewport": version.viewport, "settings": version.settings, "tags": template.tags,
        "credentials_needed": version.credentials_needed,
    }  # fmt: skip


def _connect(made: Imported, version: TemplateVersion, given: Mapping[str, UUID], actor: User) -> None:
    """Put one's own credentials where they are needed. Raises: Invalid."""
    slots = {f"{one['node_id']}.{one['slot']}": one for one in version.credentials_needed}
    usable = set(credentials_usable_by(actor.pk).filter(pk__in=given.values()).values_list("pk", flat=True))
    wrong = [
        {"field": f"credentials.{name}"[:200], "code": "invalid", "message": "No such place, or no such credential."}
        for name, credential_id in given.items()
        if name not in slots or credential_id not in usable
    ]
    if wrong:
        raise Invalid("Some credentials cannot be used", errors=wrong[:20])
    by_id = {node["id"]: node for node in made.fields["nodes"]}
    for name, credential_id in given.items():
        held = by_id[slots[name]["node_id"]]["data"]
        held["credentials"] = {**(held.get("credentials") or {}), slots[name]["slot"]: str(credential_id)}


def _open(version: TemplateVersion, made: Imported) -> list[dict[str, Any]]:
    return [field for field in version.fields if is_open(field, made.fields["nodes"])]
