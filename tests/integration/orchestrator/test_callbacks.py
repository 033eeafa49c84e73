"""Callbacks: tried until they arrive, five times at most, signed, and never for a run that goes on."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.http.client import Response
from core.http.requests import Request
from core.models import Collaborator, OutboxRow, User
from core.outbox.tools import LARGE_AT_ONCE, Tools
from core.secrets.sealing import CannotUnseal, key_ring
from executor.models import DeadLetter, RunState
from orchestrator import outbox
from orchestrator.starting.callbacks import CallbackRequest, register
from tests.builders import chain, set_node
from tests.conftest import Peer
from tests.integration.outbox.working import hurry, left, work_off

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator"


def started(api: APIClient, status: str = "completed", **fields: Any) -> UUID:
    """Start a run that no worker takes, and say how it ended."""
    made = api.post(f"{BASE}/workflows/", {"name": f"W {uuid4()}", **chain(set_node("a", x=1))}, format="json").json()
    reply = api.post(f"{BASE}/workflows/{made['id']}/execute/", fields, format="json")
    assert reply.status_code == 202, reply.content
    execution_id = UUID(reply.json()["id"])
    RunState.objects.filter(pk=execution_id).update(status=status)
    return execution_id


@pytest.fixture
def listener(peer: Peer, settings: Any) -> Peer:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    return peer


@pytest.mark.parametrize("loses", ["role", "account"])
def test_a_result_is_not_posted_for_a_starter_who_sees_the_run_no_more(
    api: APIClient, user: User, make_user: Callable[..., User], as_user: Callable[[User], APIClient], listener: Peer,
    loses: str,
) -> None:  # fmt: skip
    listener.answer("/done", (204, {}, b""))
    guest, now = make_user(), timezone.now()
    made = api.post(f"{BASE}/workflows/", {"name": "Shared", **chain(set_node("a", x=1))}, format="json").json()
    row = Collaborator.objects.create(
        workflow_id=made["id"], user_id=guest.pk, email=guest.email, role="runner", invited_by_id=user.pk,
        created_at=now, mailed_at=now, accepted_at=now,
    )  # fmt: skip
    ids = []
    for path in ("done", "later"):
        body = {"callback_url": f"{listener.url}/{path}"}
        ids.append(as_user(guest).post(f"{BASE}/workflows/{made['id']}/execute/", body, format="json").json()["id"])
    RunState.objects.filter(pk=ids[0]).update(status="completed")
    work_off()
    assert [call.path for call in listener.calls] == ["/done"], "while he is here he is told"

    if loses == "role":
        row.delete()
    else:
        User.objects.filter(pk=guest.pk).update(is_active=False)
    RunState.objects.filter(pk=ids[1]).update(status="completed")
    work_off()
    assert [call.path for call in listener.calls] == ["/done"]
    assert "does not see the run any more" in DeadLetter.objects.get().exception


def test_the_result_is_posted_once_and_signed(api: APIClient, listener: Peer) -> None:
    listener.answer("/done", (204, {}, b""))
    execution_id = started(api, callback_url=f"{listener.url}/done", callback_secret="s3cret")
    assert "s3cret" not in str(OutboxRow.objects.values().get())

    work_off()
    work_off()

    [call] = listener.calls
    assert (call.method, json.loads(call.body)["id"]) == ("POST", str(execution_id))
    expected = hmac.new(b"s3cret", call.body, hashlib.sha256).hexdigest()
    assert call.headers["x-heddle-signature"] == f"sha256={expected}"
    assert left() == []


def test_a_run_that_goes_on_sends_nothing(api: APIClient, listener: Peer) -> None:
    execution_id = started(api, status="running", callback_url=f"{listener.url}/done")

    work_off()
    assert listener.calls == []
    assert [row.state for row in left()] == ["held"]
    RunState.objects.filter(pk=execution_id).update(status="failed")
    assert [row.state for row in left(kind="callback")] == ["ready"]


def test_failures_are_tried_five_times_with_growing_pauses_and_the_same_key(api: APIClient, listener: Peer) -> None:
    listener.answer("/done", (500, {}, b""))
    started(api, callback_url=f"{listener.url}/done")
    pauses = []
    for tries in range(1, 5):
        work_off()
        work_off()  # not due yet
        [row] = left()
        assert (row.attempts, row.last_error) == (tries, "Refused: it answered 500")
        assert row.due_at is not None
        pauses.append((row.due_at - timezone.now()).total_seconds())
        hurry()
    work_off()

    assert len(listener.calls) == 5
    assert len({call.headers["idempotency-key"] for call in listener.calls}) == 1
    for pause, wanted in zip(pauses, (5, 30, 120, 600), strict=True):
        assert wanted * 0.8 - 2 < pause < wanted * 1.25
    assert left() == []
    letter = DeadLetter.objects.get()
    assert (letter.task_name, letter.exception) == ("outbox.callback", "Refused: it answered 500")


def test_a_dead_callback_is_sent_again_by_its_letter(
    api: APIClient, listener: Peer, make_user: Any, as_user: Any
) -> None:
    listener.answer("/done", *[(500, {}, b"")] * 5, (200, {}, b""))
    started(api, callback_url=f"{listener.url}/done", callback_secret="s3cret")
    for _ in range(5):
        work_off()
        hurry()
    staff = as_user(make_user(is_staff=True))
    letter = DeadLetter.objects.get()
    assert staff.post(f"{BASE}/dead-letters/{letter.pk}/retry/").status_code == 200
    work_off()

    letter.refresh_from_db()
    assert (len(listener.calls), letter.status) == (6, "resolved")
    assert listener.calls[5].headers["x-heddle-signature"] == listener.calls[0].headers["x-heddle-signature"]


def test_private_addresses_are_refused(api: APIClient, peer: Peer) -> None:
    started(api, callback_url=f"{peer.url}/done")

    work_off()
    assert peer.calls == []
    assert "not a public address" in left()[0].last_error


def test_other_schemes_are_refused_when_the_run_is_started(api: APIClient) -> None:
    made = api.post(f"{BASE}/workflows/", {"name": "W", **chain(set_node("a", x=1))}, format="json").json()
    reply = api.post(f"{BASE}/workflows/{made['id']}/execute/", {"callback_url": "ftp://example.org/x"}, format="json")

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["field"] == "callback_url"


def test_a_deleted_run_leaves_no_callback(api: APIClient) -> None:
    execution_id = started(api, callback_url="https://example.org/x")

    assert api.delete(f"{BASE}/executions/{execution_id}/").status_code == 204
    assert left() == []


def test_a_secret_cannot_be_moved_to_another_run() -> None:
    one, two = uuid4(), uuid4()
    register(owner_id=uuid4(), execution_id=one, request=CallbackRequest("https://example.org/", "secret"))
    sealed = OutboxRow.objects.get(awaits_id=one).payload["sealed"]

    with pytest.raises(CannotUnseal):
        key_ring().open(sealed, f"callback:{two}:secret")


def test_few_large_bodies_are_under_way_at_once_and_each_comes_to_its_turn(
    api: APIClient, listener: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is made when it has its place: bodies of slow receivers do not add up in memory."""
    under_way, most = 0, 0
    send = Tools.send

    async def seen(tools: Tools, request: Request) -> Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        try:
            await asyncio.sleep(0.05)
            return await send(tools, request)
        finally:
            under_way -= 1

    monkeypatch.setattr(Tools, "send", seen)
    monkeypatch.setattr(outbox, "LARGE_BYTES", 10)
    listener.answer("/done", (204, {}, b""))
    ids = {str(started(api, callback_url=f"{listener.url}/done")) for _ in range(8)}
    work_off()
    assert {json.loads(call.body)["id"] for call in listener.calls} == ids
    assert (len(listener.calls), most) == (8, LARGE_AT_ONCE - 1), "one owner's never hold all places"
    assert left() == []
