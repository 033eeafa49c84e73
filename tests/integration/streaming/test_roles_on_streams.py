"""Open streams of a run end for whoever loses his role on its workflow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.utils import timezone

from core.accounts import people
from core.json import loads
from core.models import Collaborator, User
from orchestrator.starting.starting import StartRequest, start
from orchestrator.workflows import saving
from streaming import reader
from streaming.reader import Reader
from streaming.sockets import NOT_FOUND
from streaming.views import counted
from tests.builders import chain, node
from workflow_backend.routing import websocket_urlpatterns

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shared(user: User, make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch) -> tuple[User, UUID]:
    """Return a viewer of a workflow of another user, and a run of it that nobody takes up."""
    monkeypatch.setattr(reader, "COMPARE_EVERY_S", 0.05)
    workflow = saving.create(actor=user, name="Shared", **chain(node("x")))
    viewer, now = make_user(), timezone.now()
    Collaborator.objects.create(
        workflow_id=workflow.pk, user_id=viewer.pk, email=viewer.email, role="viewer", invited_by_id=user.pk,
        created_at=now, mailed_at=now, accepted_at=now,
    )  # fmt: skip
    begun = start(actor=user, workflow_id=workflow.pk, request=StartRequest(), by_key=False, now=now)
    return viewer, begun.execution_id


def taken() -> None:
    Collaborator.objects.all().delete()


def test_an_event_stream_ends_with_the_role(shared: tuple[User, UUID]) -> None:
    viewer, execution_id = shared

    async def heard() -> list[str]:
        events: list[str] = []
        async for event in counted(Reader(execution_id, 0, viewer).events(), viewer.pk, "test"):
            if event is not None:
                events.append(event.type)
                await sync_to_async(taken)()
        return events

    async def in_time() -> list[str]:
        return await asyncio.wait_for(heard(), 30)

    assert async_to_sync(in_time)() == ["execution.queued"]


def test_a_socket_is_closed_with_the_role(shared: tuple[User, UUID]) -> None:
    viewer, execution_id = shared
    key = people.create_key(user=viewer, name="test")[1]

    async def closed_with() -> int:
        scope: dict[str, Any] = {
            "type": "websocket", "path": f"/ws/execution/{execution_id}/", "query_string": b"",
            "headers": [(b"x-api-key", key.encode())],
        }  # fmt: skip
        client = ApplicationCommunicator(URLRouter(websocket_urlpatterns), scope)
        await client.send_input({"type": "websocket.connect"})
        assert (await client.receive_output(10))["type"] == "websocket.accept"
        told = [loads((await client.receive_output(10))["text"])["type"] for _ in range(2)]
        assert told == ["connected", "state"]
        await sync_to_async(taken)()
        message = await client.receive_output(10)
        await client.send_input({"type": "websocket.disconnect", "code": message["code"]})
        await client.wait(5)
        return int(message["code"])

    assert async_to_sync(closed_with)() == NOT_FOUND


def test_a_stranger_is_told_that_there_is_no_such_run(shared: tuple[User, UUID], as_user: Any, make_user: Any) -> None:
    _, execution_id = shared
    reply = as_user(make_user()).get(f"/api/streaming/executions/{execution_id}/stream/")
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
