"""Which model this installation embeds by, told without loading it: what every process may know."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Known:
    """A model's name, as it stands beside its vectors, and how many tokens of a text it reads."""

    name: str
    most_tokens: int


BUILT_IN = {"onnx": Known("onnx:all-MiniLM-L6-v2-int8", 256)}


def current() -> Known:
    """Return the model of the settings; one behind a wire is told apart by its provider and name."""
    provider = settings.EMBEDDING_PROVIDER
    return BUILT_IN.get(provider) or Known(f"{provider}:{settings.EMBEDDING_MODEL}"[:100], settings.EMBEDDING_TOKENS)
