"""An engine that may call the peer, and credentials made over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from executor.process.engine_thread import EngineThread
from tests.conftest import Peer
from tests.integration.executor.running import engine_thread


@pytest.fixture
def near(peer: Peer, settings: Any) -> Iterator[EngineThread]:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host, "localhost"]  # the same machine by another name
    thread = engine_thread(allowed_hosts=[peer.host, "localhost"], queues=("nodes",))
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def stored(api: APIClient, type: str, name: str = "key", **data: str) -> dict[str, Any]:
    reply = api.post("/api/credentials/", {"name": name, "type": type, "data": data}, format="json")
    assert reply.status_code == 201, reply.json()
    return dict(reply.json())
