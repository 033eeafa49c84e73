"""How well and how fast documents are found: our own pages, asked the questions of `questions.tsv`.

A line holds a question, the page that answers it, and the heading below which the answer stands. Many questions share no
word with it.
"""

from __future__ import annotations

import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from django.utils import timezone

from core.accounts import people
from core.models import User
from core.outbox.kinds import Later, Row
from inference.documents import indexing, services
from inference.documents.models import Chunk
from inference.documents.reading.chunks import BETWEEN
from inference.embeddings import asking
from inference.search import searching, words
from inference.search.searching import Asked
from workflow_backend.supervisor.stack import CELERY, INFERENCE, QUIETLY

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = Path(__file__).parent / "questions.tsv"
LEFT_OUT = {"permissions.md", "definition.md", "benchmarks.md"}  # tables without sentences, and what this writes
HIT, DEPTH = 5, 10
TIMED = 100


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    page: str
    heading: str

    def is_answered_by(self, page: str, headings: str) -> bool:
        return page == self.page and headings.rpartition(BETWEEN)[2] == self.heading


def figures() -> dict[str, float]:
    """Return the figures; it takes a minute or two."""
    program = [sys.executable, "-m", *CELERY, "worker", "-n", "inference@bench", *INFERENCE, *QUIETLY]
    with subprocess.Popen(program, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        try:
            asking.embed(["ready"], deadline_s=60)
            user = people.register(
                email=f"bench-{secrets.token_hex(4)}@example.org", password=secrets.token_urlsafe(16), tier="enterprise"
            )
            return _read_all(user) | _found(user)
        finally:
            process.terminate()


def pages() -> Iterator[Path]:
    for path in sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]):
        if path.name not in LEFT_OUT and path != ROOT / "docs" / "README.md":
            yield path


def _read_all(user: User) -> dict[str, float]:
    begun = time.monotonic()
    for path in pages():
        made = services.add(
            actor=user, content=path.read_bytes(), file_name=path.name, said_type="", name=path.name, tags=[]
        )
        _read(user, made.pk)
    count = Chunk.objects.filter(document__owner_id=user.pk).count()
    return {"rag_passages": count, "embed_chunks_per_s": count / (time.monotonic() - begun)}


def _read(user: User, document_id: UUID) -> None:
    payload = {"document_id": str(document_id), "cut": None}
    while True:
        row = Row(uuid4(), indexing.READ, user.pk, payload, None, 1, 0, 1, timezone.now())
        later = indexing.read_row(row)
        if not isinstance(later, Later):
            return
        payload = dict(later.payload or {})


def _found(user: User) -> dict[str, float]:
    questions = [Question(*line.split("\t")) for line in QUESTIONS.read_text().splitlines()]
    ways: dict[str, Callable[[str], Sequence[tuple[str, str]]]] = {
        "": lambda text: _both(user, text),
        "_meaning": lambda text: _meaning(user, text),
        "_words": lambda text: _words(user, text),
    }
    found: dict[str, float] = {"rag_questions": len(questions)}
    for name, way in ways.items():
        ranks = [_rank(question, way(question.text)) for question in questions]
        found[f"rag_hit5{name}"] = sum(0 < rank <= HIT for rank in ranks) / len(ranks)
        found[f"rag_mrr{name}"] = statistics.fmean(1 / rank if rank else 0 for rank in ranks)
    taken = []
    for question in questions[:TIMED]:
        begun = time.perf_counter()
        searching.search(user, Asked(question.text))
        taken.append((time.perf_counter() - begun) * 1000)
    return {**found, "query_p50_ms": statistics.median(taken)}


def _rank(question: Question, found: Sequence[tuple[str, str]]) -> int:
    return next((at for at, place in enumerate(found, 1) if question.is_answered_by(*place)), 0)


def _both(user: User, text: str) -> list[tuple[str, str]]:
    found = searching.search(user, Asked(text, top_k=DEPTH, min_score=0)).results
    return [(place.document_name, place.headings) for place in found]


def _meaning(user: User, text: str) -> list[tuple[str, str]]:
    order = {"query": text, "count": DEPTH, "key": str(user.pk), "document_ids": None}
    head, _ = asking.asked(searching.SEARCH, order, deadline_s=20)
    return _places([chunk for chunk, _ in head["nearest"]])


def _words(user: User, text: str) -> list[tuple[str, str]]:
    documents = dict(searching.readable(user, Asked(text)).values_list("pk", "chunk_count"))
    terms = words.words_of(text, list(documents), sum(documents.values()))
    return _places(list(words.matching(terms, list(documents), DEPTH)))


def _places(chunks: Sequence[int]) -> list[tuple[str, str]]:
    rows = {chunk.pk: chunk for chunk in Chunk.objects.select_related("document").filter(pk__in=chunks)}
    return [(rows[one].document.name, rows[one].headings) for one in chunks]
