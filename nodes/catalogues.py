"""The node types somebody can use: ours, his own, and what others published.

Rows are read anew each time, so nothing goes stale in any process; what is built of a version is kept, as it never
changes. For one user a kind and a number mean one piece of code for ever: what he once had under a kind hides what
others publish under it, his numbers go on when he deletes a node and makes it again, and what was approved once keeps
its kind from everybody else (`services`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.access import reach
from core.json import dumps
from nodes.base import NodeType
from nodes.catalogue import Catalogue
from nodes.custom.declaration import Declaration
from nodes.custom.node_type import Source, node_type_of
from nodes.models import CustomNode, CustomNodeVersion
from nodes.registry import builtin_catalogue


def catalogue_for(owner_id: UUID, kinds: Iterable[str], *, for_running: bool = False) -> Catalogue:
    """Return a catalogue in which these kinds are found, where there are any for this user.

    `for_running`: what was deleted or withdrawn since a run started is found too.
    """
    builtin = builtin_catalogue()
    unknown = {kind for kind in kinds if builtin.newest(kind) is None}
    if not unknown:
        return builtin
    return _joined(usable_by(owner_id, for_running=for_running).filter(node__node_type__in=unknown))


def whole_catalogue(owner_id: UUID) -> Catalogue:
    """Return all node types of a user, custom ones in their newest version."""
    return _joined(_newest(owner_id))


def version_of_whole(owner_id: UUID) -> str:
    """Return what changes whenever `whole_catalogue` does, without building it."""
    return _version(_newest(owner_id).values_list("pk", flat=True))


def _newest(owner_id: UUID) -> QuerySet[CustomNodeVersion]:
    return usable_by(owner_id).order_by("node_id", "-number").distinct("node_id")


def _version(chosen: Iterable[int]) -> str:
    ids = sorted(chosen)
    version = builtin_catalogue().version
    return hashlib.sha256(f"{version}:{ids}".encode()).hexdigest()[:16] if ids else version


def usable_by(owner_id: UUID, *, for_running: bool = False) -> QuerySet[CustomNodeVersion]:
    """Return the versions a user may use."""
    ever_mine = Q(Exists(CustomNode.objects.filter(reach.of_account(owner_id), node_type=OuterRef("node__node_type"))))
    others = Q(is_approved=True) & ~ever_mine
    if not for_running:
        others &= Q(node__is_published=True)
    own = reach.of_account(owner_id, "node__owner_id")
    rows = CustomNodeVersion.objects.filter(own | others, is_validated=True)
    return (rows if for_running else rows.filter(node__is_deleted=False)).select_related("node")


def _joined(rows: QuerySet[CustomNodeVersion]) -> Catalogue:
    builtin = builtin_catalogue()
    found = list(rows)
    if not found:
        return builtin
    types = {(row.node.node_type, row.number): type_of(row) for row in found}
    return Catalogue({**types, **builtin.types}, _version(row.pk for row in found))


def type_of(row: CustomNodeVersion) -> NodeType[Any]:
    """Return the node type of a version."""
    return _built(row.code, dumps(row.declaration), row.number)


@lru_cache(maxsize=512)
def _built(code: str, declaration: bytes, number: int) -> NodeType[Any]:
    return node_type_of(Source(code, Declaration.model_validate_json(declaration)), number)
