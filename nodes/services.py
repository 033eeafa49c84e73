"""What changes custom nodes. Other code is a new version; stored workflows keep the one they were saved with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from core.access import reach
from core.errors import Conflict, Invalid, Missing
from core.models import User
from nodes.custom.declaration import Declaration, declared
from nodes.custom.node_type import Source
from nodes.custom.rules import offences_of
from nodes.custom.trial import tried
from nodes.models import CustomNode, CustomNodeVersion
from nodes.registry import builtin_catalogue

MOST_NODES = 500  # of one user


class NameTaken(Conflict):
    code = "name_taken"


class IllegalTransition(Conflict):
    code = "illegal_transition"


class CustomNodeRejected(Invalid):
    """The code holds what is not allowed; it was not run."""

    code = "custom_node_rejected"


def read_code(code: str) -> Source:
    """Read a class without running it. Raises: CustomNodeRejected, Invalid."""
    tree, offences = offences_of(code)
    if offences or tree is None:
        many = len(offences)
        raise CustomNodeRejected(
            f"The code has {many} offence{'s' if many > 1 else ''}",
            errors=[
                {"field": "code", "code": one.rule, "message": f"Line {one.line}: {one.message}"} for one in offences
            ],
            offences=[one.as_dict() for one in offences],
        )  # fmt: skip
    return Source(code, declared(tree))


def create(*, owner_id: UUID, code: str, is_public: bool = False, description: str = "") -> CustomNode:
    """Store a custom node, after its own tests were run in the jail.

    Raises: CustomNodeRejected, Invalid, NameTaken, CodeSandboxUnavailable.
    """
    source = read_code(code)
    _check_name(source.declaration.node_type, owner_id)
    works, report = tried(source)
    if CustomNode.objects.filter(owner_id=owner_id, is_deleted=False).count() >= MOST_NODES:
        raise Invalid(f"At most {MOST_NODES} custom nodes.", field="code")
    try:
        with transaction.atomic():
            node_type = source.declaration.node_type
            before = CustomNodeVersion.objects.filter(node__owner_id=owner_id, node__node_type=node_type)
            number = (before.aggregate(Max("number"))["number__max"] or 0) + 1  # a deleted one may still run
            node = CustomNode.objects.create(
                owner_id=owner_id, node_type=node_type, is_public=is_public, description=description, version=number
            )
            _keep(node, number, source, works, report)
    except IntegrityError as exc:
        raise NameTaken("You have a custom node of this type already") from exc
    return node


def update(
    *, node: CustomNode, code: str | None = None, is_public: bool | None = None, description: str | None = None
) -> CustomNode:
    """Change a custom node; other code is a new version that has to be approved again before others get it.

    Raises: CustomNodeRejected, Invalid, CodeSandboxUnavailable.
    """
    new = None
    if code is not None and code != newest(node).code:
        source = read_code(code)
        if source.declaration.node_type != node.node_type:
            raise Invalid("The type stays; another one is another node.", field="code.node_type")
        new = (source, *tried(source))
    with transaction.atomic():
        node = CustomNode.objects.select_for_update().get(pk=node.pk)
        if description is not None:
            node.description = description
        if is_public is not None:
            node.is_public = is_public
        if new is not None:
            node.version, node.status, node.reject_reason = node.version + 1, CustomNode.Status.DRAFT, None
            _keep(node, node.version, *new)
        _publish(node)
    return node


def delete(*, node: CustomNode) -> None:
    """Take a custom node away; what runs with it ends as it began."""
    CustomNode.objects.filter(pk=node.pk).update(is_deleted=True, is_published=False)


@transaction.atomic
def submit(*, node: CustomNode) -> CustomNode:
    """Ask for the newest version to be approved. Raises: IllegalTransition, Invalid."""
    node = CustomNode.objects.select_for_update().get(pk=node.pk)
    if node.status not in (CustomNode.Status.DRAFT, CustomNode.Status.REJECTED):
        raise IllegalTransition(f"The node is {node.status} already", verb="submit", allowed=["draft", "rejected"])
    if not newest(node).is_validated:
        raise Invalid("Its tests do not pass yet.", field="is_validated")
    node.status, node.reject_reason = CustomNode.Status.PENDING, None
    node.save()
    return node


@transaction.atomic
def review(*, node: CustomNode, decision: str, reason: str | None) -> CustomNode:
    """Approve or reject what was submitted. Raises: IllegalTransition, NameTaken."""
    node = CustomNode.objects.select_for_update().get(pk=node.pk)
    if node.status != CustomNode.Status.PENDING:
        raise IllegalTransition(f"The node is {node.status}, not pending", verb="review", allowed=["pending"])
    if decision == "approve":
        if _is_known_of_others(node.node_type, node.owner_id):
            raise NameTaken("Another custom node of this type was approved before")
        node.versions.filter(number=node.version).update(is_approved=True)
        node.status, node.reject_reason = CustomNode.Status.APPROVED, None
    else:
        node.status, node.reject_reason = CustomNode.Status.REJECTED, reason or ""
    _publish(node)
    return node


def nodes_of(actor: User, *, staff_sees_all: bool = False) -> QuerySet[CustomNode]:
    """Return the custom nodes of a user, for staff those of everybody where that is meant."""
    return reach.owned(CustomNode.objects.filter(is_deleted=False), actor, staff_sees_all=staff_sees_all)


def find(actor: User, node_id: UUID, *, staff_sees_all: bool = False) -> CustomNode:
    """Return a custom node of this user, for staff one of anybody where that is meant. Raises: Missing."""
    node = nodes_of(actor, staff_sees_all=staff_sees_all).filter(pk=node_id).first()
    if node is None:
        raise Missing("There is no such custom node")
    return node


def newest(node: CustomNode) -> CustomNodeVersion:
    return node.versions.get(number=node.version)


def _publish(node: CustomNode) -> None:
    """Store a node; it is others' too where it is public and a version of it is approved. Raises: NameTaken."""
    node.is_published = node.is_public and node.versions.filter(is_approved=True).exists()
    try:
        with transaction.atomic():
            node.save()
    except IntegrityError as exc:
        raise NameTaken("Another custom node of this type is published already") from exc


def _check_name(node_type: str, owner_id: UUID) -> None:
    if builtin_catalogue().newest(node_type) is not None or node_type == "note":
        raise NameTaken("A node type of this name comes with Heddle")
    mine = CustomNode.objects.filter(node_type=node_type, owner_id=owner_id, is_deleted=False)
    if mine.exists() or _is_known_of_others(node_type, owner_id):
        raise NameTaken("There is a custom node of this type already")


def _is_known_of_others(node_type: str, owner_id: UUID) -> bool:
    """Whether somebody else's node of this type was ever approved: then workflows may mean that one."""
    approved = CustomNodeVersion.objects.filter(node__node_type=node_type, is_approved=True)
    return approved.exclude(node__owner_id=owner_id).exists()


def _keep(node: CustomNode, number: int, source: Source, works: bool, report: list[dict[str, Any]]) -> None:
    said: Declaration = source.declaration
    CustomNodeVersion.objects.create(
        node=node, number=number, name=said.name, category=said.category, code=source.code,
        declaration=said.model_dump(mode="json"), is_validated=works, test_report=report,
    )  # fmt: skip
