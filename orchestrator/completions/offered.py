"""Deployed workflows with a chat as models: what each is called, and who may ask it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.access import reach
from core.access.roles import Role
from core.errors import Missing
from core.json import loads_own
from core.models import User
from nodes.base import NodeParams
from nodes.calling import ChatType
from nodes.registry import builtin_catalogue
from orchestrator import selectors
from orchestrator.models import Webhook
from orchestrator.triggers import webhooks

MOST = 500


class ModelMissing(Missing):
    """There is no such model for this caller."""

    code = "model_not_found"


@dataclass(frozen=True, slots=True)
class Offered:
    """A deployed chat as a model. `owner` is how its workflow's account is told."""

    name: str
    workflow_id: UUID
    owner_id: UUID
    owner: str
    created: int  # Unix seconds
    node_id: str
    type: ChatType[Any]
    params: NodeParams


def models_of(user: User) -> list[Offered]:
    """Return what a user may ask: own workflows, then those he may run, each in order of their age.

    A model of one's own has the slug of its workflow; one whose name is taken has its workflow's id behind an @, and so
    have all that others share: no name that one's programs use comes to mean somebody else's workflow.
    """
    rows = _rows(user)
    owners = User.objects.filter(pk__in={row.owner_id for row in rows}, is_active=True).values_list("pk", "name")
    names = dict(owners)
    taken: set[str] = set()
    made = (_offered(user, row, names.get(row.owner_id), taken) for row in rows)
    return [one for one in made if one is not None]


def model_named(user: User, name: str) -> Offered:
    """Return the model of this name. Raises: ModelMissing."""
    found = next((one for one in models_of(user) if name in (one.name, str(one.workflow_id))), None)
    if found is None:
        raise ModelMissing(f"The model {name[:100]!r} does not exist or you do not have access to it", param="model")
    return found


def last_nodes(user: User, workflow_id: UUID) -> frozenset[str]:
    """Return the nodes of a deployed workflow that nothing follows: what they say is its answer. Raises: Missing."""
    workflow = selectors.workflow_for(user, workflow_id, needs=Role.RUNNER)
    definition, _ = selectors.definition_for(workflow, "deployed")
    return frozenset(node.id for node in definition.nodes) - {edge.source for edge in definition.edges}


def _rows(user: User) -> list[Webhook]:
    chats = Webhook.objects.filter(kind__in=_kinds())
    deployed = chats.filter(workflow__is_deleted=False, workflow__deployed_hash__isnull=False)
    found = reach.visible(deployed, user, least=Role.RUNNER)
    order = ("workflow__created_at", "workflow_id", "node_id")
    found = found.select_related("workflow").order_by(*order)
    own = reach.of_account(user.pk)
    return [*found.filter(own)[:MOST], *found.exclude(own)[:MOST]]


def _kinds() -> list[str]:
    """Return the kinds of triggers that are chats."""
    catalogue = builtin_catalogue()
    return [kind for kind in catalogue.kinds() if isinstance(catalogue.newest(kind), ChatType)]


def _offered(user: User, row: Webhook, owner: str | None, taken: set[str]) -> Offered | None:
    node_type = webhooks.type_of(row.kind)
    if not isinstance(node_type, ChatType) or owner is None:  # nobody runs what an account has that is switched off
        return None
    workflow = row.workflow
    is_own = reach.is_of_account(user.pk, row)
    names = _names(workflow.slug or str(workflow.pk), row, is_own=is_own)
    name = next(one for one in names if one not in taken)
    taken.add(name)
    raw = loads_own(row.params) if isinstance(row.params, str) else row.params
    return Offered(
        name, workflow.pk, row.owner_id, owner or "heddle", round(workflow.created_at.timestamp()),
        row.node_id, node_type, webhooks.params_of(node_type, raw),
    )  # fmt: skip


def _names(slug: str, row: Webhook, *, is_own: bool) -> Iterator[str]:
    if is_own:
        yield slug
    yield f"{slug}@{row.workflow_id}"
    yield f"{slug}@{row.workflow_id}/{row.node_id}"
