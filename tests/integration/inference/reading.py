"""Documents of tests: uploaded over REST, and read as a worker's outbox does it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import OutboxRow
from core.outbox.kinds import Later, Row
from inference.documents import indexing

BASE = "/api/inference/documents/"


def upload(api: APIClient, content: bytes | str, name: str = "a.txt", /, **fields: Any) -> dict[str, Any]:
    raw = content.encode() if isinstance(content, str) else content
    reply = api.post(BASE, {"file": SimpleUploadedFile(name, raw), **fields}, format="multipart")
    assert reply.status_code == 202, reply.content
    made: dict[str, Any] = reply.json()
    return made


def read(document_id: str, *, turns: int = 1000) -> int:
    """Do a document's row until it is done, or so many turns of it; returns how many there were."""
    row = OutboxRow.objects.get(key=indexing.key_of(UUID(document_id)))
    payload: Any = dict(row.payload)
    for turn in range(1, turns + 1):
        asked = Row(row.pk, row.kind, row.owner_id, payload, row.key, 1, 0, 1, timezone.now())
        later = indexing.read_row(asked)
        if not isinstance(later, Later):
            row.delete()
            return turn
        payload = later.payload
    return turns


def indexed(api: APIClient, content: bytes | str, name: str = "a.txt", /, **fields: Any) -> dict[str, Any]:
    """Upload a document and have it read; returns what it is then."""
    made = upload(api, content, name, **fields)
    read(made["id"])
    found: dict[str, Any] = api.get(f"{BASE}{made['id']}/").json()
    return found


def search(api: APIClient, query: str, **fields: Any) -> list[dict[str, Any]]:
    reply = api.post("/api/inference/rag/search/", {"query": query, **fields}, format="json")
    assert reply.status_code == 200, reply.content
    found: list[dict[str, Any]] = reply.json()["results"]
    return found
