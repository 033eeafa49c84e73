"""How documents are cut, and by which model their chunks are found: when this changes they are read anew."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from inference.embeddings import naming

READERS = 1  # raised when readers find something else in the same file
ROOM_FOR_HEADINGS = 26  # tokens, with the marks at both ends


@dataclass(frozen=True, slots=True)
class Cut:
    model: str
    size: int  # tokens
    overlap: int

    def __str__(self) -> str:
        return f"{self.model}|{self.size}|{self.overlap}|{READERS}"


def wanted() -> Cut:
    """Return how documents are cut now: as the operator says, and no larger than the model reads."""
    model = naming.current()
    size = max(min(settings.CHUNK_TOKENS, model.most_tokens - ROOM_FOR_HEADINGS), 1)
    return Cut(model.name, size, min(settings.CHUNK_OVERLAP_TOKENS, size // 5))
