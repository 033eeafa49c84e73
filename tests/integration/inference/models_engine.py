"""Runs with nodes that ask models of a scripted provider."""

from __future__ import annotations

from typing import Any

from rest_framework.test import APIClient

from tests.builders import node
from tests.providers import Provider


def credential(api: APIClient, provider: Provider, kind: str = "openai", key: str = "sk-of-the-test") -> str:
    """Make a credential of a provider's type that leads to the scripted one; returns its id."""
    data = {"base_url": provider.base_url(kind)} | ({"token": key} if kind == "ollama" else {"api_key": key})
    answer = api.post("/api/credentials/", {"name": f"{kind} {key}", "type": kind, "data": data}, format="json")
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["id"])


def asks(kind: str = "openai", credential_id: str | None = None, *, settings: Any = None, **params: Any) -> Any:
    """Return a node that asks a model."""
    own = {"prompt": "{{ $json.q }}", **({} if kind == "llm" else {"model": "m1"}), **params}
    credentials = {"model": credential_id} if credential_id else {}
    return node("ask", kind, own, credentials=credentials, settings=settings or {})
