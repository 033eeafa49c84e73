"""Embedding models behind a wire: that of OpenAI, which many servers speak, and that of Ollama."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from core.http.client import ResponseTooLarge, Unreachable
from core.http.once import send
from core.http.requests import HttpAuth, request_of
from core.http.resolve import BlockedAddress
from core.json import NotStorable, dumps_own, loads
from inference.embeddings import naming
from inference.embeddings.port import EmbeddingFailed
from inference.embeddings.vectors import Vector, vector_of

TIMEOUT_S = 50.0
MOST_BYTES = 64 * 2**20
TRY_AGAIN = frozenset({408, 429})


@dataclass(frozen=True, slots=True)
class Wire:
    """Where texts are sent below a server's address, and how vectors are read from what it answers."""

    path: str
    read: Callable[[Any], Sequence[Sequence[float]]]


def _of_openai(answer: Any) -> Sequence[Sequence[float]]:
    return [one["embedding"] for one in sorted(answer["data"], key=lambda one: int(one["index"]))]


def _of_ollama(answer: Any) -> Sequence[Sequence[float]]:
    vectors: Sequence[Sequence[float]] = answer["embeddings"]
    return vectors


WIRES: Mapping[str, Wire] = {"openai": Wire("/embeddings", _of_openai), "ollama": Wire("/api/embed", _of_ollama)}


class WireModel:
    """A model of another server. How many numbers its vectors have is known once it has answered."""

    def __init__(self) -> None:
        known = naming.current()
        self.name, self.most_tokens = known.name, known.most_tokens
        self.dimensions = 0
        self._wire = WIRES[settings.EMBEDDING_PROVIDER]
        self._url = settings.EMBEDDING_BASE_URL.rstrip("/") + self._wire.path
        key = settings.EMBEDDING_API_KEY
        self._auth = HttpAuth(headers=(("Authorization", f"Bearer {key}"),)) if key else HttpAuth()

    def embed(self, texts: Sequence[str], *, is_query: bool = False) -> list[Vector]:
        """Return a vector for each text, asked for together. Raises: EmbeddingFailed."""
        if not texts:
            return []
        vectors = self._read(self._answer(texts), len(texts))
        sizes = {len(vector) for vector in vectors} | ({self.dimensions} if self.dimensions else set())
        if len(sizes) != 1:
            raise EmbeddingFailed("The embedding server answers vectors of different lengths")
        self.dimensions = sizes.pop()
        return vectors

    def _answer(self, texts: Sequence[str]) -> Any:
        request = request_of(
            "POST", self._url, body=dumps_own({"model": settings.EMBEDDING_MODEL, "input": list(texts)}),
            content_type="application/json", auth=self._auth, timeout_s=TIMEOUT_S, max_redirects=0,
            max_bytes=MOST_BYTES,
        )  # fmt: skip
        try:
            reply = send(request)
        except (BlockedAddress, ResponseTooLarge) as exc:
            raise EmbeddingFailed(f"The embedding server cannot be asked: {exc}") from exc
        except Unreachable as exc:
            raise EmbeddingFailed(f"The embedding server is not there: {exc}", retryable=True) from exc
        if reply.status != 200:
            again = reply.status in TRY_AGAIN or reply.status >= 500
            raise EmbeddingFailed(f"The embedding server answered {reply.status}", retryable=again)
        try:
            return loads(reply.body)
        except NotStorable as exc:
            raise EmbeddingFailed("The embedding server's answer cannot be read") from exc

    def _read(self, answer: Any, count: int) -> list[Vector]:
        try:
            vectors = [vector_of(numbers) for numbers in self._wire.read(answer)]
        except (KeyError, TypeError, ValueError, OverflowError) as exc:
            raise EmbeddingFailed("The embedding server's answer holds no vectors") from exc
        if len(vectors) != count:
            raise EmbeddingFailed(f"The embedding server answered {len(vectors)} vectors for {count} texts")
        return vectors
