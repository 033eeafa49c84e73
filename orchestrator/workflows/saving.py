"""Saving workflows: revisions for every change, versions for every save that is meant as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.text import slugify

from compiler.definition import read
from core.access.roles import Role
from core.datastore import conversations, tables
from core.errors import Conflict, Stale
from core.json import dumps_own
from core.models import User
from credentials import services as credentials
from credentials import variables
from executor.verbs import executions
from orchestrator import selectors
from orchestrator.models import Workflow, WorkflowVersion
from orchestrator.sharing import accepted, collaborators, guarding
from orchestrator.triggers import registering

DEFAULT_SETTINGS: dict[str, Any] = {
    "timeout_s": 300,
    "timezone": "UTC",
    "error_policy": "fail_fast",
    "max_nesting_depth": 3,
    "error_workflow_id": None,
    "require_test": False,
}
DEFAULT_VIEWPORT = {"x": 0, "y": 0, "zoom": 1}
DEFAULT_LLM = {"provider": None, "model": None, "credential_id": None}
DEFAULTS: dict[str, Any] = {
    "description": "",
    "nodes": [],
    "edges": [],
    "viewport": DEFAULT_VIEWPORT,
    "settings": {},
    "pinned_data": {},
    "tags": [],
    "icon": "",
    "color": "",
    "is_sub_workflow": False,
    "is_cloneable": True,
    "modifiable_fields": [],
    "llm": DEFAULT_LLM,
    "supervision_level": "none",
}
DEFINITION_KEYS = frozenset({"nodes", "edges", "viewport", "settings"})


class NameTaken(Conflict):
    code = "name_taken"


class NotCloneable(Conflict):
    code = "not_cloneable"


@transaction.atomic
def create(*, actor: User, source: str = "create", **fields: Any) -> Workflow:
    """Make a workflow with version 1. Raises: InvalidDefinition, NameTaken."""
    workflow = Workflow(owner_id=actor.pk, version=0, revision=0)
    _apply(workflow, {**DEFAULTS, **fields})
    _store(workflow)
    _insert(workflow)
    _add_version(workflow, actor=actor, source=source)
    workflow.revision = 1
    workflow.save()
    return workflow


def _insert(workflow: Workflow) -> None:
    try:
        with transaction.atomic():
            workflow.save()
    except IntegrityError as exc:
        raise NameTaken(f"You have a workflow called {workflow.name!r} already") from exc


@transaction.atomic
def replace(*, actor: User, workflow_id: UUID, revision: int | None, **fields: Any) -> Workflow:
    """Store all fields (left out: default) and make a version where anything differs.

    Raises: Missing, RoleRequired, Stale, NameTaken, CredentialGuarded, WorkflowGuarded, TableGuarded.
    """
    workflow = locked(actor, workflow_id, revision, needs=Role.EDITOR)
    before = _snapshot(workflow)
    _preserve(workflow, actor)
    _apply(workflow, {**DEFAULTS, **fields})
    after = _snapshot(workflow)
    if after == before and _written(after) == _written(before):
        return workflow
    _store(workflow)
    _guard(actor, workflow, before, after)
    _add_version(workflow, actor=actor, source="save")
    return changed(workflow)


@transaction.atomic
def change(*, actor: User, workflow_id: UUID, revision: int | None, **fields: Any) -> Workflow:
    """Store the named fields only; the working copy moves, no version is made. Raises: as `replace`."""
    workflow = locked(actor, workflow_id, revision, needs=Role.EDITOR)
    before = _snapshot(workflow)
    _apply(workflow, fields)
    after = _snapshot(workflow)
    if after == before and _written(after) == _written(before):
        return workflow
    if any(after[key] != before[key] for key in DEFINITION_KEYS) or _written(after) != _written(before):
        _store(workflow)
    _guard(actor, workflow, before, after)
    return changed(workflow)


@transaction.atomic
def delete(*, actor: User, workflow_id: UUID, revision: int | None) -> Workflow:
    """Hide a workflow, out of service; its executions stay, its tables and state go. Raises: Missing, Stale."""
    workflow = locked(actor, workflow_id, revision)
    registering.unregister(workflow)
    tables.delete_of_workflow(workflow.pk)
    conversations.delete_of_workflow(workflow.pk)
    variables.forget_workflow(workflow.pk)
    collaborators.close(workflow)
    workflow.is_deleted = True
    workflow.deployed_version = workflow.deployed_hash = None
    return changed(workflow)


@transaction.atomic
def clone(*, actor: User, workflow_id: UUID, name: str | None) -> Workflow:
    """Copy the working copy. Raises: Missing, NotCloneable, NameTaken."""
    workflow = selectors.workflow_for(actor, workflow_id, needs=Role.VIEWER)
    if not workflow.is_cloneable:
        raise NotCloneable("This workflow may not be cloned")
    fields = {key: getattr(workflow, key) for key in DEFAULTS}
    return create(actor=actor, name=name or _copy_name(actor, workflow.name), **fields)


def _copy_name(actor: User, name: str) -> str:
    taken = set(selectors.workflows_of(actor).values_list("name", flat=True))
    number = 1
    while True:
        suffix = " (copy)" if number == 1 else f" (copy {number})"
        candidate = f"{name[: 120 - len(suffix)]}{suffix}"
        if candidate not in taken:
            return candidate
        number += 1


@transaction.atomic
def archive(*, actor: User, workflow_id: UUID) -> Workflow:
    """Take a workflow out of service for good, or until it is unarchived."""
    workflow = selectors.workflow_for(actor, workflow_id, lock=True)
    if workflow.status == Workflow.Status.ARCHIVED:
        return workflow
    registering.unregister(workflow)
    workflow.deployed_version = workflow.deployed_hash = None
    workflow.status = Workflow.Status.ARCHIVED
    return changed(workflow)


@transaction.atomic
def unarchive(*, actor: User, workflow_id: UUID) -> Workflow:
    workflow = selectors.workflow_for(actor, workflow_id, lock=True)
    if workflow.status != Workflow.Status.ARCHIVED:
        return workflow
    workflow.status = Workflow.Status.DRAFT
    return changed(workflow)


@transaction.atomic
def snapshot(*, actor: User, workflow_id: UUID, label: str = "", message: str = "") -> WorkflowVersion:
    """Make a version of the working copy as it is."""
    workflow = selectors.workflow_for(actor, workflow_id, needs=Role.EDITOR, lock=True)
    version = _add_version(workflow, actor=actor, source="snapshot", label=label, message=message)
    changed(workflow)
    return version


@transaction.atomic
def restore(*, actor: User, workflow_id: UUID, number: int, revision: int | None) -> Workflow:
    """Bring an old version back as a new one; a state that no version holds is kept as one first.

    Raises: Missing, RoleRequired, Stale, CredentialGuarded, WorkflowGuarded, TableGuarded.
    """
    workflow = locked(actor, workflow_id, revision, needs=Role.EDITOR)
    version = selectors.version_of(workflow, number)
    before = _snapshot(workflow)
    _preserve(workflow, actor)
    document = selectors.document_of_version(version)
    _apply(workflow, {**document, "settings": version.settings})
    _store(workflow)
    _guard(actor, workflow, before, _snapshot(workflow))
    _add_version(workflow, actor=actor, source="restore", message=f"Version {number} restored")
    return changed(workflow)


@transaction.atomic
def held_version(*, workflow: Workflow, actor: User) -> WorkflowVersion:
    """Return a version that holds the working copy, made if there is none."""
    version = _version_that_holds(workflow)
    if version is None:
        version = _add_version(workflow, actor=actor, source="snapshot")
        workflow.save(update_fields=["version"])
    return version


# -- parts -----------------------------------------------------------------------------------------------------------
def locked(actor: User, workflow_id: UUID, revision: int | None, *, needs: Role = Role.OWNER) -> Workflow:
    workflow = selectors.workflow_for(actor, workflow_id, needs=needs, lock=True)
    if revision is not None and revision != workflow.revision:
        raise Stale("The workflow was changed meanwhile", revision=workflow.revision)
    return workflow


def _guard(actor: User, workflow: Workflow, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    guarding.check_change(actor=actor, workflow=workflow, before=before, after=after)
    accepted.keep(actor=actor, workflow=workflow, before=before)


def _snapshot(workflow: Workflow) -> dict[str, Any]:
    return {"name": workflow.name, **{key: getattr(workflow, key) for key in DEFAULTS}}


def _written(snapshot: Mapping[str, Any]) -> list[bytes]:
    """Return the params of all nodes as they are written: the order of their keys is part of what they say."""
    holders = [node.get("data") for node in snapshot["nodes"] if isinstance(node, dict)]
    return [dumps_own(holder.get("params")) for holder in holders if isinstance(holder, dict)]


def _apply(workflow: Workflow, fields: Mapping[str, Any]) -> None:
    for key, value in fields.items():
        if key == "settings":
            value = {**DEFAULT_SETTINGS, **value}
        elif key == "llm":
            value = {**DEFAULT_LLM, **value}
        setattr(workflow, key, value)
    workflow.slug = slugify(workflow.name)[:140] or "workflow"


def _store(workflow: Workflow) -> None:
    """Check the graph's shape, keep it by content, and note which credentials it names."""
    definition = read(selectors.document_of(workflow))
    workflow.definition_hash, workflow.layout_hash = executions.store_definition(definition)
    uses = [
        (node.id, slot, value) for node in definition.nodes for slot, value in node.data.credentials.items() if value
    ]
    if uses or not workflow._state.adding:
        credentials.note_uses(workflow_id=workflow.pk, owner_id=workflow.owner_id, uses=uses, is_deployed=False)


