"""How a document becomes searchable: a row of the outbox reads it, embeds its chunks in slices, and publishes them.

    pending ─ read apart ─▶ processing: chunks without vectors ─ slices ─▶ all have one ─ publish ─▶ indexed
       └──────────── Unreadable, or what the embedding provider refuses ────────────────▶ failed, with a sentence

Chunks of a new version are found from the moment they are published, in the transaction that removes the ones before:
a document that is read anew has no gap. A crash anywhere begins the turn again; vectors that were written stay.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core.clock import database_now
from core.outbox import queue
from core.outbox.kinds import Kind, Later, Outcome, Row, in_thread
from core.process.ticks import alone
from core.storage import blobs
from inference.documents import changes
from inference.documents.cutting import Cut, wanted
from inference.documents.models import FAILED, INDEXED, PENDING, PROCESSING, Chunk, Document
from inference.documents.reading import apart
from inference.documents.reading.blocks import Unreadable
from inference.embeddings import asking
from inference.embeddings.port import EmbeddingFailed
from inference.embeddings.vectors import packed

logger = logging.getLogger(__name__)
READ = "documents.read"
AT_ONCE = 16  # texts in one order: who asks a question waits behind one at most
SLICE_S = 15.0  # then another document may have the place
DEADLINE_S = 60.0
AWAY_S = 5  # the process of the models is not there: look again
READ_PERCENT = 5
OUTDATED_AT_ONCE = 100
TROUBLE = "This document could not be read: something of ours failed. Read it anew, or ask who runs this server."


def ask_to_read(document: Document, *, only_if_new: bool = False) -> None:
    """Have a document read, in the transaction of what makes that necessary."""
    queue.add(
        READ, owner_id=document.owner_id, payload={"document_id": str(document.pk), "cut": None},
        key=key_of(document.pk), only_if_new=only_if_new,
    )  # fmt: skip


def ask_for_outdated() -> None:
    """Have documents read that are cut otherwise than they would be now, some at a time.

    So are those whose row has ended without a word, as one does whose worker was lost again and again.
    """
    is_otherwise = Q(status__in=(PENDING, INDEXED)) & (~Q(cut=str(wanted())) | Q(cut=None))
    outdated = Document.objects.filter(is_otherwise | Q(status=PROCESSING))
    for document in outdated.order_by("created_at")[:OUTDATED_AT_ONCE]:
        alone(partial(ask_to_read, document, only_if_new=True))


def key_of(document_id: UUID) -> str:
    return f"document:{document_id}"


def read_row(row: Row) -> Outcome:
    """Do the next part; the row comes back while there is more."""
    document_id, cut = UUID(row.payload["document_id"]), wanted()
    try:
        if row.payload["cut"] != str(cut):
            return _again(row, cut) if _read(document_id, cut) else None
        if _embed_slice(document_id, cut):
            return _again(row, cut)
        _publish(document_id, cut)
    except Unreadable as exc:
        _fail(document_id, str(exc))
    except asking.InferenceAway:
        return Later(database_now() + timedelta(seconds=AWAY_S), dict(row.payload))
    except Exception as exc:
        said = str(exc) if isinstance(exc, EmbeddingFailed) else TROUBLE
        may_pass = not isinstance(exc, EmbeddingFailed) or exc.retryable
        if may_pass and KINDS[0].pause_s(row.attempts) is not None:
            raise  # the row comes again
        _fail(document_id, said)
        if may_pass:
            raise
    return None


def _again(row: Row, cut: Cut) -> Later:
    return Later(database_now(), {**row.payload, "cut": str(cut)})


def _read(document_id: UUID, cut: Cut) -> bool:
    """Store the chunks of a document's next version; returns False where the document is gone."""
    document = Document.objects.select_related("blob").filter(pk=document_id).first()
    if document is None:
        return False
    Document.objects.filter(pk=document_id).update(status=PROCESSING, error=None, progress=0)
    found = apart.read(blobs.content_of(document.blob), document.mime_type, size=cut.size, overlap=cut.overlap)
    if not found:
        raise Unreadable("This document holds no text.")
    with transaction.atomic():
        if not Document.objects.select_for_update().filter(pk=document_id, version=document.version).exists():
            return False
        Chunk.objects.filter(document_id=document_id).exclude(version=document.version).delete()
        Chunk.objects.bulk_create(
            (
                Chunk(
                    document_id=document_id, owner_id=document.owner_id, version=document.version + 1, number=number,
                    headings=chunk.headings, text=chunk.text, page=chunk.page, tokens=chunk.tokens, model=cut.model,
                )
                for number, chunk in enumerate(found)
            ),
            batch_size=500,
        )  # fmt: skip
        Document.objects.filter(pk=document_id).update(progress=READ_PERCENT)
    return True


def _embed_slice(document_id: UUID, cut: Cut) -> bool:
    """Give some chunks their vectors; returns whether some have none yet."""
    end = time.monotonic() + SLICE_S
    waiting = Chunk.objects.filter(document_id=document_id, is_live=False, vector=None)
    while time.monotonic() < end:
        batch = list(waiting.order_by("number")[:AT_ONCE])
        if not batch:
            return False
        _embed(batch, cut)
        _tell_progress(document_id)
    return waiting.exists()


def _embed(batch: Sequence[Chunk], cut: Cut) -> None:
    given = asking.embed([text_of(chunk) for chunk in batch], deadline_s=DEADLINE_S, is_patient=True)
    if given.model != cut.model:
        said = f"The server embeds by {given.model}, and was to embed by {cut.model}"
        raise EmbeddingFailed(said, retryable=True)  # one of another release, while a new one comes
    for chunk, vector in zip(batch, given.vectors, strict=True):
        chunk.vector = packed(vector)
    Chunk.objects.bulk_update(batch, ["vector"])


def text_of(chunk: Chunk) -> str:
    """Return what is embedded: a passage says more under its headings."""
    return f"{chunk.headings}\n{chunk.text}" if chunk.headings else chunk.text


def _tell_progress(document_id: UUID) -> None:
    fresh = Chunk.objects.filter(document_id=document_id, is_live=False)
    whole, done = fresh.count(), fresh.exclude(vector=None).count()
    percent = READ_PERCENT + (100 - READ_PERCENT) * done // max(whole, 1)
    Document.objects.filter(pk=document_id, status=PROCESSING).update(progress=percent)


@transaction.atomic
def _publish(document_id: UUID, cut: Cut) -> None:
    """Let the new version be found, and no other."""
    document = Document.objects.select_for_update().filter(pk=document_id).first()
    if document is None:
        return
    version = document.version + 1
    count = Chunk.objects.filter(document_id=document_id, version=version).update(is_live=True)
    if not count:
        return
    Chunk.objects.filter(document_id=document_id).exclude(version=version).delete()
    changed: dict[str, Any] = {
        "version": version, "cut": str(cut), "status": INDEXED, "error": None, "progress": 100, "chunk_count": count,
        "indexed_at": timezone.now(),
    }  # fmt: skip
    Document.objects.filter(pk=document_id).update(**changed)
    changes.note(document)


@transaction.atomic
def _fail(document_id: UUID, sentence: str) -> None:
    """Say why a document is not read. What was found of it before stays."""
    Chunk.objects.filter(document_id=document_id, is_live=False).delete()
    Document.objects.filter(pk=document_id).update(status=FAILED, error=sentence, progress=0)


KINDS = (Kind(READ, "documents", in_thread(read_row), limit_s=300),)
