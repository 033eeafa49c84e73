"""Clear values: made just before use, in the owner's name, and kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from core.errors import Missing
from core.sealing import CannotUnseal, KeyRing
from credentials.models import Credential


class CredentialMissing(Missing):
    """No such credential, or somebody else's."""

    code = "credential_missing"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    type: str
    fields: dict[str, str]


@lru_cache(maxsize=1)
def key_ring() -> KeyRing:
    return KeyRing(settings.CREDENTIAL_KEYS)


def place_of(owner_id: UUID, credential_id: UUID, field: str) -> str:
    """Return what a sealed value is bound to: copied to another row, it cannot be opened."""
    return f"credential:{owner_id}:{credential_id}:{field}"


def seal(credential: Credential, field: str, clear: str) -> dict[str, object]:
    return key_ring().seal(clear, place_of(credential.owner_id, credential.pk, field))


def reveal(*, owner_id: UUID, credential_id: str) -> Secret:
    """Return a credential's fields in clear. Raises: CredentialMissing."""
    try:
        credential = Credential.objects.get(pk=UUID(credential_id), owner_id=owner_id)
        opened = {
            field: key_ring().open(blob, place_of(owner_id, credential.pk, field))
            for field, blob in credential.sealed.items()
        }
    except (Credential.DoesNotExist, ValueError) as exc:
        if isinstance(exc, CannotUnseal):
            raise CredentialMissing("The credential cannot be opened with the keys of this installation") from exc
        raise CredentialMissing("The credential does not exist") from exc
    Credential.objects.filter(pk=credential.pk).update(last_used_at=timezone.now())
    return Secret(credential.type, {**credential.data, **opened})
