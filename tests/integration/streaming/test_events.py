"""Replay and tickets: every event once, in order, from any position, across the batches they were stored in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.accounts.log_ins import LogIn
from core.models import User
from executor.models import EventBatch, NodeRun, RunState
from streaming import tickets
from tests.builders import chain, set_node

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 1, 9, 30, 0, 250_000, tzinfo=UTC)


def queued(api: APIClient) -> str:
    base = "/api/orchestrator/workflows/"
    made = api.post(base, {"name": f"W {uuid4()}", **chain(set_node("a", x=1))}, format="json").json()
    return str(api.post(f"{base}{made['id']}/execute/", {}, format="json").json()["id"])


def add(execution_id: str, *kinds: str) -> None:
    """Store events as one commit would."""
    state = RunState.objects.get(pk=UUID(execution_id))
    state.last_seq += len(kinds)
    state.save()
    events = [
        {"type": kind, "at": AT.isoformat(), "node_id": "a" if kind.startswith("node.") else None} for kind in kinds
    ]
    EventBatch.objects.create(execution_id=execution_id, last_seq=state.last_seq, events=events)


def replay(api: APIClient, execution_id: str, **query: Any) -> Any:
    return api.get(f"/api/streaming/executions/{execution_id}/events/", query)


def test_any_position_and_any_page_give_each_event_once(api: APIClient) -> None:
    execution_id = queued(api)
    add(execution_id, "execution.started")
    for _ in range(60):  # more batches than are read at once
        add(execution_id, "progress", "progress", "progress")

    for limit in (1, 7, 100, 1000):
        seen: list[int] = []
        while True:
            body = replay(api, execution_id, after_sequence=seen[-1] if seen else 0, limit=limit).json()
            seen.extend(event["seq"] for event in body["results"])
            assert len(body["results"]) <= limit
            assert body["last_sequence"] == 182
            if not body["has_more"]:
                break
            if limit == 1 and len(seen) > 20:
                break
        assert seen == list(range(1, len(seen) + 1))
        assert len(seen) == 182 or limit == 1

    assert replay(api, execution_id, after_sequence=182).json()["results"] == []


def test_an_event_shows_what_its_node_run_holds(api: APIClient) -> None:
    execution_id = queued(api)
    NodeRun.objects.create(
        execution_id=UUID(execution_id), node_id="a", label="A", kind="set", status="completed", effect="pure",
        outputs={"main": [{"json": {"x": 1}}]}, output_counts={"main": 1}, active_handles=["main"],
        started_at=AT, finished_at=AT + timedelta(milliseconds=131),
    )  # fmt: skip
    add(execution_id, "node.completed")

    [event] = replay(api, execution_id, after_sequence=1).json()["results"]

    assert (event["seq"], event["type"], event["node_id"], event["at"]) == (
        2,
        "node.completed",
        "a",
        "2026-05-01T09:30:00.250Z",
    )
    assert event["data"] | {"node_run_id": None} == {
        "label": "A", "kind": "set", "node_run_id": None, "items_out": {"main": 1}, "active_handles": ["main"],
        "preview": {"main": [{"json": {"x": 1}}]}, "truncated": False, "duration_ms": 131, "reused": False, "pinned": False,
    }  # fmt: skip


@pytest.mark.parametrize("query", [{"after_sequence": "x"}, {"after_sequence": "-1"}, {"limit": "1e3"}])
def test_positions_that_are_no_numbers_are_refused(api: APIClient, query: dict[str, str]) -> None:
    reply = replay(api, queued(api), **query)

    assert reply.status_code == 400
    assert reply.json()["errors"][0]["field"] in query


def test_another_users_run_is_not_there(
    api: APIClient, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    execution_id, stranger = queued(api), as_user(make_user())

    assert replay(stranger, execution_id).status_code == 404
    assert stranger.get(f"/api/streaming/executions/{execution_id}/stream/").status_code == 404
    asked = {"kind": "execution", "execution_id": execution_id}
    assert stranger.post("/api/streaming/tickets/", asked, format="json").status_code == 404


def test_a_ticket_is_for_one_stream_and_a_minute(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    execution_id = queued(api)
    asked = {"kind": "execution", "execution_id": execution_id}
    ticket = api.post("/api/streaming/tickets/", asked, format="json").json()["ticket"]
    bare = APIClient()
    path = f"/api/streaming/executions/{execution_id}/stream/"

    assert bare.get(path, {"ticket": ticket}).status_code == 200
    assert bare.get(path, {"ticket": f"{ticket}x"}).json()["code"] == "ticket_invalid"
    assert (
        bare.get(f"/api/streaming/executions/{queued(api)}/stream/", {"ticket": ticket}).json()["code"]
        == "ticket_invalid"
    )
    assert replay(bare, execution_id, ticket=ticket).status_code == 401  # a stream, nothing else

    later = timezone.now() + timedelta(seconds=61)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)
    assert bare.get(path, {"ticket": ticket}).json()["code"] == "ticket_invalid"


def test_a_ticket_is_of_a_known_kind(api: APIClient) -> None:
    assert api.post("/api/streaming/tickets/", {"kind": "hitl"}, format="json").status_code == 201
    for wrong in ({"kind": "other"}, {"kind": "execution"}, {}):
        assert api.post("/api/streaming/tickets/", wrong, format="json").status_code == 400


def test_a_ticket_dies_with_its_users_other_log_ins(user: User) -> None:
    execution_id = uuid4()
    ticket, _ = tickets.issue(log_in=LogIn(user), execution_id=execution_id, now=timezone.now())
    assert tickets.redeem(ticket, execution_id=execution_id).user == user

    user.token_version += 1
    user.save()

    with pytest.raises(tickets.TicketInvalid):
        tickets.redeem(ticket, execution_id=execution_id)
