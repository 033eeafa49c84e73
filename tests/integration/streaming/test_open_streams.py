"""How many streams one may have open: counted over all processes, forgotten with a process that died."""

from __future__ import annotations

import time
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import User
from core.web import open_streams
from tests.builders import chain, node

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def limits_on(settings: Any) -> None:
    settings.RATE_LIMITS = settings.PLANS = True


def test_the_sixth_stream_of_a_free_user_is_refused(user: User, api: APIClient) -> None:
    made = api.post("/api/orchestrator/workflows/", {"name": "w", **chain(node("z"))}, format="json").json()
    run = api.post(f"/api/orchestrator/workflows/{made['id']}/execute/", {}, format="json").json()["id"]
    names = [open_streams.opened(user) for _ in range(5)]
    with pytest.raises(open_streams.TooManyStreams):
        open_streams.opened(user)
    refused = api.get(f"/api/streaming/executions/{run}/stream/")
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (429, "too_many_streams", 5)
    open_streams.closed(user.pk, names[0])
    assert open_streams.opened(user)


def test_one_whose_process_died_is_forgotten(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [open_streams.opened(user) for _ in range(5)]
    later = time.time() + open_streams.LIVES_S - 10
    monkeypatch.setattr("core.web.open_streams.time.time", lambda: later)
    open_streams.renewed(user.pk, names[0])
    much_later = later + 20
    monkeypatch.setattr("core.web.open_streams.time.time", lambda: much_later)
    assert [open_streams.opened(user) for _ in range(4)]
    with pytest.raises(open_streams.TooManyStreams):
        open_streams.opened(user)


def test_a_higher_tier_has_more(user: User) -> None:
    user.tier = "pro"
    assert len([open_streams.opened(user) for _ in range(20)]) == 20


def test_streams_are_bounded_without_plans_too(user: User, settings: Any) -> None:
    settings.PLANS, settings.STREAMS_PER_USER = False, 3
    names = [open_streams.opened(user) for _ in range(3)]
    with pytest.raises(open_streams.TooManyStreams):
        open_streams.opened(user)
    open_streams.closed(user.pk, names[0])
    assert open_streams.opened(user)
