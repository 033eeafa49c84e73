"""What changes credentials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from core.access import reach
from core.errors import Conflict, Invalid
from core.outbox import queue
from credentials import access, selectors, vault
from credentials.access import Visitor
from credentials.catalogue import TYPES
from credentials.models import Credential, CredentialUse
from credentials.placing import hosts_of


class NameTaken(Conflict):
    code = "name_taken"


class CredentialInUse(Conflict):
    code = "credential_in_use"


UNCHANGED: Any = object()
CHANGED = "credential_changed"  # a row of the outbox, for those who use it while nothing runs


@transaction.atomic
def create(
    *,
    owner_id: UUID,
    name: str,
    type: str,
    data: Mapping[str, Any],
    rate_limit: Mapping[str, Any] | None = None,
    visitor: Visitor | None = None,
) -> Credential:
    """Store a credential. Raises: Invalid for unknown or missing fields, NameTaken."""
    if type not in TYPES:
        raise Invalid("There is no such credential type.", field="type", reason="invalid_choice")
    credential = Credential(owner_id=owner_id, name=name, type=type)
    _limit(credential, rate_limit)
    _fill(credential, data)
    save(credential)
    access.note("create", credential, visitor or Visitor(owner_id))
    return credential


@transaction.atomic
def update(
    *,
    credential: Credential,
    name: str | None = None,
    data: Mapping[str, Any] | None = None,
    rate_limit: Mapping[str, Any] | None = UNCHANGED,
    visitor: Visitor | None = None,
) -> Credential:
    """Change the given fields; null clears one. Raises: Invalid, NameTaken."""
    credential = Credential.objects.select_for_update().get(pk=credential.pk)
    if rate_limit is not UNCHANGED:
        _limit(credential, rate_limit)
    if name is not None:
        credential.name = name
    if data is not None:
        was_bounded = is_bounded(credential)
        _fill(credential, data)
        credential.verified, credential.last_error = False, None
        _tell(credential)
        if not is_bounded(credential):
            _check_unbounded(credential, was_bounded)
    save(credential)
    access.note("update", credential, visitor or Visitor(credential.owner_id))
    return credential


@transaction.atomic
def delete(*, credential: Credential, visitor: Visitor, force: bool) -> None:
    """Remove a credential. Raises: CredentialInUse while an active workflow needs it."""
    active = credential.uses.filter(is_deployed=True).values_list("workflow_id", flat=True).distinct()
    if active and not force:
        raise CredentialInUse("Active workflows use this credential", workflow_ids=[str(each) for each in active])
    access.note("delete", credential, visitor)
    _tell(credential)
    credential.delete()


def _tell(credential: Credential) -> None:
    payload, key = {"credential_id": str(credential.pk)}, f"{CHANGED}:{credential.pk}"
    queue.add(CHANGED, owner_id=credential.owner_id, payload=payload, key=key)


def _check_unbounded(credential: Credential, was_bounded: bool) -> None:
    """Refuse to let a credential go anywhere where others choose what is called with it. Raises: Invalid."""
    if credential.shares.exists():
        raise Invalid("It is shared, so it must say which hosts it is for.", field="data.allowed_hosts")
    if was_bounded and reach.has_editors(credential.uses.values_list("workflow_id", flat=True)):
        message = "Others edit a workflow that uses it, so it must say which hosts it is for."
        raise Invalid(message, field="data.allowed_hosts")


def is_bounded(credential: Credential) -> bool:
    """Tell whether a credential can be lent without being given away: it goes to named hosts, or into no request."""
    kind = TYPES.get(credential.type)
    return kind is not None and (not kind.places or bool(hosts_of(kind, credential.data)))


def unbounded_uses(*, owner_id: UUID, workflow_id: UUID | None = None) -> dict[UUID, set[str]]:
    """Return which credentials of an account, or lent to it, may go to any host and stand in nodes, by workflow."""
    usable = selectors.usable_by(owner_id).filter(type__in=[kind.slug for kind in TYPES.values() if kind.places])
    uses = CredentialUse.objects.all() if workflow_id is None else CredentialUse.objects.filter(workflow_id=workflow_id)
    used = usable.filter(pk__in=uses.values("credential_id"))
    uses = uses.filter(credential_id__in=[row.pk for row in used if not is_bounded(row)])
    found: dict[UUID, set[str]] = {}
    for used_in, credential_id in uses.values_list("workflow_id", "credential_id"):
        found.setdefault(used_in, set()).add(str(credential_id))
    return found


@transaction.atomic
def note_uses(*, workflow_id: UUID, owner_id: UUID, uses: Iterable[tuple[str, str, str]], is_deployed: bool) -> None:
    """Write down which nodes use which credentials: (node id, slot, credential id)."""
    CredentialUse.objects.filter(workflow_id=workflow_id, is_deployed=is_deployed).delete()
    known = {str(pk): pk for pk in selectors.usable_by(owner_id).values_list("pk", flat=True)}
    CredentialUse.objects.bulk_create(
        CredentialUse(
            credential_id=known[key], workflow_id=workflow_id, node_id=node_id, slot=slot, is_deployed=is_deployed
        )
        for node_id, slot, key in uses
        if key in known
    )


def used_without(*, owner_id: UUID, workflow_id: UUID) -> int:
    """Return how many credentials stand in the nodes of a workflow that an account may not use."""
    named = CredentialUse.objects.filter(workflow_id=workflow_id)
    lacking = named.exclude(credential_id__in=selectors.usable_by(owner_id).values("pk"))
    return lacking.values("credential_id").distinct().count()


def types_of(*, owner_id: UUID) -> dict[str, str]:
    """Return the type of each credential somebody may use, by id."""
    return {str(pk): kind for pk, kind in selectors.usable_by(owner_id).values_list("pk", "type")}


def hosts_named(*, owner_id: UUID, ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return where those of these credentials that somebody may use may be sent, by id; empty: anywhere."""
    kinds = {slug: kind for slug, kind in TYPES.items() if kind.places}
    wanted = [one for one in map(_as_id, ids) if one is not None]
    rows = selectors.usable_by(owner_id).filter(pk__in=wanted, type__in=kinds) if wanted else ()
    return {str(row.pk): hosts_of(kinds[row.type], row.data) for row in rows}


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _limit(credential: Credential, limit: Mapping[str, Any] | None) -> None:
    credential.rate_max = limit["max"] if limit else None
    credential.rate_per_s = limit["per_s"] if limit else None


