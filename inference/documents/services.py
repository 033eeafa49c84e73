"""What changes documents."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core.access import reach
from core.errors import Forbidden, Invalid
from core.ids import new_id
from core.models import AuditEntry, User
from core.outbox import queue
from core.storage import blob_lifetime, blobs
from core.values.lines import one_line
from inference.documents import changes, indexing, selectors
from inference.documents.formats import mime_type_of
from inference.documents.models import PLATFORM, PROCESSING, Document


def add(
    *,
    actor: User,
    content: bytes,
    file_name: str,
    said_type: str,
    name: str | None,
    tags: Sequence[str],
    document_id: UUID | None = None,
) -> Document:
    """Keep a file as a document. Raises: Invalid, UnsupportedMediaType, TooLarge, StorageFull."""
    if not content:
        raise Invalid("The file is empty.", field="file", reason="empty")
    mime_type = mime_type_of(file_name=file_name, said=said_type, content=content)
    content_hash = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        blob = blobs.save(
            owner_id=actor.pk, content=content, file_name=file_name, mime_type=mime_type, uploaded_by=actor.pk,
            is_swept=False,
        )  # fmt: skip
        document = Document.objects.create(
            id=document_id or new_id(),
            owner_id=actor.pk,
            blob=blob,
            name=name or one_line(blob.file_name, 255) or "file",
            mime_type=mime_type,
            size_bytes=len(content),
            content_hash=content_hash,
            tags=tags,
        )
        indexing.ask_to_read(document)
        _note(actor, document, "create", {"name": document.name})
        return selectors.find(actor, document.pk)


@transaction.atomic
def update(*, actor: User, document_id: UUID, fields: Mapping[str, Any]) -> Document:
    """Change the name or the tags. Raises: DocumentMissing, ReadOnly."""
    document = selectors.changeable(actor, document_id)
    changed = [name for name in ("name", "tags") if name in fields and getattr(document, name) != fields[name]]
    for name in changed:
        setattr(document, name, fields[name])
    if changed:
        document.save(update_fields=changed)
        _note(actor, document, "update", {"fields": changed})
    return document


@transaction.atomic
def share(*, actor: User, document_id: UUID, scope: str) -> Document:
    """Let everybody read a document, or its owner alone. Raises: DocumentMissing, Forbidden, ReadOnly."""
    document = selectors.locked(actor, document_id)
    if scope == PLATFORM and not actor.is_staff:
        raise Forbidden("Only staff share documents with everybody")
    if not actor.is_staff and not reach.is_of_account(actor.pk, document):
        raise selectors.ReadOnly("This document is shared with you: only its owner and staff take it back")
    if document.scope != scope:
        _note(actor, document, "share", {"scope": [document.scope, scope]})
        document.scope = scope
        document.save(update_fields=["scope"])
        changes.note(document, was_shared=True)
    return document


@transaction.atomic
def read_anew(*, actor: User, document_id: UUID) -> Document:
    """Have a document read once more. Raises: DocumentMissing, ReadOnly."""
    document = selectors.changeable(actor, document_id)
    document.status, document.error, document.progress = PROCESSING, None, 0
    document.save(update_fields=["status", "error", "progress"])
    indexing.ask_to_read(document)
    _note(actor, document, "read", {"name": document.name})
    return document


@transaction.atomic
def delete(*, actor: User, document_id: UUID) -> None:
    """Remove a document; its bytes stay while a run that was given them refers to them.

    Raises: DocumentMissing, ReadOnly.
    """
    document = selectors.changeable(actor, document_id)
    blob = document.blob
    _note(actor, document, "delete", {"name": document.name})
    queue.drop(indexing.key_of(document.pk))
    changes.note(document)
    document.delete()
    if blob_lifetime.runs_of(blob):
        blob.is_swept = True
        blob.save(update_fields=["is_swept"])
    else:
        blob.delete()


def _note(actor: User, document: Document, action: str, changes: Mapping[str, Any]) -> None:
    """Write into the audit log what somebody did to a document."""
    AuditEntry.objects.create(
        at=timezone.now(), user_id=actor.pk, owner_id=document.owner_id, action=f"document.{action}",
        object_type="document", object_id=str(document.pk), changes=dict(changes),
    )  # fmt: skip