def _version_that_holds(workflow: Workflow) -> WorkflowVersion | None:
    same = workflow.versions.filter(definition_hash=workflow.definition_hash, layout_hash=workflow.layout_hash)
    return next((version for version in same.order_by("-number") if version.settings == workflow.settings), None)


def _preserve(workflow: Workflow, actor: User) -> None:
    if _version_that_holds(workflow) is None:
        _add_version(workflow, actor=actor, source="snapshot", message="Kept before it was replaced")


def _add_version(
    workflow: Workflow, *, actor: User, source: str, label: str = "", message: str = ""
) -> WorkflowVersion:
    newest = workflow.versions.aggregate(newest=Max("number"))["newest"] or 0
    workflow.version = newest + 1
    return WorkflowVersion.objects.create(
        workflow=workflow,
        number=newest + 1,
        source=source,
        label=label,
        message=message,
        definition_hash=workflow.definition_hash,
        layout_hash=workflow.layout_hash,
        settings=workflow.settings,
        author_id=actor.pk,
        node_count=len(workflow.nodes),
    )


def changed(workflow: Workflow) -> Workflow:
    workflow.revision += 1
    _insert(workflow)
    return workflow


def mark_template(workflow: Workflow, *, is_template: bool) -> None:
    """Note that a workflow is in the gallery, or no more; that is no change of it."""
    Workflow.objects.filter(pk=workflow.pk).update(is_template=is_template)
