"""Worker processes that are killed, or that a row kills: the row comes back, with the same key, and not for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from core.models import OutboxRow
from core.outbox import queue
from core.outbox.table import Table
from core.outbox.worker import Room
from executor.models import DeadLetter
from tests.conftest import Peer
from tests.integration.outbox.kinds import DONE
from tests.integration.outbox.working import left, work_off

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("test_kinds")]


def wait_for(is_so: Any, limit_s: float = 30) -> None:
    end = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def environment() -> dict[str, str]:
    """Return what a process needs to use the test's database."""
    server = settings.DATABASE_URL.rsplit("/", 1)[0]
    name = str(connection.settings_dict["NAME"])
    return {**os.environ, "DATABASE_URL": f"{server}/{name}", "REDIS_URL": settings.REDIS_URL,
            "HEDDLE_DATA_DIR": str(settings.DATA_DIR), "DJANGO_SETTINGS_MODULE": "tests.integration.outbox.settings"}  # fmt: skip


@pytest.fixture
def processes() -> Iterator[Any]:
    opened: list[subprocess.Popen[str]] = []

    def opens(peer: Peer) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.integration.outbox.process"]
        own = {**environment(), "HTTP_ALLOWED_PRIVATE_HOSTS": peer.host}
        process = subprocess.Popen(command, env=own, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR)
        opened.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process

    yield opens
    for process in opened:
        process.kill()
        process.communicate()


def expire() -> None:
    """Let the leases of lost processes be over."""
    OutboxRow.objects.filter(state="taken").update(leased_until=Now())


def test_a_worker_killed_in_a_delivery_is_followed_by_another_with_the_same_key(
    processes: Any, peer: Peer, settings: Any
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    peer.answer("/slow", (200, {}, b""))
    peer.delay_s = 1
    queue.add("test.calls", owner_id=uuid4(), payload={"how": "post", "url": f"{peer.url}/slow"})
    process = processes(peer)
    wait_for(lambda: peer.calls)
    process.kill()
    process.wait()
    expire()
    work_off()

    assert [row.payload["how"] for row in DONE] == ["post"]
    assert len(peer.calls) == 2
    assert len({call.headers["idempotency-key"] for call in peer.calls}) == 1
    assert left() == []


def test_what_was_lost_with_others_again_and_again_is_tried_alone_and_done(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)  # for the process of its own
    queue.add("test.calls", owner_id=UUID(int=1), payload={})
    for _ in range(4):
        lost = Table(uuid4())
        assert lost.claim("calls", 5, {}) or lost.claim_alone()
        expire()
        Table(uuid4()).expire()
    work_off()

    assert (DONE, left()) == ([], []), "it was done, in a process of its own"
    assert not DeadLetter.objects.exists()


def test_a_row_that_kills_its_process_is_tried_alone_and_buried(
    processes: Any, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)  # for the process of its own
    queue.add("test.calls", owner_id=UUID(int=1), payload={"how": "die"}, key="poison")
    for losses in (1, 2):
        process = processes(peer)
        assert process.wait(30) == 9
        expire()
        Table(uuid4()).expire()
        assert [row.losses for row in left()] == [losses]
    queue.add("test.calls", owner_id=UUID(int=2), payload={})
    room = Room()  # in this very process: what is alone cannot take it along
    room.start()
    wait_for(lambda: DONE)
    wait_for(
        lambda: (
            OutboxRow.objects.filter(key="poison", state="taken").exclude(taken_by_id=room._table.worker_id).exists()
        )
    )
    wait_for(lambda: not room._tasks)
    room.stop(5)
    expire()
    work_off()
    work_off()

    assert [row.owner_id for row in DONE] == [UUID(int=2)]
    assert left() == []
    assert "3 processes were lost with it" in DeadLetter.objects.get().exception
