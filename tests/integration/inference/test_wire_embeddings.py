"""Embedding models of other servers, over a real HTTP server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inference.embeddings import naming
from inference.embeddings.port import EmbeddingFailed
from inference.embeddings.serving import made
from tests.conftest import Peer

OPENAI = {"data": [{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [3, 4]}]}
OLLAMA = {"embeddings": [[3, 4], [0, 2]]}
PATHS = {"openai": "/v1/embeddings", "ollama": "/api/embed"}


@pytest.fixture
def server(peer: Peer, settings: Any) -> Peer:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    settings.EMBEDDING_MODEL, settings.EMBEDDING_API_KEY = "small", "sk-of-the-test"
    return peer


def model(server: Peer, settings: Any, provider: str) -> Any:
    settings.EMBEDDING_PROVIDER = provider
    settings.EMBEDDING_BASE_URL = server.url + ("/v1" if provider == "openai" else "")
    return made(provider)


@pytest.mark.parametrize(("provider", "answer"), [("openai", OPENAI), ("ollama", OLLAMA)])
def test_texts_come_back_as_vectors_of_length_one_in_order(
    server: Peer, settings: Any, provider: str, answer: Any
) -> None:
    server.answer(PATHS[provider], (200, {}, json.dumps(answer).encode()))
    asked = model(server, settings, provider)

    first, second = asked.embed(["a", "b"])

    assert [list(first), list(second)] == [pytest.approx([0.6, 0.8]), [0, 1]]
    assert (asked.name, asked.dimensions, naming.current().name) == (f"{provider}:small", 2, f"{provider}:small")
    (call,) = server.calls
    assert (json.loads(call.body), call.headers["authorization"]) == (
        {"model": "small", "input": ["a", "b"]}, "Bearer sk-of-the-test",
    )  # fmt: skip
    assert asked.embed([]) == []


@pytest.mark.parametrize(
    ("status", "body", "said", "again"),
    [(401, b"{}", "answered 401", False), (429, b"{}", "answered 429", True), (503, b"", "answered 503", True),
     (200, b"no", "cannot be read", False), (200, b"{}", "holds no vectors", False),
     (200, b'{"embeddings": [[1, 0]]}', "1 vectors for 2", False),
     (200, b'{"embeddings": [[1, 0], [1]]}', "different lengths", False),
     (200, b'{"embeddings": [[0, 0], [1, 0]]}', "holds no vectors", False)],
)  # fmt: skip
def test_what_a_server_cannot_do_is_told(
    server: Peer, settings: Any, status: int, body: bytes, said: str, again: bool
) -> None:
    server.answer(PATHS["ollama"], (status, {}, body))

    with pytest.raises(EmbeddingFailed, match=said) as told:
        model(server, settings, "ollama").embed(["a", "b"])

    assert told.value.retryable is again
    assert "sk-of-the-test" not in str(told.value)


def test_a_server_in_a_private_network_has_to_be_allowed(server: Peer, settings: Any) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = []

    with pytest.raises(EmbeddingFailed, match="cannot be asked"):
        model(server, settings, "ollama").embed(["a"])

    assert server.calls == []
