"""One score of two: how near a chunk's meaning is to the question, and how many of its words the chunk holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

WORDS_WEIGHT = 0.3


def score(cosine: float, share: float) -> float:
    """Return a score from 0 to 1: the cosine, lifted towards 1 by the share of the question's words.

    Words never lower a score, and a few common ones lift a weak chunk by little: reciprocal ranks, which know no
    strength, let such chunks in and found less than vectors alone.
    """
    near = min(max(cosine, 0.0), 1.0)
    return near + WORDS_WEIGHT * share * (1 - near)


def best(
    cosines: Mapping[int, float], shares: Mapping[int, float], *, count: int, min_score: float
) -> list[tuple[int, float]]:
    """Return (chunk, score) of the best ones, the best first. `cosines` names all candidates."""
    scored: Iterable[tuple[int, float]] = ((one, score(near, shares.get(one, 0.0))) for one, near in cosines.items())
    kept = [(one, value) for one, value in scored if value >= min_score]
    return sorted(kept, key=lambda pair: (-pair[1], pair[0]))[:count]
