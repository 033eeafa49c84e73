"""Which model this installation embeds by, told without loading it: what every process may know."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Known:
    """A model's name, as it stands beside its vectors, and how many tokens of a text it reads."""

    name: str
    most_tokens: int


MODELS = {"onnx": Known("onnx:all-MiniLM-L6-v2-int8", 256)}


def current() -> Known:
    return MODELS[settings.EMBEDDING_PROVIDER]
