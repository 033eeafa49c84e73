"""Answers from numbered places: what a model is told, and which places its sentences name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.text.for_models import enclosed
from nodes.language_models import Message

NOT_THERE = "NOT_IN_THE_DOCUMENTS"
RULES = (
    "Answer the question from the numbered passages alone. Behind each sentence name the passages that it rests on, as "
    f"[1] or [2][3]. Use nothing else that you know. If the passages do not hold the answer, write {NOT_THERE} and "
    "nothing else. Answer in the language of the question."
)
MARK = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
SENTENCE_END = re.compile(r"(?<=[.!?])(?:\s*\[[\d,\s]+\])*\s+|\n+")


def messages(question: str, places: Sequence[Mapping[str, Any]], system: str = "") -> list[Message]:
    """Return what a model is asked. Passages are foreign text: they are marked as data."""
    told = [(_source(number, place), str(place["text"])) for number, place in enumerate(places, 1)]
    return [
        Message("system", f"{RULES}\n\n{system}" if system else RULES),
        Message("user", f"{enclosed(told)}\n\nQuestion: {question}"),
    ]


def _source(number: int, place: Mapping[str, Any]) -> str:
    page = f", page {place['page']}" if place.get("page") else ""
    return f"passage {number}: {place['document_name']}{page}"


def answer_of(text: str, places: Sequence[Mapping[str, Any]]) -> tuple[str | None, list[dict[str, Any]]]:
    """Return an answer and whom it cites, (None, []) where the passages do not hold one.

    Marks that name no passage are left out of the text. A citation is {"n", "document_id", "document_name", "page",
    "chunk_index", "sentences": [the sentences that name it]}.
    """
    if NOT_THERE in text or not text.strip():
        return None, []
    clean = MARK.sub(lambda found: "".join(f"[{n}]" for n in _numbers(found[1], len(places))), text).strip()
    cited: dict[int, list[str]] = {}
    for sentence in _sentences(clean):
        for found in MARK.finditer(sentence):
            words = " ".join(MARK.sub("", sentence).split())
            for n in _numbers(found[1], len(places)):
                if words not in cited.setdefault(n, []):
                    cited[n].append(words)
    names = ("document_id", "document_name", "page", "chunk_index")
    made = [{"n": n, **{name: places[n - 1].get(name) for name in names}, "sentences": cited[n]} for n in sorted(cited)]
    return clean, made


def _numbers(text: str, most: int) -> list[int]:
    return [n for part in text.split(",") if 1 <= (n := int(part)) <= most]


def _sentences(text: str) -> list[str]:
    """Return sentences, each with the marks that stand behind it."""
    found, begin = list[str](), 0
    for end in SENTENCE_END.finditer(text):
        found.append(text[begin : end.end()])
        begin = end.end()
    return [*found, text[begin:]]
