"""Reads of workflows. One that the actor has no role on is not there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Func, JSONField, QuerySet, Value

from compiler.definition import Definition, kinds_of, merged, read
from core.access import reach
from core.access.roles import Role
from core.errors import Missing
from core.models import User
from core.values.times import wire_time
from executor.models import Definition as StoredDefinition
from executor.models import Layout
from nodes.catalogue import Catalogue
from nodes.catalogues import catalogue_for
from orchestrator.models import Workflow, WorkflowTest, WorkflowVersion

GRAPH_KEYS = ("nodes", "edges", "viewport", "settings")
LARGE = ("nodes", "edges", "viewport", "pinned_data", "owners_document")  # megabytes, as they may be


def workflows_of(actor: User) -> QuerySet[Workflow]:
    """Return the workflows of a user's own account."""
    return reach.owned(Workflow.objects.filter(is_deleted=False), actor)


def listed_workflows_of(actor: User) -> QuerySet[Workflow]:
    """Return the workflows a user sees without what is large of them; `kinds` are those of their nodes."""
    kinds = Func(F("nodes"), Value("$[*].type"), function="jsonb_path_query_array", output_field=JSONField())
    return workflows_seen_by(actor).defer(*LARGE).annotate(kinds=kinds)


def workflows_seen_by(actor: User) -> QuerySet[Workflow]:
    """Return a user's workflows and those he has a role on."""
    return reach.visible(Workflow.objects.filter(is_deleted=False), actor, workflow="pk")


def workflow_for(actor: User, workflow_id: UUID, *, needs: Role = Role.OWNER, lock: bool = False) -> Workflow:
    """Return a workflow with the actor's role as `my_role`. Raises: Missing, RoleRequired."""
    found = Workflow.objects.filter(is_deleted=False)
    found = found.select_for_update() if lock else found
    return reach.one(found, actor, workflow_id, workflow="pk", needs=needs, missing="There is no such workflow")


def account_of(workflow_id: UUID | None) -> UUID | None:
    """Return whose account a workflow's runs are made on now, of one that was deleted too."""
    if workflow_id is None:
        return None
    return Workflow.objects.filter(pk=workflow_id).values_list("owner_id", flat=True).first()


def model_of(workflow_id: UUID) -> dict[str, Any] | None:
    """Return what a workflow says of the model that its steps ask: {"provider", "model", "credential_id"}."""
    found: dict[str, Any] | None = Workflow.objects.filter(pk=workflow_id).values_list("llm", flat=True).first()
    return found


