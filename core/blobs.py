"""Stored files. The bytes lie in PostgreSQL in chunks, so that every worker sees them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from core.errors import Missing, TooLarge
from core.json import loads
from core.models import Blob, BlobChunk

CHUNK_BYTES = 1024 * 1024


class BlobMissing(Missing):
    """No such file, or somebody else's."""


@transaction.atomic
def save(*, owner_id: UUID, content: bytes, file_name: str, mime_type: str, execution_id: UUID | None = None) -> Blob:
    """Store a file. Raises: TooLarge."""
    if len(content) > settings.BLOB_MAX_BYTES:
        raise TooLarge("The file is too large", limit_bytes=settings.BLOB_MAX_BYTES)
    blob = Blob.objects.create(
        owner_id=owner_id,
        execution_id=execution_id,
        file_name=(file_name or "file").replace("\x00", "")[-255:],
        mime_type=(mime_type or "application/octet-stream").replace("\x00", "")[:127],
        size_bytes=len(content),
    )
    BlobChunk.objects.bulk_create(
        BlobChunk(blob=blob, number=at // CHUNK_BYTES, content=content[at : at + CHUNK_BYTES])
        for at in range(0, len(content), CHUNK_BYTES)
    )
    return blob


def reference(blob: Blob) -> dict[str, Any]:
    """Return the wire form of a file."""
    return {
        "id": str(blob.pk),
        "file_name": blob.file_name,
        "mime_type": blob.mime_type,
        "size_bytes": blob.size_bytes,
        "url": f"/api/orchestrator/blobs/{blob.pk}/",
    }


def find(*, owner_id: UUID, blob_id: str) -> Blob:
    """Return a file of this owner. Raises: BlobMissing."""
    try:
        return Blob.objects.get(pk=UUID(str(blob_id)), owner_id=owner_id)
    except (Blob.DoesNotExist, ValueError) as exc:
        raise BlobMissing("There is no such file") from exc


def load(*, owner_id: UUID, blob_id: str) -> bytes:
    """Return a file's bytes. Raises: BlobMissing."""
    blob = find(owner_id=owner_id, blob_id=blob_id)
    return b"".join(bytes(content) for content in blob.chunks.order_by("number").values_list("content", flat=True))


def of_executions(*, owner_id: UUID, ids: Collection[str], execution_ids: Sequence[UUID]) -> set[str]:
    """Return which of some ids are JSON values that these executions stored."""
    wanted = [found for found in map(_uuid_of, ids) if found is not None]
    found = Blob.objects.filter(
        pk__in=wanted, owner_id=owner_id, execution_id__in=execution_ids, mime_type="application/json"
    )
    return {str(pk) for pk in found.values_list("pk", flat=True)}


def _uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def put_back(*, owner_id: UUID, outputs: dict[str, Any], place: Sequence[Any]) -> None:
    """Put a value that was stored as a file back where a reference stands for it. Raises: BlobMissing."""
    handle, at, name = place
    json = outputs[handle][at]["json"]
    json[name] = loads(load(owner_id=owner_id, blob_id=json[name]["$blob"]["id"]))


def resolved(*, owner_id: UUID, outputs: dict[str, Any], places: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Return outputs with the values at some places put back that were stored as files. Raises: BlobMissing."""
    made = {handle: [{**item, "json": dict(item["json"])} for item in items] for handle, items in outputs.items()}
    for place in places:
        put_back(owner_id=owner_id, outputs=made, place=place)
    return made
