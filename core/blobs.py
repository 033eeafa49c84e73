"""Stored files. The bytes lie in PostgreSQL in chunks, so that every worker sees them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from core.errors import Missing, TooLarge
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


def resolved(*, owner_id: UUID, outputs: dict[str, Any]) -> dict[str, Any]:
    """Return outputs with the values that were stored aside put back."""

    def value_of(value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("$blob"), dict):
            return orjson.loads(load(owner_id=owner_id, blob_id=value["$blob"]["id"]))
        return value

    return {
        handle: [{**item, "json": {name: value_of(value) for name, value in item["json"].items()}} for item in items]
        for handle, items in outputs.items()
    }
