"""Chunks that hold the words of a question: by PostgreSQL's full text, rare words counting more than common ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

MOST_WORDS = 24
COMMON = 0.2  # of the chunks: who holds only words that so many hold is no candidate by words
FEW = 200  # chunks; below, no word is common
BEGIN, END = "\x01", "\x02"  # around what `ts_headline` marks
_LEXEMES = "SELECT lexeme FROM unnest(to_tsvector('english', %(query)s)) LIMIT %(most)s"
_COUNTS = """
SELECT term, (
    SELECT count(*) FROM documents_chunk c
    WHERE c.is_live AND c.document_id = ANY(%(documents)s) AND c.words @@ term::tsquery
) FROM unnest(%(terms)s::text[]) AS term
"""
_MATCHES = """
SELECT c.id, sum(w.weight) AS share FROM documents_chunk c
JOIN unnest(%(terms)s::text[], %(weights)s::float8[]) AS w (term, weight) ON c.words @@ w.term::tsquery
WHERE c.is_live AND c.document_id = ANY(%(documents)s) AND c.words @@ %(any)s::tsquery
GROUP BY c.id ORDER BY share DESC, c.id LIMIT %(count)s
"""
_SHARES = """
SELECT c.id, sum(w.weight) FROM documents_chunk c
JOIN unnest(%(terms)s::text[], %(weights)s::float8[]) AS w (term, weight) ON c.words @@ w.term::tsquery
WHERE c.id = ANY(%(chunks)s) GROUP BY c.id
"""
_MARKED = r"""
SELECT c.id, ts_headline('english', translate(c.text, E'\x01\x02', ''), %(any)s::tsquery,
    E'HighlightAll=true, StartSel=\x01, StopSel=\x02')
FROM documents_chunk c WHERE c.id = ANY(%(chunks)s)
"""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a question, each as a term of PostgreSQL's, with its weight; all weights are at most 1 together."""

    weights: Mapping[str, float]

    @property
    def asked(self) -> dict[str, Any]:
        terms = list(self.weights)
        return {"terms": terms, "weights": list(self.weights.values()), "any": " | ".join(terms)}


def words_of(query: str, documents: Sequence[UUID], chunk_count: int) -> Words:
    """Return the words that tell chunks of some documents apart. A word that none of them holds weighs most."""
    with connection.cursor() as cursor:
        cursor.execute(_LEXEMES, {"query": query.replace("\x00", ""), "most": MOST_WORDS})
        terms = [_quoted(row[0]) for row in cursor.fetchall()]
        if not terms or not documents:
            return Words({})
        cursor.execute(_COUNTS, {"documents": list(documents), "terms": terms})
        counts: dict[str, int] = dict(cursor.fetchall())
    rarity = {one: math.log(1 + (chunk_count - counts[one] + 0.5) / (counts[one] + 0.5)) for one in terms}
    whole = sum(rarity.values()) or 1
    return Words({one: value / whole for one, value in rarity.items() if not _is_common(counts[one], chunk_count)})


def _is_common(count: int, chunk_count: int) -> bool:
    return chunk_count > FEW and count > COMMON * chunk_count


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def matching(words: Words, documents: Sequence[UUID], count: int) -> dict[int, float]:
    """Return which share of a question's words the best chunks hold, by weight, from 0 to 1."""
    return _shares(_MATCHES, {**words.asked, "documents": list(documents), "count": count}) if words.weights else {}


def shares(words: Words, chunks: Sequence[int]) -> dict[int, float]:
    """Return the same share for given chunks; those that hold no word are left out."""
    return _shares(_SHARES, {**words.asked, "chunks": list(chunks)}) if words.weights and chunks else {}


def _shares(statement: str, asked: dict[str, Any]) -> dict[int, float]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return {chunk: float(share) for chunk, share in cursor.fetchall()}


def highlights(words: Words, chunks: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """Return where the words stand in the texts of chunks: (first character, the one behind the last)."""
    if not words.weights or not chunks:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_MARKED, {"any": words.asked["any"], "chunks": list(chunks)})
        return {chunk: _places(marked) for chunk, marked in cursor.fetchall()}


def _places(marked: str) -> list[tuple[int, int]]:
    found, at, begun = list[tuple[int, int]](), 0, 0
    for character in marked:
        if character == BEGIN:
            begun = found.pop()[0] if found and found[-1][1] == at else at  # parts of one, as in `A-17`
        elif character == END:
            found.append((begun, at))
        else:
            at += 1
    return found
