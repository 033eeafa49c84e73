"""How well a text answers a search, without a model: words, their beginnings, and words written almost alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

VECTOR_SHARE, TEXT_SHARE = 0.6, 0.4
LEAST = 0.15  # a lower score answers nothing
ALIKE = 0.45  # of the trigrams of two words
_WORD = re.compile(r"[^\W_]+")
_STOP = frozenset(
    [
        "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "i", "if", "in", "into", "is",
        "it", "its", "me", "my", "of", "on", "or", "our", "that", "the", "their", "them", "then", "they", "this", "to",
        "was", "we", "when", "where", "which", "who", "will", "with", "you", "your",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a template, each with the weight of the best place it stands in."""

    weights: Mapping[str, float]


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters without accents; those that say nothing are left out."""
    plain = unicodedata.normalize("NFKD", text[:20_000].casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return [_stem(word) for word in _WORD.findall(plain) if word not in _STOP]


def _stem(word: str) -> str:
    """Return a word without the endings of plurals and of verbs."""
    for ending in ("ies", "ing", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word


def weighed(places: Iterable[tuple[str, float]]) -> Words:
    """Return the words of some texts: (text, weight)."""
    weights: dict[str, float] = {}
    for text, weight in places:
        for word in words_of(text):
            weights[word] = max(weight, weights.get(word, 0))
    return Words(weights)


class Search:
    """One search over many templates: each word of theirs is compared once."""

    def __init__(self, query: str) -> None:
        self._wanted = list(dict.fromkeys(words_of(query[:500])))[:20]
        self._known: dict[str, list[float]] = {}

    def score(self, words: Words) -> float:
        """Return how well these words answer, from 0 to 1."""
        if not self._wanted:
            return 0.0
        best = [0.0] * len(self._wanted)
        for word, weight in words.weights.items():
            for number, likeness in enumerate(self._likenesses(word)):
                if likeness * weight > best[number]:
                    best[number] = likeness * weight
        return sum(best) / len(best)

    def _likenesses(self, word: str) -> list[float]:
        found = self._known.get(word)
        if found is None:
            found = self._known[word] = [_likeness(wanted, word) for wanted in self._wanted]
        return found


def _likeness(wanted: str, word: str) -> float:
    if wanted == word:
        return 1.0
    if len(wanted) >= 3 and word.startswith(wanted):
        return 0.85
    if len(word) >= 4 and wanted.startswith(word):
        return 0.7
    ours, theirs = _trigrams(wanted), _trigrams(word)
    shared = len(ours & theirs) / len(ours | theirs)
    return 0.9 * shared if shared >= ALIKE else 0.0


@lru_cache(maxsize=20_000)
def _trigrams(word: str) -> frozenset[str]:
    padded = f"  {word} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))


def mixed(text: float, meaning: float | None) -> float:
    """Return the score of an answer: 60 % meaning and 40 % text; where no model could be asked, text alone."""
    return text if meaning is None else VECTOR_SHARE * max(meaning, 0.0) + TEXT_SHARE * text
