"""What an embedding model is to the rest of the code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.errors import Unavailable
from inference.embeddings.vectors import Vector


class EmbeddingFailed(Unavailable):
    """The model could not embed; the message says why, `retryable` whether another try can help."""

    code = "embedding_failed"

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class EmbeddingModel(Protocol):
    """Makes vectors of texts.

    `name` tells two models apart whose vectors cannot be compared; it is stored beside each vector. `most_tokens` is
    how much of a text it reads; what is longer is cut.
    """

    name: str
    dimensions: int
    most_tokens: int

    def embed(self, texts: Sequence[str], *, is_query: bool = False) -> list[Vector]:
        """Return a vector of length 1 for each text, in order; `is_query` where the text is what is searched for.

        Raises: EmbeddingFailed.
        """
        ...
