"""Secrets that are made here and agreed with another service: sealed as credentials are, and shown to nobody."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from uuid import UUID

from core.secrets.sealing import CannotUnseal, key_ring
from credentials.models import KeptSecret

BYTES = 32


def place_of(secret: KeptSecret) -> str:
    """Return what a kept secret is bound to."""
    return f"kept:{secret.owner_id}:{secret.pk}"


def make(owner_id: UUID) -> UUID:
    """Make a secret nobody knows yet."""
    row = KeptSecret(owner_id=owner_id)
    row.sealed = key_ring().seal(secrets.token_urlsafe(BYTES), place_of(row))
    row.save(force_insert=True)
    return row.pk


def opened(secret_ids: Sequence[UUID]) -> list[str]:
    """Return secrets in clear, in the order asked for; those that are gone or cannot be opened are left out."""
    rows = {row.pk: row for row in KeptSecret.objects.filter(pk__in=secret_ids)}
    found: list[str] = []
    for row in (rows[one] for one in secret_ids if one in rows):
        try:
            found.append(key_ring().open(row.sealed, place_of(row)))
        except CannotUnseal:
            continue
    return found


def forget(secret_ids: Sequence[UUID]) -> None:
    """Remove secrets."""
    KeptSecret.objects.filter(pk__in=secret_ids).delete()
