"""Workflows that call another one, and what they do with what it gives."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from compiler.definition import Definition
from core.access.reach import of_account
from credentials import services as credentials
from orchestrator import selectors
from orchestrator.compiling.sub_workflows import ids_in, reached
from orchestrator.models import Workflow
from orchestrator.sharing.computed import is_computed

_NAMING = """
SELECT w.id FROM orchestrator_workflow w
LEFT JOIN orchestrator_workflowversion v ON v.workflow_id = w.id AND v.number = w.deployed_version
LEFT JOIN executor_definition d ON d.hash = v.definition_hash
WHERE w.owner_id = %(owner_id)s AND NOT w.is_deleted
    AND (w.nodes::text ILIKE ANY (%(ids)s) OR d.body::text ILIKE ANY (%(ids)s))
"""


def that_compute(workflow: Workflow) -> Workflow | None:
    """Return a workflow of the same account that calls this one, itself or through others, and in which a node with a
    credential that may go to any host is computed."""
    callers = _that_may_call(workflow)
    if not callers:
        return None
    unbounded = credentials.unbounded_uses(owner_id=workflow.owner_id)
    users = Workflow.objects.filter(of_account(workflow.owner_id), pk__in=callers & set(unbounded), is_deleted=False)
    for user in users:
        for version in ("current", "deployed") if user.deployed_version is not None else ("current",):
            definition, _ = selectors.definition_for(user, version)
            if _computes(definition, unbounded[user.pk]) and _calls(user, definition, workflow, version):
                return user
    return None


def _that_may_call(workflow: Workflow) -> set[UUID]:
    """Return the workflows in whose nodes the id of this one stands, or of one of those; none of them is loaded."""
    found, asked = set[UUID](), {workflow.pk}
    while asked:
        patterns = [f"%{form}%" for pk in asked for form in (pk, pk.hex)]
        with connection.cursor() as cursor:
            cursor.execute(_NAMING, {"owner_id": workflow.owner_id, "ids": patterns})
            asked = {pk for (pk,) in cursor.fetchall()} - found - {workflow.pk}
        found |= asked
    return found


def _computes(definition: Definition, unbounded: set[str]) -> bool:
    return any(
        is_computed(node.data.params) and not unbounded.isdisjoint(map(str, node.data.credentials.values()))
        for node in definition.nodes
    )


def _calls(user: Workflow, definition: Definition, called: Workflow, version: str) -> bool:
    named = ids_in(definition)
    if not named:
        return False
    found = reached(owner_id=user.owner_id, called=named, production=version == "deployed")
    return called.pk in {_as_id(one) for one in (*named, *found)}


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
