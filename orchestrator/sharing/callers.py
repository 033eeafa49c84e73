"""Workflows that call another one, and what they do with what it gives."""

from __future__ import annotations

from compiler.definition import Definition
from core.access.reach import of_account
from credentials import services as credentials
from orchestrator import selectors
from orchestrator.compiling.sub_workflows import ids_in, reached
from orchestrator.models import Workflow
from orchestrator.sharing.computed import is_computed


def that_compute(workflow: Workflow) -> Workflow | None:
    """Return a workflow of the same account that calls this one, itself or through others, and in which a node with a
    credential that may go to any host is computed."""
    unbounded = credentials.unbounded_uses(owner_id=workflow.owner_id)
    users = Workflow.objects.filter(of_account(workflow.owner_id), pk__in=set(unbounded), is_deleted=False)
    for user in users.exclude(pk=workflow.pk):
        for version in ("current", "deployed") if user.deployed_version is not None else ("current",):
            definition, _ = selectors.definition_for(user, version)
            if _computes(definition, unbounded[user.pk]) and _calls(user, definition, workflow, version):
                return user
    return None


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
    return str(called.pk) in {*named, *found}
