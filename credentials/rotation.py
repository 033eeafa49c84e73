"""A new key for what is sealed: data keys are sealed again by the first key of the ring, values stay as they are.

Online and resumable: each credential is its own transaction under its row lock, and what still names an old key is
found again by the next run. A writer that saves old blobs meanwhile leaves them for that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from core.accounts import two_factor
from core.models import SecondFactor
from core.secrets.sealing import CannotUnseal, key_ring
from credentials import kept, variables
from credentials.models import Credential, KeptSecret, Variable
from credentials.vault import place_of

BATCH = 200
Sealed = TypeVar("Sealed", SecondFactor, KeptSecret, Variable)
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
    factors = SecondFactor.objects.select_related("user")
    _rotate_each(found, factors, lambda row: two_factor.place_of(row.user), dry_run=dry_run)
    _rotate_each(found, KeptSecret.objects.all(), kept.place_of, dry_run=dry_run)
    _rotate_each(found, Variable.objects.filter(sealed__isnull=False), variables.place_of, dry_run=dry_run)
    return found


def _rotate_each(found: Rotated, rows: QuerySet[Sealed], place: Callable[[Sealed], str], *, dry_run: bool) -> None:
    """Seal rows with one sealed value each by the current key too."""
    ring = key_ring()
    for pk in rows.exclude(sealed__key=ring.current).values_list("pk", flat=True):
        if dry_run:
            found.done += 1
            continue
        with transaction.atomic():
            row = rows.select_for_update(of=("self",)).filter(pk=pk).first()
            if row is None:
                continue
            try:
                row.sealed = ring.rewrapped(row.sealed or {}, place(row))
            except CannotUnseal:
                found.broken.append(pk)
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
