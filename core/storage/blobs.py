"""Stored files. The bytes lie in PostgreSQL in chunks, so that every worker sees them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import transaction

from core.errors import Missing, TooLarge
from core.ids import new_id
from core.json import loads_own, lossy_text
from core.models import Blob, BlobChunk
from core.storage import blob_lifetime

CHUNK_BYTES = 1024 * 1024
ANYTHING = "application/octet-stream"


class Upload(Protocol):
    """A file that was sent."""

    name: str | None
    content_type: str | None

    def read(self) -> bytes: ...


class BlobMissing(Missing):
    """No such file, or somebody else's."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is to be stored together with what refers to it."""

    content: bytes
    file_name: str
    mime_type: str
    id: UUID = field(default_factory=new_id)

    @classmethod
    def of(cls, upload: Upload) -> NewFile:
        return cls.named(upload.read(), upload.name, upload.content_type)

    @classmethod
    def named(cls, content: bytes, file_name: str | None, mime_type: str | None) -> NewFile:
        """Return a file by a name and a type as they may be kept."""
        return cls(content, _clean(file_name, "file")[-255:], _clean(mime_type, ANYTHING)[:127])

    def reference(self) -> dict[str, Any]:
        """Return the wire form that it will have."""
        return _wire(self.id, self.file_name, self.mime_type, len(self.content))

    def store(self, *, owner_id: UUID, execution_id: UUID | None) -> None:
        """Store it. Raises: TooLarge, StorageFull."""
        save(
            owner_id=owner_id, content=self.content, file_name=self.file_name, mime_type=self.mime_type,
            execution_id=execution_id, blob_id=self.id,
        )  # fmt: skip


@transaction.atomic
def save(
    *, owner_id: UUID, content: bytes, file_name: str, mime_type: str, execution_id: UUID | None = None,
    blob_id: UUID | None = None, uploaded_by: UUID | None = None, is_swept: bool = True,
) -> Blob:  # fmt: skip
    """Store a file; one that is not `is_swept` stays though no run names it. Raises: TooLarge, StorageFull."""
    if len(content) > settings.BLOB_MAX_BYTES:
        raise TooLarge("The file is too large", limit_bytes=settings.BLOB_MAX_BYTES)
    blob_lifetime.make_room(owner_id, len(content))
    blob = Blob.objects.create(
        id=blob_id or new_id(),
        owner_id=owner_id,
        execution_id=execution_id,
        file_name=_clean(file_name, "file")[-255:],
        mime_type=_clean(mime_type, ANYTHING)[:127],
        size_bytes=len(content),
        uploaded_by_id=uploaded_by,
        is_swept=is_swept,
    )
    for at in range(0, len(content), CHUNK_BYTES):  # a statement each: one with all takes ten times their size
        BlobChunk.objects.create(blob=blob, number=at // CHUNK_BYTES, content=content[at : at + CHUNK_BYTES])
    return blob


@transaction.atomic
def save_all(*, owner_id: UUID, files: Sequence[NewFile], execution_id: UUID | None) -> None:
    """Store files, all of them or none. Raises: TooLarge, StorageFull."""
    for file in files:
        file.store(owner_id=owner_id, execution_id=execution_id)


def _clean(text: str | None, otherwise: str) -> str:
    return lossy_text(text or otherwise)


def reference(blob: Blob) -> dict[str, Any]:
    """Return the wire form of a file."""
    return _wire(blob.pk, blob.file_name, blob.mime_type, blob.size_bytes)


def _wire(blob_id: UUID, file_name: str, mime_type: str, size_bytes: int) -> dict[str, Any]:
    return {
        "id": str(blob_id),
        "file_name": file_name,
        "mime_type": mime_type,
        "size_bytes": size_bytes,
        "url": f"/api/orchestrator/blobs/{blob_id}/",
    }


def find(*, owner_id: UUID, blob_id: str) -> Blob:
    """Return a file of this owner. Raises: BlobMissing."""
    try:
        return Blob.objects.get(pk=UUID(str(blob_id)), owner_id=owner_id)
    except (Blob.DoesNotExist, ValueError) as exc:
        raise BlobMissing("There is no such file") from exc


def load(*, owner_id: UUID, blob_id: str) -> bytes:
    """Return a file's bytes. Raises: BlobMissing."""
    return content_of(find(owner_id=owner_id, blob_id=blob_id))


def content_of(blob: Blob) -> bytes:
    """Return a file's bytes."""
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
    json[name] = loads_own(load(owner_id=owner_id, blob_id=json[name]["$blob"]["id"]))


def resolved(*, owner_id: UUID, outputs: dict[str, Any], places: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Return outputs with the values at some places put back that were stored as files. Raises: BlobMissing."""
    made = {handle: [{**item, "json": dict(item["json"])} for item in items] for handle, items in outputs.items()}
    for place in places:
        put_back(owner_id=owner_id, outputs=made, place=place)
    return made
