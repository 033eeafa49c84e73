"""A new key for what is sealed: data keys are sealed again by the first key of the ring, values stay as they are.

Online and resumable: each credential is its own transaction under its row lock, and what still names an old key is
found again by the next run. A writer that saves old blobs meanwhile leaves them for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from core.accounts import two_factor
from core.models import SecondFactor
from core.secrets.sealing import CannotUnseal, key_ring
from credentials import kept
from credentials.models import Credential, KeptSecret
from credentials.vault import place_of

BATCH = 200
_OLD = """
SELECT id FROM credentials_credential c
WHERE id > %(after)s AND EXISTS (SELECT FROM jsonb_each(c.sealed) f WHERE f.value->>'key' <> %(current)s)
ORDER BY id LIMIT %(batch)s
"""


@dataclass(slots=True)
class Rotated:
    """How much was sealed again, and the ids of what no key of the ring opens."""

    done: int
    broken: list[UUID]


def rotate(*, dry_run: bool = False) -> Rotated:
    """Seal all credentials by the current key, in order of their ids."""
    found = Rotated(0, [])
    after = UUID(int=0)
    while ids := _old_after(after):
        for credential_id in ids:
            if dry_run:
                found.done += 1
                continue
            try:
                found.done += _rewrap(credential_id)
            except CannotUnseal:
                found.broken.append(credential_id)
        after = ids[-1]
    _rotate_second_factors(found, dry_run=dry_run)
    _rotate_kept(found, dry_run=dry_run)
    return found


def _rotate_second_factors(found: Rotated, *, dry_run: bool) -> None:
    """Seal the secrets of second factors by the current key too."""
    ring = key_ring()
    for user_id in SecondFactor.objects.exclude(sealed__key=ring.current).values_list("pk", flat=True):
        if dry_run:
            found.done += 1
            continue
        with transaction.atomic():
            row = SecondFactor.objects.select_for_update().select_related("user").filter(pk=user_id).first()
            if row is None:
                continue
            try:
                row.sealed = ring.rewrapped(row.sealed, two_factor.place_of(row.user))
            except CannotUnseal:
                found.broken.append(user_id)
                continue
            row.save(update_fields=["sealed"])
            found.done += 1


def _rotate_kept(found: Rotated, *, dry_run: bool) -> None:
    """Seal the secrets that were made here by the current key too."""
    ring = key_ring()
    for secret_id in KeptSecret.objects.exclude(sealed__key=ring.current).values_list("pk", flat=True):
        if dry_run:
            found.done += 1
            continue
        with transaction.atomic():
            row = KeptSecret.objects.select_for_update().filter(pk=secret_id).first()
            if row is None:
                continue
            try:
                row.sealed = ring.rewrapped(row.sealed, kept.place_of(row))
            except CannotUnseal:
                found.broken.append(secret_id)
                continue
            row.save(update_fields=["sealed"])
            found.done += 1


def _old_after(after: UUID) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_OLD, {"after": after, "current": key_ring().current, "batch": BATCH})
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def _rewrap(credential_id: UUID) -> int:
    credential = Credential.objects.select_for_update().filter(pk=credential_id).first()
    if credential is None:
        return 0
    ring = key_ring()
    sealed = {
        field: ring.rewrapped(blob, place_of(credential.owner_id, credential.pk, field))
        for field, blob in credential.sealed.items()
    }
    Credential.objects.filter(pk=credential_id).update(sealed=sealed)
    return 1
