"""A scripted provider, an engine that may ask it, and a credential that leads there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from executor.process.engine_thread import EngineThread
from tests.integration.executor.running import SEEN, engine_thread
from tests.integration.inference.models_engine import credential
from tests.providers import Provider, serving


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as made:
        yield made


@pytest.fixture
def models(provider: Provider, settings: Any) -> Iterator[EngineThread]:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [provider.host]
    SEEN.clear()
    thread = engine_thread(allowed_hosts=[provider.host])
    thread.start()
    yield thread
    thread.stop(grace_s=1)


@pytest.fixture
def key(api: APIClient, provider: Provider) -> str:
    """Return the id of a credential that leads to the scripted provider."""
    return credential(api, provider)
