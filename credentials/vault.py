"""Clear values: made just before use, in the name of somebody who may use them, and kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.errors import Missing
from core.secrets.sealing import CannotUnseal, key_ring
from credentials import access, selectors
from credentials.access import Visitor
from credentials.models import Credential


class CredentialMissing(Missing):
    """No such credential, or somebody else's."""

    code = "credential_missing"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A credential in clear. `secrets` are the values of `fields` that nobody may see."""

    id: UUID
    type: str
    fields: dict[str, str]
    secrets: frozenset[str]
    expires_at: datetime | None = None


def place_of(owner_id: UUID, credential_id: UUID, field: str) -> str:
    """Return what a sealed value is bound to: copied to another row, it cannot be opened."""
    return f"credential:{owner_id}:{credential_id}:{field}"


def seal(credential: Credential, field: str, clear: str) -> dict[str, object]:
    return key_ring().seal(clear, place_of(credential.owner_id, credential.pk, field))


def opened(credential: Credential) -> Secret:
    """Return a credential's fields in clear. Raises: CredentialMissing."""
    try:
        clear = {
            field: key_ring().open(blob, place_of(credential.owner_id, credential.pk, field))
            for field, blob in credential.sealed.items()
        }
    except CannotUnseal as exc:
        raise CredentialMissing("The credential cannot be opened with the keys of this installation") from exc
    return Secret(
        credential.pk, credential.type, {**credential.data, **clear}, frozenset(clear.values()),
        credential.token_expires_at,
    )  # fmt: skip


def look(*, owner_id: UUID, credential_id: str) -> Secret:
    """Return a credential in clear and write nothing down: for callers who have yet to show that they know it.

    Whoever let one in notes the use. Raises: CredentialMissing.
    """
    known = _uuid(credential_id)
    credential = Credential.objects.filter(pk=known).first() if known is not None else None
    if credential is None or not selectors.may_use(credential, owner_id):
        raise CredentialMissing("The credential does not exist")
    return opened(credential)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def reveal(*, owner_id: UUID, credential_id: str, visitor: Visitor | None = None) -> Secret:
    """Return a credential's fields in clear, for its owner or whom it is shared with; the log says so.

    Raises: CredentialMissing.
    """
    visitor = visitor or Visitor(owner_id)
    try:
        credential = Credential.objects.get(pk=UUID(credential_id))
    except (Credential.DoesNotExist, ValueError) as exc:
        raise CredentialMissing("The credential does not exist") from exc
    if not selectors.may_use(credential, owner_id):
        access.note("denied", credential, visitor)
        raise CredentialMissing("The credential does not exist")
    secret = opened(credential)
    access.note_use(credential.pk, visitor)
    return secret
