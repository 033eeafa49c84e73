"""Which rows somebody sees, and what he may do to one.

A row has the account it belongs to (`owner_id`) and, most of them, the workflow it is of. Where somebody has a role on
that workflow by name, the role alone counts; else what is of his account is his. So runs that a workflow made before
it changed hands follow it: whoever handed it over has the role that was left to him, or none.

Lists ask once for the actor's roles and filter by plain values, so that they stay on the tables' indexes; one row is
found together with the actor's role in one statement.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery

from core.access.roles import Role, RoleRequired, in_force
from core.errors import Missing
from core.models import Collaborator, User


class SharedRow(Model):
    """A row of a workflow that people may have roles on; its table has the column `owner_id`."""

    my_role: str | None = None  # that of who asked by `one`, "" where it was taken away; not a column

    class Meta:
        abstract = True


Row = TypeVar("Row", bound=Model)
Shared = TypeVar("Shared", bound=SharedRow)


def of_account(account_id: UUID, column: str = "owner_id") -> Q:
    """Return the condition that a row is of this account, whoever else may see it."""
    return Q(**{column: account_id})


def is_of_account(account_id: UUID | None, row: object) -> bool:
    """Whether a row is of this account, whoever else may see it."""
    return account_id is not None and getattr(row, "owner_id", None) == account_id


def roles_of(actor: User) -> dict[UUID, Role | None]:
    """Return the roles a user has by name, by workflow; None where one was taken from who had handed it over."""
    rows = Collaborator.objects.filter(user_id=actor.pk, accepted_at__isnull=False)
    return {workflow_id: in_force(role) for workflow_id, role in rows.values_list("workflow_id", "role")}


def reached(actor: User, *, workflow: str = "workflow_id", least: Role = Role.VIEWER) -> Q:
    """Return the condition that a user has at least this role on a row; `workflow` is the column of its workflow."""
    roles = roles_of(actor)
    own = of_account(actor.pk)
    if not roles:
        return own
    enough = _enough(roles, least)
    own &= ~Q(**{f"{workflow}__in": list(roles)})
    return own | Q(**{f"{workflow}__in": enough}) if enough else own


def workflows_reached(actor: User, *, least: Role) -> list[UUID]:
    """Return the workflows on which a user has at least this role by name."""
    return _enough(roles_of(actor), least)


def has_editors(workflow_ids: Iterable[UUID]) -> bool:
    """Whether anybody but the owner may change one of these workflows, or could where shared editing is turned on."""
    rows = Collaborator.objects.filter(workflow_id__in=list(workflow_ids), accepted_at__isnull=False)
    return rows.filter(role=Role.EDITOR).exists()


def _enough(roles: dict[UUID, Role | None], least: Role) -> list[UUID]:
    return [workflow_id for workflow_id, role in roles.items() if role is not None and role.includes(least)]


def visible(
    rows: QuerySet[Row], actor: User, *, workflow: str = "workflow_id", least: Role = Role.VIEWER
) -> QuerySet[Row]:
    """Return those rows that a user sees, or has at least this role on."""
    return rows.filter(reached(actor, workflow=workflow, least=least))


def owned(rows: QuerySet[Row], actor: User, *, column: str = "owner_id", staff_sees_all: bool = False) -> QuerySet[Row]:
    """Return rows of things that are not shared by roles: a user's own, and for staff all where that is meant."""
    return rows if staff_sees_all and actor.is_staff else rows.filter(of_account(actor.pk, column))


def one(
    rows: QuerySet[Shared], actor: User, pk: object, *, missing: str, workflow: str = "workflow_id",
    needs: Role = Role.OWNER,
) -> Shared:  # fmt: skip
    """Return a row by its id, with the actor's role on it as `my_role`.

    Raises: Missing where he does not see it, RoleRequired where he sees it and may not do this.
    """
    named = Collaborator.objects.filter(
        user_id=actor.pk, accepted_at__isnull=False, workflow_id=OuterRef(workflow)
    ).values("role")
    row = rows.annotate(my_role=Subquery(named[:1])).filter(pk=pk).first()
    role = None if row is None else role_on(actor, row)
    if row is None or role is None:
        raise Missing(missing)
    if not role.includes(needs):
        raise RoleRequired(needs=needs, has=role)
    row.my_role = role
    return row


def role_on(actor: User, row: SharedRow) -> Role | None:
    """Return the role that `one` found somebody to have on a row; of other rows, whether they are of his account."""
    if row.my_role is not None:
        return in_force(row.my_role)
    return Role.OWNER if is_of_account(actor.pk, row) else None


def may(actor: User, row: SharedRow, needs: Role) -> bool:
    """Whether somebody may do to a row that `one` found what needs this role."""
    role = role_on(actor, row)
    return role is not None and role.includes(needs)


def role_shown(row: SharedRow, roles: dict[UUID, Role | None] | None = None, *, workflow: str = "pk") -> str:
    """Return the role that was found for somebody on a workflow, or on a row whose column `workflow` names one.

    `roles` are those of `roles_of`, for lists.
    """
    return str(row.my_role or (roles or {}).get(getattr(row, workflow)) or Role.OWNER)
