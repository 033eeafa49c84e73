"""How long files live and how many there may be.

A file belongs to the run that made it, and to each run that was given it: a retry that took over a row, a run started
with it. It goes when the last of them goes. An upload that no run was given and no workflow names goes after a day.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum

from core.errors import TooLarge
from core.models import Blob, BlobUse

ORPHANED_AFTER = timedelta(days=1)
SWEPT_AT_ONCE = 500
NAMED = re.compile(rb"/blobs/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/")
LOCK = "SELECT pg_advisory_xact_lock(hashtext('heddle:files'), hashtext(%s))"
SHARE = """
INSERT INTO core_blobuse (blob_id, execution_id)
SELECT id, %(to)s FROM core_blob WHERE execution_id = %(from)s
UNION SELECT blob_id, %(to)s FROM core_blobuse WHERE execution_id = %(from)s
ON CONFLICT DO NOTHING
"""


class StorageFull(TooLarge):
    """An owner's files together are as large as they may be."""

    code = "storage_full"


def used_bytes(owner_id: UUID) -> int:
    """Return how large an owner's files are together."""
    return int(Blob.objects.filter(owner_id=owner_id).aggregate(total=Sum("size_bytes"))["total"] or 0)


def make_room(owner_id: UUID, size_bytes: int) -> None:
    """See that so much more fits, and that no other file of this owner comes between; call it in a transaction.

    Raises: StorageFull.
    """
    quota = settings.STORAGE_QUOTA_BYTES
    if not quota:
        return
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [str(owner_id)])
    used = used_bytes(owner_id)
    if used + size_bytes > quota:
        raise StorageFull("There is no room for this file: delete some", limit_bytes=quota, used_bytes=used)


def named_in(text: bytes) -> set[str]:
    """Return the ids of files whose addresses stand in a text."""
    return {match.decode() for match in NAMED.findall(text)} if b"/blobs/" in text else set()


def given(*, owner_id: UUID, execution_id: UUID, text: bytes, among: Q | None = None) -> None:
    """Note that a run was given the files that a text names, as far as they are its owner's, and `among` those."""
    named = named_in(text)
    if named:
        rows = Blob.objects.filter(owner_id=owner_id, pk__in=named)
        known = (rows if among is None else rows.filter(among)).values_list("pk", flat=True).distinct()
        uses = [BlobUse(blob_id=pk, execution_id=execution_id) for pk in known]
        BlobUse.objects.bulk_create(uses, ignore_conflicts=True)


def share(*, source: UUID, target: UUID) -> None:
    """Note that a run refers to whatever another one refers to."""
    with connection.cursor() as cursor:
        cursor.execute(SHARE, {"from": source, "to": target})


@transaction.atomic
def release(execution_ids: Collection[UUID]) -> None:
    """Remove the files of runs that are gone; what another run refers to goes over to that one."""
    BlobUse.objects.filter(execution_id__in=execution_ids).delete()
    uses = BlobUse.objects.filter(blob_id=OuterRef("pk"))
    theirs = Blob.objects.filter(execution_id__in=execution_ids)
    theirs.filter(~Exists(uses)).delete()
    theirs.update(execution_id=Subquery(uses.order_by("id").values("execution_id")[:1]))


def _orphans(now: datetime) -> QuerySet[Blob]:
    """Return uploads that no run was given for a day."""
    rows = Blob.objects.filter(execution_id=None, is_swept=True, created_at__lt=now - ORPHANED_AFTER)
    return rows.filter(~Exists(BlobUse.objects.filter(blob_id=OuterRef("pk"))))


def owners_of_orphans(now: datetime) -> list[UUID]:
    return list(_orphans(now).order_by("owner_id").values_list("owner_id", flat=True).distinct())


def remove_orphans(owner_id: UUID, named: Collection[UUID], now: datetime) -> int:
    """Remove an owner's uploads that no run was given and that are not named elsewhere; returns how many went."""
    mine = _orphans(now).filter(owner_id=owner_id).exclude(pk__in=named)
    chosen = list(mine.order_by("created_at").values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    _, by_model = _orphans(now).filter(pk__in=chosen).delete()
    return by_model.get("core.Blob", 0)


def runs_of(blob: Blob) -> set[UUID]:
    """Return the runs that refer to a file."""
    users = set(BlobUse.objects.filter(blob=blob).values_list("execution_id", flat=True))
    return users | ({blob.execution_id} if blob.execution_id else set())
