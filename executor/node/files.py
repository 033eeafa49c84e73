"""Files of a running node: kept in storage, as its run's owner's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.errors import TooLarge
from core.storage import blobs
from executor.node import files_named
from executor.node.providing import InDatabase, Provider, Services
from nodes.base import NodeFailed


def provider(services: Services) -> Provider:
    """Return what gives nodes the installation's storage."""
    return Provider(lambda caller: NodeFiles(caller.owner_id, caller.execution_id, services.in_database))


@dataclass(slots=True)
class NodeFiles:
    owner_id: UUID
    execution_id: str | None
    in_database: InDatabase

    async def save(self, content: bytes, *, file_name: str, mime_type: str) -> dict[str, Any]:
        (reference,) = await self.save_all([blobs.NewFile.named(content, file_name, mime_type)])
        return reference

    async def save_all(self, files: Sequence[blobs.NewFile]) -> list[dict[str, Any]]:
        """Store files, all of them or none. Raises: NodeFailed."""
        try:
            await self.in_database(
                blobs.save_all, owner_id=self.owner_id, files=files,
                execution_id=UUID(self.execution_id) if self.execution_id else None,
            )  # fmt: skip
        except TooLarge as exc:
            raise NodeFailed("file_too_large" if exc.code == TooLarge.code else exc.code, exc.message) from exc
        return [file.reference() for file in files]

    async def load(self, reference: Mapping[str, Any]) -> bytes:
        try:
            return bytes(
                await self.in_database(
                    files_named.load, owner_id=self.owner_id, blob_id=str(reference.get("id", "")),
                    execution_id=UUID(self.execution_id) if self.execution_id else None,
                )
            )  # fmt: skip
        except blobs.BlobMissing as exc:
            raise NodeFailed("file_missing", str(exc)) from exc
