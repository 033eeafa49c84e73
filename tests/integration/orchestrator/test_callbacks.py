"""Callbacks: tried until they arrive, five times at most, signed, and never for a run that goes on."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from core.sealing import CannotUnseal, key_ring
from executor.models import RunState
from orchestrator.models import Callback
from orchestrator.services.callbacks import CallbackRequest, deliver_due, register
from tests.builders import chain, set_node
from tests.conftest import Peer

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
BASE = "/api/orchestrator"


def body_of(execution_id: UUID) -> bytes:
    return f'{{"id": "{execution_id}"}}'.encode()


def started(api: APIClient, status: str = "completed", **fields: Any) -> UUID:
    """Start a run that no worker takes, and say how it ended."""
    made = api.post(f"{BASE}/workflows/", {"name": f"W {uuid4()}", **chain(set_node("a", x=1))}, format="json").json()
    reply = api.post(f"{BASE}/workflows/{made['id']}/execute/", fields, format="json")
    assert reply.status_code == 202, reply.content
    execution_id = UUID(reply.json()["id"])
    RunState.objects.filter(pk=execution_id).update(status=status)
    Callback.objects.filter(pk=execution_id).update(next_at=NOW)
    return execution_id


@pytest.fixture
def listener(peer: Peer, settings: Any) -> Peer:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    return peer


def test_the_result_is_posted_once_and_signed(api: APIClient, listener: Peer) -> None:
    listener.answer("/done", (204, {}, b""))
    execution_id = started(api, callback_url=f"{listener.url}/done", callback_secret="s3cret")

    assert deliver_due(body_of=body_of, now=NOW) == 1
    assert deliver_due(body_of=body_of, now=NOW + timedelta(days=1)) == 0

    [call] = listener.calls
    assert (call.method, call.body) == ("POST", body_of(execution_id))
    expected = hmac.new(b"s3cret", call.body, hashlib.sha256).hexdigest()
    assert call.headers["x-heddle-signature"] == f"sha256={expected}"
    assert "s3cret" not in str(Callback.objects.values().get())


def test_a_run_that_goes_on_sends_nothing(api: APIClient, listener: Peer) -> None:
    started(api, status="running", callback_url=f"{listener.url}/done")

    assert deliver_due(body_of=body_of, now=NOW) == 0
    assert listener.calls == []


def test_failures_are_tried_five_times_with_growing_pauses(api: APIClient, listener: Peer) -> None:
    listener.answer("/done", (500, {}, b""))
    execution_id = started(api, callback_url=f"{listener.url}/done")
    now, pauses = NOW, []
    for _ in range(5):
        assert deliver_due(body_of=body_of, now=now) == 0
        assert deliver_due(body_of=body_of, now=now) == 0  # not due yet
        due = Callback.objects.get(pk=execution_id).next_at
        pauses.append((due - now).total_seconds())
        now = due
    deliver_due(body_of=body_of, now=now + timedelta(days=1))

    assert len(listener.calls) == 5
    assert pauses == [15, 40, 130, 610, 610]
    assert Callback.objects.get(pk=execution_id).last_error == "it answered 500"


def test_private_addresses_are_refused(api: APIClient, peer: Peer) -> None:
    execution_id = started(api, callback_url=f"{peer.url}/done")

    assert deliver_due(body_of=body_of, now=NOW) == 0
    assert peer.calls == []
    assert "not a public address" in Callback.objects.get(pk=execution_id).last_error


def test_other_schemes_are_refused_when_the_run_is_started(api: APIClient) -> None:
    made = api.post(f"{BASE}/workflows/", {"name": "W", **chain(set_node("a", x=1))}, format="json").json()
    reply = api.post(f"{BASE}/workflows/{made['id']}/execute/", {"callback_url": "ftp://example.org/x"}, format="json")

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["field"] == "callback_url"


def test_a_deleted_run_leaves_no_callback(api: APIClient) -> None:
    execution_id = started(api, callback_url="https://example.org/x")

    assert api.delete(f"{BASE}/executions/{execution_id}/").status_code == 204
    assert not Callback.objects.exists()


def test_a_secret_cannot_be_moved_to_another_run() -> None:
    one, two = uuid4(), uuid4()
    register(execution_id=one, request=CallbackRequest("https://example.org/", "secret"), now=NOW)
    sealed: Any = Callback.objects.get(pk=one).secret

    with pytest.raises(CannotUnseal):
        key_ring().open(sealed, f"callback:{two}:secret")