def _fill(credential: Credential, data: Mapping[str, Any]) -> None:
    fields = {field.name: field for field in TYPES[credential.type].fields if not field.managed}
    errors = [
        {"field": f"data.{name}", "code": "unknown", "message": "This field is not known."}
        for name in data
        if name not in fields
    ]
    plain, sealed = dict(credential.data), dict(credential.sealed)
    for name, field in fields.items():
        if name in data:
            plain.pop(name, None)
            sealed.pop(name, None)
            value = data[name]
            if value is not None and not isinstance(value, str):
                errors.append({"field": f"data.{name}", "code": "invalid", "message": "This must be text."})
            elif value and "\x00" in value:
                errors.append({"field": f"data.{name}", "code": "invalid", "message": "Null characters are refused."})
            elif value and field.options and value not in field.options:
                message = f"One of: {', '.join(field.options)}."
                errors.append({"field": f"data.{name}", "code": "invalid_choice", "message": message})
            elif value:
                if field.secret:
                    sealed[name] = vault.seal(credential, name, value)
                else:
                    plain[name] = value
        if field.required and field.default is None and name not in plain and name not in sealed:
            errors.append({"field": f"data.{name}", "code": "required", "message": "This field is needed."})
    if errors:
        raise Invalid(f"{len(errors)} fields are wrong", errors=errors)
    credential.data, credential.sealed = plain, sealed


def save(credential: Credential) -> Credential:
    """Store a credential. Raises: NameTaken."""
    try:
        with transaction.atomic():
            credential.save()
    except IntegrityError as exc:
        raise NameTaken("You have a credential of this name already") from exc
    return credential
