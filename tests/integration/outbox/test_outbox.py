"""The outbox: done once a commit is in, by any worker, fairly, again after a failure, and one row's failure is its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from core.models import OutboxRow
from core.outbox import queue, sql, worker
from core.outbox.kinds import Later
from core.outbox.lanes import LANES
from core.outbox.table import Table
from core.outbox.worker import Room
from executor.models import DeadLetter
from orchestrator.failures import mails as failure_mails
from tests.integration.outbox.kinds import DONE, OPEN
from tests.integration.outbox.working import hurry, left, work_off

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("test_kinds")]
ADA, BOB = uuid4(), uuid4()


def add(how: str = "pass", kind: str = "test.calls", owner: UUID = ADA, key: str | None = None, **more: Any) -> None:
    queue.add(kind, owner_id=owner, payload={"how": how, **more.pop("payload", {})}, key=key, **more)


def wait_for(is_so: Any, limit_s: float = 10) -> None:
    end = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


@pytest.fixture
def rooms() -> Iterator[Any]:
    opened: list[Room] = []

    def opens(count: int = 1, **fields: Any) -> list[Room]:
        opened.extend(Room(**fields) for _ in range(count))
        for room in opened[-count:]:
            room.start()
        return opened[-count:]

    yield opens
    OPEN.set()
    for room in opened:
        room.stop(2)


def test_what_is_asked_for_in_a_transaction_is_done_with_its_commit_only() -> None:
    with transaction.atomic():
        add()
        transaction.set_rollback(True)
    work_off()
    assert DONE == []
    with transaction.atomic():
        add()
    work_off()
    assert len(DONE) == 1
    assert left() == []


def test_one_row_that_fails_keeps_no_other_back() -> None:
    for how in ("raise", "exit", "give_up", "pass", "raise", "pass"):
        add(how)
    queue.add("test.work", owner_id=BOB, payload={"how": "raise"})
    work_off()

    assert len(DONE) == 2
    assert sorted(row.last_error.split(":")[0] for row in left()) == ["RuntimeError"] * 4
    assert DeadLetter.objects.get().exception == "no use"


def test_a_row_is_tried_so_often_and_becomes_a_dead_letter() -> None:
    add("raise", payload={"n": 7})
    for _ in range(3):
        work_off()
        hurry()
    assert left() == []
    letter = DeadLetter.objects.get()
    assert (letter.task_name, letter.kwargs["payload"]) == ("outbox.test.calls", {"how": "raise", "n": 7})


def test_a_kind_that_never_gives_up_is_tried_for_ever() -> None:
    add("raise", "test.work")
    for _ in range(5):
        work_off()
        hurry()
    assert [row.attempts for row in left()] == [5]
    assert not DeadLetter.objects.exists()


def test_a_row_is_done_again_later_with_what_it_noted() -> None:
    add("later")
    work_off()
    assert [row.payload["how"] for row in DONE] == ["later"]
    [row] = left()
    assert (row.state, row.payload, row.attempts) == ("later", {"how": "pass"}, 0)
    hurry()
    work_off()
    assert [row.payload["how"] for row in DONE] == ["later", "pass"]


def test_a_key_stands_for_one_open_row_and_the_newest_wish_counts() -> None:
    add(key="k", payload={"n": 1}, due_at=timezone.now() + timedelta(hours=1))
    add(key="k", payload={"n": 2})
    add(key="k", payload={"n": 3}, only_if_new=True)
    work_off()
    assert [row.payload["n"] for row in DONE] == [2]


def test_what_is_asked_for_over_and_over_is_done_at_the_first_of_the_moments() -> None:
    now = timezone.now()
    for minutes in (3, 2, 4):
        add(key="k", payload={"n": minutes}, due_at=now + timedelta(minutes=minutes), soonest=True)
    assert [(row.due_at, row.payload["n"], row.wishes) for row in left()] == [(now + timedelta(minutes=2), 4, 2)]
    OutboxRow.objects.update(state="ready")
    add(key="k", due_at=now + timedelta(minutes=1), soonest=True)
    assert [row.state for row in left()] == ["ready"]
    table = Table(uuid4())
    rows = table.claim("calls", 5, {})
    add(key="k", due_at=now + timedelta(minutes=9), soonest=True)
    table.done(rows)
    assert [(row.state, row.due_at) for row in left()] == [("later", now + timedelta(minutes=9))]


def test_failures_that_never_cease_do_not_put_the_mail_about_them_off() -> None:
    now = timezone.now()
    for seconds in range(10):
        failure_mails.ask(owner_id=ADA, workflow_id=BOB, now=now + timedelta(seconds=seconds))
    assert [row.due_at for row in left()] == [now + failure_mails.SETTLED]


def test_a_wish_that_comes_while_the_row_is_at_work_is_not_lost() -> None:
    add("again", key="k")
    work_off()
    assert [row.payload["how"] for row in DONE] == ["again", "pass"]
    assert left() == []


def test_work_that_takes_too_long_is_let_go_and_the_rest_goes_on() -> None:
    add("hang", "test.brief")
    add("pass", "test.brief")
    work_off()
    assert [row.payload["how"] for row in DONE] == ["pass"]
    assert [row.last_error for row in left()] == ["it took longer than 0.2 s"]


def test_a_lane_whose_threads_all_hang_ends_its_process(rooms: Any) -> None:
    deaths: list[BaseException] = []
    for _ in range(LANES["mails"].threads):
        add("hang", "test.brief", owner=uuid4())
    rooms(on_death=deaths.append)
    wait_for(lambda: OutboxRow.objects.filter(attempts=1, state="later").count() == LANES["mails"].threads)
    add("pass", "test.brief")
    wait_for(lambda: deaths)
    assert "hang" in str(deaths[0])


def test_nobodys_thousand_rows_keep_anothers_one_waiting(rooms: Any) -> None:
    """Ada's receivers hang, so that her rows hold all the places she can get."""
    for _ in range(200):
        add("gate")
    [room] = rooms()
    places = LANES["calls"].places
    wait_for(lambda: OutboxRow.objects.filter(state="taken").count() >= places // 2)
    add(owner=BOB)
    wait_for(lambda: DONE)

    assert [row.owner_id for row in DONE] == [BOB]
    assert OutboxRow.objects.filter(owner_id=ADA, state="taken").count() == places // 2
    OPEN.set()
    wait_for(lambda: not left(), 30)
    assert room.silent_s() < 5


def test_slow_lanes_keep_no_other_lane_waiting(rooms: Any) -> None:
    for number in range(60):
        add("gate", "test.calls", owner=UUID(int=number + 1))
    rooms()
    wait_for(lambda: OutboxRow.objects.filter(state="taken").count() == LANES["calls"].places)
    add(kind="test.work", owner=UUID(int=1))
    wait_for(lambda: DONE)
    assert [row.kind for row in DONE] == ["test.work"]


def test_many_workers_do_each_row_once(rooms: Any) -> None:
    OutboxRow.objects.bulk_create(
        [
            OutboxRow(kind="test.calls", lane="calls", owner_id=UUID(int=at % 7), due_at=timezone.now())
            for at in range(400)
        ]
    )
    rooms(3)
    wait_for(lambda: not left(), 30)
    assert len(DONE) == len({row.id for row in DONE}) == 400


def test_what_was_lost_with_two_workers_waits_in_no_lane_and_counts_no_more_losses_of_others() -> None:
    add()
    for losses in (1, 2, 2, 2):
        lost = Table(uuid4())
        assert lost.claim("calls", 5, {}) or lost.claim_alone()
        OutboxRow.objects.update(leased_until=Now() - timedelta(seconds=1))
        Table(uuid4()).expire()
        assert [(row.state, row.losses) for row in left()] == [("ready", losses)]
    assert Table(uuid4()).claim("calls", 5, {}) == []


@contextmanager
def asking_again(key: str) -> Iterator[None]:
    """Ask for a row again, in a transaction that is committed with the end of the block."""
    asked, commit = threading.Event(), threading.Event()

    def ask() -> None:
        try:
            with transaction.atomic():
                add(key=key)
                asked.set()
                assert commit.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(ask)
        assert asked.wait(10)
        try:
            yield
        finally:
            commit.set()
        asking.result()


ENDS = {
    "done": lambda table, row: row.id not in table.done([row]),
    "later": lambda table, row: table.later(row, Later(timezone.now() + timedelta(days=1))),
    "failed": lambda table, row: table.failed(row, "broken"),
    "buried": lambda table, row: table.failed(row, "of no use", is_final=True),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_wish_that_is_made_while_the_end_is_being_written_is_not_lost(end: str) -> None:
    add(key="k")
    table = Table(uuid4())
    [row] = table.claim("calls", 5, {})

    with asking_again("k"):
        assert not ENDS[end](table, row), "it waits for nobody's transaction"
        assert not DeadLetter.objects.exists()
    assert ENDS[end](table, row)
    assert [(row.state, row.wishes, row.taken_by_id) for row in left()] == [("ready", 1, None)]
    assert DeadLetter.objects.count() == (end == "buried")


@pytest.mark.parametrize("end", ENDS)
def test_a_wish_that_was_made_meanwhile_for_a_later_moment_is_due_then(end: str) -> None:
    add(key="k")
    table = Table(uuid4())
    [row] = table.claim("calls", 5, {})
    moment = timezone.now() + timedelta(hours=5)
    add(key="k", due_at=moment)
    assert ENDS[end](table, row)
    assert [(row.state, row.due_at) for row in left(key="k")] == [("later", moment)]


def test_an_end_that_is_being_asked_for_again_keeps_no_other_from_being_written(rooms: Any) -> None:
    add("gate", key="k")
    add("gate", key="l")
    rooms()
    wait_for(lambda: OutboxRow.objects.filter(state="taken").count() == 2)
    with asking_again("k"):
        OPEN.set()
        wait_for(lambda: not left(key="l"))
        add(key="m")
        wait_for(lambda: not left(key="m"))
    wait_for(lambda: not left())
    assert [row.key for row in DONE if row.key == "k"] == ["k", "k"]


def test_a_row_that_is_being_asked_for_again_keeps_no_other_from_being_held() -> None:
    add(key="k")
    add(key="l")
    table = Table(uuid4())
    rows = table.claim("calls", 5, {})
    OutboxRow.objects.update(leased_until=Now() - timedelta(seconds=1))
    with asking_again("k"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
        table.renew([row.id for row in rows])
    assert [row.key for row in OutboxRow.objects.filter(leased_until__gt=Now())] == ["l"]


def test_ends_that_meet_another_schema_are_written_when_it_is_there(rooms: Any, caplog: Any) -> None:
    add("gate")
    rooms()
    wait_for(lambda: OutboxRow.objects.filter(state="taken").exists())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_outboxrow RENAME wishes TO wished")
        try:
            OPEN.set()
            wait_for(lambda: DONE and "the outbox waits for the database" in caplog.text)
        finally:
            cursor.execute("ALTER TABLE core_outboxrow RENAME wished TO wishes")
    wait_for(lambda: not left())
    assert len(DONE) == 1


def test_an_outage_longer_than_a_lease_takes_no_row_from_who_is_at_it(
    rooms: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the row is one that is tried alone: taken away it would count as lost once more, and never be done."""
    monkeypatch.setattr(worker, "RENEW_S", 0.5)
    monkeypatch.setattr(worker, "LEASE_S", 4.0)
    add()
    OutboxRow.objects.update(losses=2)
    giver, alone = Table(uuid4()), Table(uuid4())
    given = giver.claim_alone()
    assert given is not None
    row = alone.take_over(given.id, giver.worker_id)
    assert row is not None
    [room] = rooms()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_outboxrow RENAME TO core_away")
        cursor.execute("UPDATE core_away SET leased_until = clock_timestamp()")
        since = room.looked_at
        wait_for(lambda: time.monotonic() - since > 1.5)
        cursor.execute("ALTER TABLE core_away RENAME TO core_outboxrow")
    add(owner=BOB)
    wait_for(lambda: [done.owner_id for done in DONE] == [BOB])

    assert [(one.state, one.taken_by_id) for one in left(owner_id=ADA)] == [("taken", alone.worker_id)]
    assert not DeadLetter.objects.exists()
    wait_for(DeadLetter.objects.exists)  # it never renews its lease: it is lost after all


def test_a_worker_that_starts_after_an_outage_takes_no_row_at_once(rooms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LEASE_S", 2.0)
    add()
    slow = Table(uuid4())
    [row] = slow.claim("calls", 1, {})
    OutboxRow.objects.update(leased_until=Now())
    rooms()
    add(owner=BOB)
    wait_for(lambda: [done.owner_id for done in DONE] == [BOB])
    slow.renew([row.id])

    time.sleep(3)
    assert [(one.state, one.taken_by_id) for one in left(owner_id=ADA)] == [("taken", slow.worker_id)]
    assert [done.owner_id for done in DONE] == [BOB]


def test_a_worker_that_comes_back_from_the_dead_changes_nothing() -> None:
    add("later")
    late = Table(uuid4())
    [row] = late.claim("calls", 5, {})
    OutboxRow.objects.update(leased_until=Now() - timedelta(seconds=1))
    other = Table(uuid4())
    other.expire()
    [_] = other.claim("calls", 5, {})
    before = left()[0]
    late.done([row])
    late.failed(row, "late")
    late.renew([row.id])
    late.hand_back()
    after = left()[0]
    assert (after.state, after.taken_by_id, after.leased_until) == ("taken", other.worker_id, before.leased_until)


def test_a_worker_that_stops_hands_back_what_it_holds_and_that_is_no_try(rooms: Any) -> None:
    add("gate")
    [room] = rooms()
    wait_for(lambda: OutboxRow.objects.filter(state="taken").exists())
    room.stop(0)
    assert [(row.state, row.attempts, row.losses) for row in left()] == [("ready", 0, 0)]


def test_a_database_that_goes_away_and_comes_back_costs_nothing_but_time(rooms: Any) -> None:
    pool = connections["default"].pool  # type: ignore[attr-defined]  # of our backend
    idle = [pool.getconn() for _ in range(8)]
    for one in idle:  # who comes next meets none but dead ones
        pool.putconn(one)
    add("gate")
    rooms()
    wait_for(lambda: OutboxRow.objects.filter(state="taken").exists())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                       "AND datname = current_database()")  # fmt: skip
    OPEN.set()
    add(owner=BOB)
    wait_for(lambda: not left())
    assert {row.owner_id for row in DONE} == {ADA, BOB}


@pytest.mark.parametrize(("statement", "moment"), [(sql.PROMOTE, "due_at"), (sql.EXPIRE, "leased_until")])
def test_what_is_asked_all_the_time_reads_no_row_that_is_not_due(statement: str, moment: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            INSERT INTO core_outboxrow (id, kind, lane, owner_id, payload, key, state, due_at, leased_until, attempts,
                losses, wishes, last_error, created_at)
            SELECT gen_random_uuid(), 'test.calls', 'calls', gen_random_uuid(), '{}', 'k' || number,
                CASE WHEN number % 2 = 0 THEN 'later' ELSE 'taken' END, clock_timestamp() - interval '1 hour',
                clock_timestamp() - interval '1 hour', 0, 0, 0, '', clock_timestamp()
            FROM generate_series(1, 20000) AS number""")
        cursor.execute("ANALYZE core_outboxrow")  # the planner expects that many are due
        cursor.execute(f"UPDATE core_outboxrow SET {moment} = clock_timestamp() + interval '1 hour'")
        cursor.execute(f"EXPLAIN (COSTS OFF) {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"Index Cond: ({moment} <" in plan, plan
    assert "Seq Scan" not in plan, plan


def test_a_room_that_dies_says_so(rooms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    died = threading.Event()
    monkeypatch.setattr(Table, "look", lambda self: 1 / 0)
    [room] = rooms(on_death=lambda cause: died.set())
    assert died.wait(10)
    assert not room._thread.is_alive() or room._thread.join(5) is None


def test_kinds_that_this_worker_does_not_know_are_left_to_others() -> None:
    add()
    OutboxRow.objects.update(kind="of.tomorrow")
    add()
    found = Table(uuid4()).claim("calls", 5, {})
    assert [row.kind for row in found] == ["test.calls"]
    assert OutboxRow.objects.filter(kind="of.tomorrow").update(attempts=F("attempts")) == 1
