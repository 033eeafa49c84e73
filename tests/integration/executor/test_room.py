"""Slow runs of one owner, however many, leave places for the runs of others."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from executor.models import RunState
from executor.sql import queue_sql
from tests.builders import chain, node, set_node
from tests.integration.executor.running import engine_thread, eventually, finished, queue

pytestmark = pytest.mark.django_db(transaction=True)
PLACES = 12


class Slow(http.server.BaseHTTPRequestHandler):
    """Answers when it is told to."""

    answers = threading.Event()

    def do_GET(self) -> None:
        self.answers.wait(60)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def slow() -> Iterator[str]:
    Slow.answers.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    Slow.answers.set()
    server.shutdown()
    server.server_close()


def at_work(owner: UUID) -> int:
    return RunState.objects.filter(owner_id=owner, status="running").count()


@pytest.mark.parametrize("limits", [{}, {"limit_key": "k", "limit_max": 100}], ids=["free", "limited"])
@pytest.mark.parametrize("rings", [True, False], ids=["rung for", "found"])
def test_slow_runs_of_some_leave_places_to_others_and_all_end(
    db: None, slow: str, limits: dict[str, Any], rings: bool
) -> None:
    engine = engine_thread(runs_at_once=PLACES, allowed_hosts=(slow,))
    greedy = [uuid4(), uuid4()]
    request = chain(node("get", "http_request", {"url": f"http://{slow}/"}))
    begun = [
        queue(request, owner=owner, **(limits and {**limits, "limit_key": str(owner)}))
        for owner in greedy
        for _ in range(2 * PLACES)
    ]
    engine.start()
    try:
        for execution_id in begun if rings else []:
            engine.ring(str(execution_id))
        eventually(lambda: sum(map(at_work, greedy)) >= PLACES / 2 and all(map(at_work, greedy)), 20)
        quiet = [queue(chain(set_node("a", x=1)), owner=uuid4()) for _ in range(3)]
        for execution_id in quiet:
            engine.ring(str(execution_id))
            assert finished(execution_id, 20).state.status == "completed"
        assert all(map(at_work, greedy)), "they are at work still"
        assert sum(map(at_work, greedy)) < PLACES
        Slow.answers.set()
        eventually(lambda: RunState.objects.filter(pk__in=begun, status="completed").count() == len(begun), 40)
    finally:
        Slow.answers.set()
        engine.stop(1)


@pytest.mark.parametrize("claim", ["older", "rung", "limited"])
def test_runs_of_who_is_held_back_use_up_nobody_s_turn(db: None, claim: str) -> None:
    """He has less at work in all, or came first, so his runs would be taken first."""
    held_back, other = uuid4(), uuid4()
    limits = {"limit_key": "k", "limit_max": 100} if claim == "limited" else {}
    ids = [
        queue(chain(set_node("a", x=1)), owner=owner, **(limits and {**limits, "limit_key": str(owner)}))
        for owner in (held_back, other)
        for _ in range(9)
    ]
    for _ in range(20):
        RunState.objects.filter(pk=queue(chain(set_node("a", x=1)), owner=other)).update(
            status="running", worker_id=uuid4()
        )
    statement = {"older": queue_sql.CLAIM_OLDER, "rung": queue_sql.CLAIM_RUNG, "limited": queue_sql.CLAIM_LIMITED}[
        claim
    ]
    asked: dict[str, Any] = {"most": 2, "holders": [held_back], "held": [6], "worker": uuid4(), "served": [], "age_s": 0, "ids": ids,
             "owners": [held_back, other]}  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        claimed = [row[0] for row in cursor.fetchall()]
    assert {RunState.objects.get(pk=one).owner_id for one in claimed} == {other}
    assert len(claimed) == 1, "one stays free for who holds nothing"
