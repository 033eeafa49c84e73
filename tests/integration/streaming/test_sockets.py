"""Sockets whose background work breaks: closed, so that the client comes again, and never left mute."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.db import DatabaseError

from core.accounts import people
from core.json import loads
from core.models import User
from streaming import consumers
from streaming.sockets import BROKEN
from workflow_backend.routing import websocket_urlpatterns

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_socket_that_cannot_go_on_is_closed(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    key = people.create_key(user=user, name="test")[1]
    monkeypatch.setattr(consumers, "COMPARE_EVERY_S", 0.05)

    def broken(consumer: object) -> Any:
        raise DatabaseError("the tables are gone")

    async def closed_with() -> int:
        scope = {
            "type": "websocket", "path": "/ws/hitl/", "query_string": b"", "headers": [(b"x-api-key", key.encode())],
        }  # fmt: skip
        client = ApplicationCommunicator(URLRouter(websocket_urlpatterns), scope)
        await client.send_input({"type": "websocket.connect"})
        assert (await client.receive_output(10))["type"] == "websocket.accept"
        told = [loads((await client.receive_output(10))["text"])["type"] for _ in range(2)]
        assert told == ["connected", "pending_requests"]
        monkeypatch.setattr(consumers.TasksConsumer, "_pending", broken)
        message = await client.receive_output(10)
        assert message["type"] == "websocket.close"
        await client.send_input({"type": "websocket.disconnect", "code": message["code"]})
        await client.wait(5)
        return int(message["code"])

    assert async_to_sync(closed_with)() == BROKEN
