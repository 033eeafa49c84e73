"""Open streams of a run end for whoever loses his role on its workflow, and with the log-in that they were opened by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.db.models import F
from django.utils import timezone

from core.accounts import people
from core.accounts.log_ins import LogIn, log_in_of
from core.json import loads
from core.models import ApiKey, Collaborator, User
from orchestrator.starting.starting import StartRequest, start
from orchestrator.workflows import saving
from streaming import consumers, reader
from streaming.reader import Reader
from streaming.sockets import NOT_FOUND, NOT_SIGNED_IN
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


def switched_off() -> None:
    User.objects.update(is_active=False)


def logged_out() -> None:
    User.objects.update(token_version=F("token_version") + 1)


def key_deleted() -> None:
    ApiKey.objects.all().delete()


def key_switched_off() -> None:
    ApiKey.objects.update(is_active=False)


def key_expired() -> None:
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def key_rotated() -> None:
    for key in ApiKey.objects.all():
        people.rotate_key(key=key)


KEY_ENDS = [switched_off, key_deleted, key_switched_off, key_expired, key_rotated]


def heard_until(change: Callable[[], None], execution_id: UUID, log_in: LogIn) -> list[str]:
    """Return what a stream tells that is open when this changes; it ends by itself."""

    async def heard() -> list[str]:
        events: list[str] = []
        async for event in counted(Reader(execution_id, 0, log_in).events(), log_in.user.pk, "test"):
            if event is not None:
                events.append(event.type)
                await sync_to_async(change)()
        return events

    async def in_time() -> list[str]:
        return await asyncio.wait_for(heard(), 30)

    return async_to_sync(in_time)()


@pytest.mark.parametrize("change", [taken, switched_off, logged_out])
def test_an_event_stream_ends_with_the_role_the_account_and_the_log_in(
    shared: tuple[User, UUID], change: Callable[[], None]
) -> None:
    viewer, execution_id = shared
    assert heard_until(change, execution_id, LogIn(viewer)) == ["execution.queued"]


@pytest.mark.parametrize("change", KEY_ENDS)
def test_an_event_stream_ends_with_the_key_it_was_opened_by(
    shared: tuple[User, UUID], change: Callable[[], None]
) -> None:
    viewer, execution_id = shared
    key = people.create_key(user=viewer, name="test")[0]
    assert heard_until(change, execution_id, log_in_of(viewer, key)) == ["execution.queued"]


@pytest.mark.parametrize(
    ("path", "change"),
    [("/ws/execution/{}/", taken), ("/ws/execution/{}/", key_deleted), ("/ws/hitl/", key_deleted), ("/ws/hitl/", switched_off)],
)  # fmt: skip
def test_a_socket_is_closed_with_the_role_the_key_and_the_account(
    shared: tuple[User, UUID], monkeypatch: pytest.MonkeyPatch, path: str, change: Callable[[], None]
) -> None:
    monkeypatch.setattr(consumers, "COMPARE_EVERY_S", 0.05)
    viewer, execution_id = shared
    key = people.create_key(user=viewer, name="test")[1]

    async def closed_with() -> int:
        scope: dict[str, Any] = {
            "type": "websocket", "path": path.format(execution_id), "query_string": b"",
            "headers": [(b"x-api-key", key.encode())],
        }  # fmt: skip
        client = ApplicationCommunicator(URLRouter(websocket_urlpatterns), scope)
        await client.send_input({"type": "websocket.connect"})
        assert (await client.receive_output(10))["type"] == "websocket.accept"
        told = [loads((await client.receive_output(10))["text"])["type"] for _ in range(2)]
        assert told == ["connected", "state" if "{}" in path else "pending_requests"]
        await sync_to_async(change)()
        message = await client.receive_output(10)
        await client.send_input({"type": "websocket.disconnect", "code": message["code"]})
        await client.wait(5)
        return int(message["code"])

    assert async_to_sync(closed_with)() == (NOT_FOUND if change is taken else NOT_SIGNED_IN)


def test_a_stranger_is_told_that_there_is_no_such_run(shared: tuple[User, UUID], as_user: Any, make_user: Any) -> None:
    _, execution_id = shared
    reply = as_user(make_user()).get(f"/api/streaming/executions/{execution_id}/stream/")
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