def people_by_id(user_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return `{id, name, email}` of people who are shown to those they share something with."""
    found = User.objects.filter(pk__in=set(user_ids)).values_list("pk", "name", "email")
    return {pk: {"id": str(pk), "name": name, "email": email} for pk, name, email in found}


def version_of(workflow: Workflow, number: int) -> WorkflowVersion:
    """Return a version of a workflow. Raises: Missing."""
    version = workflow.versions.filter(number=number).first()
    if version is None:
        raise Missing("There is no such version")
    return version


def document_of(workflow: Workflow) -> dict[str, Any]:
    """Return the working copy as `{nodes, edges, viewport, settings}`."""
    return {key: getattr(workflow, key) for key in GRAPH_KEYS}


def stored_document(definition_hash: str, layout_hash: str) -> dict[str, Any]:
    """Return a stored definition in the editor's shape."""
    body = StoredDefinition.objects.get(pk=definition_hash).body
    layout = Layout.objects.filter(pk=layout_hash).first()
    return merged(body, layout.body if layout else {})


def document_of_version(version: WorkflowVersion) -> dict[str, Any]:
    document = stored_document(version.definition_hash, version.layout_hash)
    return {**document, "settings": {**document["settings"], **version.settings}}


def definition_for(workflow: Workflow, version: str | None) -> tuple[Definition, WorkflowVersion | None]:
    """Return the definition of `current`, `deployed` or a number. Raises: Missing."""
    if version in (None, "", "current"):
        held = workflow.versions.filter(definition_hash=workflow.definition_hash).order_by("-number").first()
        return read(document_of(workflow)), held
    if version == "deployed":
        if workflow.deployed_version is None:
            raise Missing("The workflow is not deployed")
        number = workflow.deployed_version
    else:
        number = int(version) if str(version).isascii() and str(version).isdigit() and len(str(version)) < 9 else 0
    found = version_of(workflow, number)
    return read(document_of_version(found)), found


STATISTICS = """
SELECT x.workflow_id, count(*), count(*) FILTER (WHERE s.status = 'completed'),
    round(avg(x.duration_ms) FILTER (WHERE x.finished_at IS NOT NULL))::bigint, max(x.created_at)
FROM executor_execution x JOIN executor_runstate s ON s.execution_id = x.id
WHERE x.workflow_id = ANY(%s) GROUP BY x.workflow_id
"""


def statistics_of(workflow_ids: list[UUID]) -> dict[UUID, tuple[int, int, int | None, Any]]:
    """Return (total, successful, average milliseconds, last start) by workflow, counted from the executions."""
    if not workflow_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(STATISTICS, [workflow_ids])
        return {row[0]: tuple(row[1:]) for row in cursor.fetchall()}


TRIGGER_PROBLEMS = """
SELECT workflow_id, count(*) FROM (
    SELECT workflow_id FROM orchestrator_registration
    WHERE workflow_id = ANY(%(ids)s) AND last_error IS NOT NULL AND NOT is_test
    UNION ALL SELECT workflow_id FROM orchestrator_poll
    WHERE workflow_id = ANY(%(ids)s) AND last_error IS NOT NULL AND next_poll_at IS NOT NULL
    UNION ALL SELECT workflow_id FROM orchestrator_schedule
    WHERE workflow_id = ANY(%(ids)s) AND last_error IS NOT NULL AND next_run_at IS NOT NULL
) found GROUP BY workflow_id
"""


def trigger_problems_of(workflow_ids: list[UUID]) -> dict[UUID, int]:
    """Return how many triggers of each workflow could not do their work the last time, where there are any."""
    with connection.cursor() as cursor:
        cursor.execute(TRIGGER_PROBLEMS, {"ids": workflow_ids})
        return dict(cursor.fetchall())


LAST_RUNS = """
SELECT w.id, last.id, last.status, last.trigger, last.created_at
FROM unnest(%s::uuid[]) AS w (id) CROSS JOIN LATERAL (
    SELECT x.id, s.status, x.trigger, x.created_at
    FROM executor_execution x JOIN executor_runstate s ON s.execution_id = x.id
    WHERE x.workflow_id = w.id AND x.parent_execution_id IS NULL ORDER BY x.created_at DESC LIMIT 1
) last
"""


def last_runs_of(workflow_ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the newest run of each workflow that has one, those that other runs started left out."""
    if not workflow_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LAST_RUNS, [workflow_ids])
        return {
            row[0]: {"id": str(row[1]), "status": row[2], "trigger": row[3], "created_at": wire_time(row[4])}
            for row in cursor.fetchall()
        }


def last_tests_of(workflow_ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return `{id, status, definition_hash}` of the newest test of each workflow that has one."""
    newest = WorkflowTest.objects.filter(workflow_id__in=workflow_ids).order_by("workflow_id", "-created_at")
    found = newest.distinct("workflow_id").values_list("workflow_id", "pk", "status", "definition_hash")
    return {row[0]: {"id": str(row[1]), "status": row[2], "definition_hash": row[3]} for row in found}


def last_test_of(workflow: Workflow) -> dict[str, Any] | None:
    """Return `{id, status, definition_hash}` of a workflow's newest test."""
    test = workflow.tests.order_by("-created_at").first()
    return {"id": str(test.pk), "status": test.status, "definition_hash": test.definition_hash} if test else None


def catalogue_of(owner_id: UUID, definition: Definition, *, for_running: bool = False) -> Catalogue:
    """Return the node types a definition is compiled with: ours, and the custom ones its owner may use."""
    return catalogue_for(owner_id, kinds_of(definition), for_running=for_running)
