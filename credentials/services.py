"""What changes credentials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from core.errors import Conflict, Invalid, Missing
from credentials import vault
from credentials.models import Credential, CredentialUse
from credentials.types import TYPES


class NameTaken(Conflict):
    code = "name_taken"


class CredentialInUse(Conflict):
    code = "credential_in_use"


def find(*, owner_id: UUID, credential_id: UUID) -> Credential:
    """Return a credential of this owner. Raises: Missing."""
    credential = Credential.objects.filter(pk=credential_id, owner_id=owner_id).first()
    if credential is None:
        raise Missing("There is no such credential")
    return credential


UNCHANGED: Any = object()


def create(
    *, owner_id: UUID, name: str, type: str, data: Mapping[str, Any], rate_limit: Mapping[str, Any] | None = None
) -> Credential:
    """Store a credential. Raises: Invalid for unknown or missing fields, NameTaken."""
    if type not in TYPES:
        raise Invalid("There is no such credential type.", field="type", reason="invalid_choice")
    credential = Credential(owner_id=owner_id, name=name, type=type)
    _limit(credential, rate_limit)
    _fill(credential, data)
    return _save(credential)


def update(
    *,
    credential: Credential,
    name: str | None = None,
    data: Mapping[str, Any] | None = None,
    rate_limit: Mapping[str, Any] | None = UNCHANGED,
) -> Credential:
    """Change the given fields; null clears one. Raises: Invalid, NameTaken."""
    if rate_limit is not UNCHANGED:
        _limit(credential, rate_limit)
    if name is not None:
        credential.name = name
    if data is not None:
        _fill(credential, data)
        credential.verified = False
    return _save(credential)


def delete(*, credential: Credential, force: bool) -> None:
    """Remove a credential. Raises: CredentialInUse while an active workflow needs it."""
    active = credential.uses.filter(is_deployed=True).values_list("workflow_id", flat=True).distinct()
    if active and not force:
        raise CredentialInUse("Active workflows use this credential", workflow_ids=[str(each) for each in active])
    credential.delete()


@transaction.atomic
def note_uses(*, workflow_id: UUID, owner_id: UUID, uses: Iterable[tuple[str, str, str]], is_deployed: bool) -> None:
    """Write down which nodes use which credentials: (node id, slot, credential id)."""
    CredentialUse.objects.filter(workflow_id=workflow_id, is_deployed=is_deployed).delete()
    known = {str(pk): pk for pk in Credential.objects.filter(owner_id=owner_id).values_list("pk", flat=True)}
    CredentialUse.objects.bulk_create(
        CredentialUse(
            credential_id=known[key], workflow_id=workflow_id, node_id=node_id, slot=slot, is_deployed=is_deployed
        )
        for node_id, slot, key in uses
        if key in known
    )


def types_of(*, owner_id: UUID) -> dict[str, str]:
    """Return the type of each credential of an owner, by id."""
    return {str(pk): kind for pk, kind in Credential.objects.filter(owner_id=owner_id).values_list("pk", "type")}


def _limit(credential: Credential, limit: Mapping[str, Any] | None) -> None:
    credential.rate_max = limit["max"] if limit else None
    credential.rate_per_s = limit["per_s"] if limit else None


def _fill(credential: Credential, data: Mapping[str, Any]) -> None:
    fields = {field.name: field for field in TYPES[credential.type].fields}
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
            elif value:
                if field.secret:
                    sealed[name] = vault.seal(credential, name, value)
                else:
                    plain[name] = value
        if field.required and name not in plain and name not in sealed:
            errors.append({"field": f"data.{name}", "code": "required", "message": "This field is needed."})
    if errors:
        raise Invalid(f"{len(errors)} fields are wrong", errors=errors)
    credential.data, credential.sealed = plain, sealed


def _save(credential: Credential) -> Credential:
    try:
        with transaction.atomic():
            credential.save()
    except IntegrityError as exc:
        raise NameTaken("You have a credential of this name already") from exc
    return credential
