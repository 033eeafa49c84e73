"""A scripted provider, and a way to ask it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.http.client import GuardedClient
from core.models import User
from executor.process.engine_thread import EngineThread
from inference.models.asking import complete
from inference.models.endpoint import Call, Endpoint
from nodes.language_models import Completion, CompletionRequest, Message, OnDelta
from tests.integration.executor.running import engine_thread
from tests.providers import Provider, serving


@pytest.fixture
def models(provider: Provider, settings: Any) -> Iterator[EngineThread]:
    """An engine that may reach the scripted provider."""
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [provider.host]
    thread = engine_thread(allowed_hosts=[provider.host])
    thread.start()
    yield thread
    thread.stop(grace_s=1)


@pytest.fixture
def staff_api(make_user: Callable[..., User], as_user: Callable[[User], APIClient]) -> APIClient:
    return as_user(make_user(is_staff=True))


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as made:
        yield made


def call_of(provider: Provider, name: str, question: str = "Hi", **fields: Any) -> Call:
    endpoint = Endpoint(name, "gemini-2.5-pro" if name == "gemini" else "m1", "secret-key", provider.base_url(name),
                        "owner", "key-1")  # fmt: skip
    return Call(endpoint, CompletionRequest(**{"messages": [Message("user", question)], **fields}))


def asked(provider: Provider, call: Call, on_delta: OnDelta | None = None, *, is_allowed: bool = True) -> Completion:
    async def go() -> Completion:
        client = GuardedClient([provider.host] if is_allowed else [])
        try:
            return await complete(client, call, on_delta)
        finally:
            await client.close()

    return asyncio.run(go())
