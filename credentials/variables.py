"""Variables of accounts and of workflows, which expressions read as `$vars`; secret ones are sealed.

A workflow's own one comes before the account's of the same name. Where anybody but the owner may change a workflow, its
runs get its own alone: else he could read what is the account's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from core.access import reach
from core.access.roles import Role
from core.errors import Conflict, Invalid
from core.json import dumps
from core.models import User
from core.secrets.sealing import CannotUnseal, key_ring
from core.text.scrubbing import SHORTEST
from core.text.sensitive import MASK
from credentials.models import Variable

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
MOST = 500  # of one account
MOST_BYTES = 64 * 1024
MISSING = "There is no such variable"
_ONE_AFTER_ANOTHER = "SELECT pg_advisory_xact_lock(hashtextextended('variables:' || %s, 0))"


class VariableNameTaken(Conflict):
    code = "name_taken"


class TooManyVariables(Conflict):
    code = "too_many_variables"


@dataclass(frozen=True, slots=True)
class Values:
    """What the expressions of a run see, and which of it is secret."""

    by_name: dict[str, Any] = field(default_factory=dict[str, Any])
    secrets: tuple[str, ...] = ()


def place_of(variable: Variable) -> str:
    """Return what a secret value is bound to."""
    return f"variable:{variable.pk}"


def visible_to(actor: User) -> QuerySet[Variable]:
    """Return an actor's own variables, and those of workflows that he has a role on."""
    return reach.visible(Variable.objects.order_by("name", "id"), actor)


def find(actor: User, variable_id: UUID, *, needs: Role) -> Variable:
    """Return a variable. Raises: Missing, RoleRequired."""
    return reach.one(Variable.objects.all(), actor, variable_id, missing=MISSING, needs=needs)


@transaction.atomic
def create(*, owner_id: UUID, workflow_id: UUID | None, name: str, value: Any, is_secret: bool) -> Variable:
    """Keep a variable. Raises: Invalid, VariableNameTaken, TooManyVariables."""
    if not NAME.fullmatch(name):
        raise Invalid("A name begins with a letter or _ and has up to 60 letters, digits and _", field="name")
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AFTER_ANOTHER, [str(owner_id)])
    if Variable.objects.filter(reach.of_account(owner_id)).count() >= MOST:
        raise TooManyVariables(f"An account has at most {MOST} variables", limit=MOST)
    variable = Variable(owner_id=owner_id, workflow_id=workflow_id, name=name)
    _fill(variable, value, is_secret=is_secret)
    return _saved(variable)


@transaction.atomic
def change(*, actor: User, variable_id: UUID, changes: dict[str, Any]) -> Variable:
    """Give a variable another value or name. A secret one stays secret. Raises: Missing, RoleRequired, Invalid."""
    variable = find(actor, variable_id, needs=Role.EDITOR)
    if "name" in changes:
        if not NAME.fullmatch(changes["name"]):
            raise Invalid("A name begins with a letter or _ and has up to 60 letters, digits and _", field="name")
        variable.name = changes["name"]
    is_secret = variable.sealed is not None
    if is_secret and changes.get("is_secret") is False:
        raise Invalid("What is secret stays so: delete the variable and make another one", field="is_secret")
    if "value" in changes:
        _fill(variable, changes["value"], is_secret=is_secret or bool(changes.get("is_secret")))
    elif changes.get("is_secret") and not is_secret:
        _fill(variable, variable.value, is_secret=True)
    return _saved(variable)


def remove(*, actor: User, variable_id: UUID) -> Variable:
    """Remove a variable. Raises: Missing, RoleRequired."""
    variable = find(actor, variable_id, needs=Role.EDITOR)
    Variable.objects.filter(pk=variable.pk).delete()
    return variable


def hand_over(*, workflow_id: UUID, owner_id: UUID) -> None:
    """Give the variables of a workflow to the account that it is of now. Secrets stay behind, as credentials do."""
    Variable.objects.filter(workflow_id=workflow_id, sealed__isnull=False).delete()
    Variable.objects.filter(workflow_id=workflow_id).update(owner_id=owner_id)


def forget_workflow(workflow_id: UUID) -> None:
    """Remove the variables of a workflow."""
    Variable.objects.filter(workflow_id=workflow_id).delete()


def values_for(
    owner_id: UUID, workflow_id: UUID | None, *, is_shown: bool = False, with_account: bool = True
) -> Values:
    """Return the variables that runs of a workflow see; where they are `is_shown` to people, secrets are masked."""
    wanted = Q(workflow_id=workflow_id) if workflow_id is not None else Q(pk=None)
    if with_account and (workflow_id is None or not reach.has_editors([workflow_id])):
        wanted |= Q(workflow_id=None) & reach.of_account(owner_id)
    by_name: dict[str, Any] = {}
    secrets: list[str] = []
    rows = list(Variable.objects.filter(wanted))
    for row in sorted(rows, key=lambda one: (one.workflow_id is not None, one.name)):
        if row.sealed is None:
            by_name[row.name] = row.value
            continue
        if is_shown:
            by_name[row.name] = MASK
            continue
        try:
            clear = key_ring().open(row.sealed, place_of(row))
        except CannotUnseal:
            by_name.pop(row.name, None)
            continue
        by_name[row.name] = clear
        secrets.append(clear)
    return Values(by_name, tuple(secrets))


def secrets_of(owner_id: UUID) -> list[str]:
    """Return all secret values of an account and its workflows, but for those sealed with a lost key."""
    found: list[str] = []
    for row in Variable.objects.filter(reach.of_account(owner_id), sealed__isnull=False):
        try:
            found.append(key_ring().open(row.sealed, place_of(row)))
        except CannotUnseal:
            continue
    return found


def _fill(variable: Variable, value: Any, *, is_secret: bool) -> None:
    if len(dumps(value)) > MOST_BYTES:
        raise Invalid(f"A value has at most {MOST_BYTES // 1024} KiB", field="value", reason="max_length")
    if not is_secret:
        variable.value, variable.sealed = value, None
        return
    if not isinstance(value, str) or len(value) < SHORTEST:
        raise Invalid(f"A secret value is text of at least {SHORTEST} characters", field="value")
    variable.value, variable.sealed = None, key_ring().seal(value, place_of(variable))


def _saved(variable: Variable) -> Variable:
    try:
        with transaction.atomic():
            variable.save()
    except IntegrityError as exc:
        raise VariableNameTaken(f"There is a variable {variable.name!r} already", field="name") from exc
    return variable
