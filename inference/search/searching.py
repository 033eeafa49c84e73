"""Search in the documents that somebody may read."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from core.access import reach
from core.errors import Invalid
from core.models import User
from inference.documents import selectors
from inference.documents.models import PLATFORM, Chunk, Document
from inference.embeddings import asking
from inference.embeddings.vectors import Vector, similarity, unpacked
from inference.search import fusion, words

FILE, LIBRARY = "file", "library"
LEVELS = (FILE, LIBRARY, PLATFORM)
SEARCH = "inference.search"
MOST_QUERY = 4000  # characters
MOST_RESULTS = 50
CANDIDATES = 60  # of each half, at least
DEADLINE_S = 20.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and where its answer may stand."""

    query: str
    level: str = LIBRARY
    document_id: UUID | None = None
    top_k: int = 5
    min_score: float = 0.3
    tags: Sequence[str] = ()
    created_after: datetime | None = None
    created_before: datetime | None = None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.level == FILE or self.tags or self.created_after or self.created_before)


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of a document that was found; `highlights` says from where to where words of the question stand."""

    document_id: UUID
    document_name: str
    chunk_index: int
    page: int | None
    headings: str
    text: str
    score: float
    highlights: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Found:
    results: list[Place]
    took_ms: int


def search(actor: User, asked: Asked) -> Found:
    """Return the best places. Raises: Invalid, DocumentMissing, InferenceAway, EmbeddingFailed."""
    begun = time.monotonic()
    documents = dict(readable(actor, asked).values_list("pk", "chunk_count"))
    results = _found(actor, asked, documents) if documents else []
    return Found(results, round((time.monotonic() - begun) * 1000))


def readable(actor: User, asked: Asked) -> QuerySet[Document]:
    """Return the documents that a question is about: no others count, in the result or on the way to it."""
    rows = selectors.visible_to(actor).filter(version__gt=0)
    if asked.level == FILE:
        if asked.document_id is None:
            raise Invalid("Say which document.", field="document_id", reason="required")
        rows = rows.filter(pk=selectors.find(actor, asked.document_id).pk)
    else:
        rows = rows.filter(Q(scope=PLATFORM) if asked.level == PLATFORM else reach.of_account(actor.pk))
    if asked.tags:
        rows = rows.filter(tags__overlap=list(asked.tags))
    if asked.created_after:
        rows = rows.filter(created_at__gt=asked.created_after)
    if asked.created_before:
        rows = rows.filter(created_at__lt=asked.created_before)
    return rows


def _found(actor: User, asked: Asked, documents: Mapping[UUID, int]) -> list[Place]:
    ids = list(documents)
    order = asking.begin(SEARCH, _order(actor, asked, ids), deadline_s=DEADLINE_S)
    terms = words.words_of(asked.query, ids, sum(documents.values()))
    by_words = words.matching(terms, ids, CANDIDATES)
    head, question = order.answer()
    cosines = {int(chunk): float(near) for chunk, near in head["nearest"]}
    if question:
        cosines |= _cosines(unpacked(question), head["model"], by_words.keys() - cosines.keys())
    lifted = {**words.shares(terms, list(cosines.keys() - by_words.keys())), **by_words}
    best = fusion.best(cosines, lifted, count=asked.top_k, min_score=asked.min_score)
    return _places(actor, asked, terms, best)


def _order(actor: User, asked: Asked, ids: Sequence[UUID]) -> dict[str, Any]:
    """Return what the process of the indexes is asked; somebody else's document is looked for in what is shared."""
    is_own = asked.level == LIBRARY
    if asked.level == FILE:
        is_own = Document.objects.filter(reach.of_account(actor.pk), pk=ids[0]).exists()
    return {
        "query": asked.query, "count": max(CANDIDATES, 2 * asked.top_k), "key": str(actor.pk) if is_own else PLATFORM,
        "document_ids": [str(one) for one in ids] if asked.is_narrowed else None,
    }  # fmt: skip


def _cosines(question: Vector, model: str, chunks: set[int]) -> dict[int, float]:
    """Return how near chunks are that were found by words alone."""
    rows = Chunk.objects.filter(pk__in=chunks, model=model).exclude(vector=None).values_list("pk", "vector")
    return {chunk: similarity(question, unpacked(bytes(vector))) for chunk, vector in rows if vector is not None}


def _places(actor: User, asked: Asked, terms: words.Words, best: Sequence[tuple[int, float]]) -> list[Place]:
    """Read what was found, as it is now: what was deleted or is no longer shared meanwhile is left out."""
    seen = readable(actor, asked).values("pk")
    rows = Chunk.objects.select_related("document").filter(pk__in=[one for one, _ in best], is_live=True)
    chunks = {chunk.pk: chunk for chunk in rows.filter(document__in=seen)}
    marked = words.highlights(terms, list(chunks))
    return [
        Place(
            document_id=chunk.document_id, document_name=chunk.document.name, chunk_index=chunk.number,
            page=chunk.page, headings=chunk.headings, text=chunk.text, score=round(score, 4),
            highlights=marked.get(chunk.pk, []),
        )
        for one, score in best
        if (chunk := chunks.get(one)) is not None
    ]  # fmt: skip
