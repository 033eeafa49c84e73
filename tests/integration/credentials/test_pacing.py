"""Rate limits of credentials: exact over processes, in order, and no worker is held by a long queue."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import User
from credentials import pacing
from credentials.models import Credential, CredentialPace
from executor.models import NodeJob, Wait
from executor.process.engine_thread import EngineThread
from executor.verbs.why import reasons_of
from tests.builders import chain, node
from tests.conftest import Peer
from tests.integration.executor.running import check_events, eventually, finished, queue, until

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/credentials/"


def credential(api: APIClient, **limit: float) -> dict[str, Any]:
    body = {"name": "key", "type": "http_bearer", "data": {"token": "t"}, "rate_limit": limit or None}
    reply = api.post(URL, body, format="json")
    assert reply.status_code == 201, reply.json()
    return dict(reply.json())


def calling(peer: Peer, credential_id: str, **settings: Any) -> dict[str, Any]:
    params = {"url": f"{peer.url}/limited", "headers": {"x-n": "{{ $json.n }}"}}
    return chain(node("call", "http_request", params, credentials={"auth": credential_id}, settings=settings))


@pytest.fixture(autouse=True)
def limited(peer: Peer) -> None:
    peer.answer("/limited", (200, {}, b"{}"))


def test_a_limit_is_set_changed_and_taken_away(api: APIClient) -> None:
    made = credential(api, max=5, per_s=60)
    assert made["rate_limit"] == {"max": 5, "per_s": 60.0}
    url = f"{URL}{made['id']}/"
    assert api.patch(url, {"name": "other"}, format="json").json()["rate_limit"] == {"max": 5, "per_s": 60.0}
    assert api.patch(url, {"rate_limit": {"max": 0, "per_s": 1}}, format="json").status_code == 400
    assert api.patch(url, {"rate_limit": None}, format="json").json()["rate_limit"] is None


def test_no_span_has_more_uses_than_allowed(api: APIClient, user: User, other_api: APIClient) -> None:
    made = credential(api, max=3, per_s=0.3)

    def use(_number: int) -> float:
        wait_s = pacing.reserve(owner_id=user.pk, credential_ids=[made["id"], "not an id"])
        moment = time.monotonic() + wait_s
        connection.close()
        return moment

    with ThreadPoolExecutor(4) as pool:
        moments = sorted(pool.map(use, range(12)))
    assert all(later - earlier >= 0.28 for earlier, later in zip(moments, moments[3:], strict=False))
    assert len(CredentialPace.objects.get().uses) == 3
    assert pacing.outlook(owner_id=user.pk, credential_ids=[made["id"]]) > 0
    assert pacing.reserve(owner_id=UUID(int=7), credential_ids=[made["id"]]) == 0, "somebody else's"


@pytest.mark.parametrize("sent", [{}, {"queue": "nodes"}])
def test_nodes_keep_to_the_limit(
    api: APIClient, user: User, near: EngineThread, peer: Peer, sent: dict[str, Any]
) -> None:
    made = credential(api, max=2, per_s=0.4)
    execution_id = queue(calling(peer, made["id"], **sent), [{"n": n} for n in range(6)], user.pk)
    began = time.monotonic()
    near.ring(str(execution_id))
    if sent:
        eventually(lambda: NodeJob.objects.filter(status="done").exists(), 120)
    near.ring(str(execution_id))
    execution = finished(execution_id, 120)
    assert execution.state.status == "completed", execution.error
    came = sorted(call.at for call in peer.calls)
    assert len(came) == 6
    # A call may come late, which brings it closer to the next one; none may come before its time.
    assert all(at - began >= 0.4 * (number // 2) - 0.05 for number, at in enumerate(came))
    check_events(execution)


def test_a_long_queue_holds_no_worker(api: APIClient, user: User, near: EngineThread, peer: Peer) -> None:
    made = credential(api, max=1, per_s=60)
    later = timezone.now() + timedelta(seconds=40)
    CredentialPace.objects.create(credential=Credential.objects.get(), uses=[later])
    execution_id = queue(calling(peer, made["id"]), {"n": 1}, user.pk)
    near.ring(str(execution_id))
    waiting = until(execution_id, {"waiting"})
    (reason,) = reasons_of(waiting)
    assert (reason["code"], "rate limit" in reason["message"]) == ("rate_limit", True)
    assert not peer.calls
    CredentialPace.objects.update(uses=[timezone.now() - timedelta(seconds=70)])
    Wait.objects.update(until=timezone.now())
    assert finished(execution_id).state.status == "completed"
    assert len(peer.calls) == 1
