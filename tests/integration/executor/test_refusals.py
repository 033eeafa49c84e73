"""A database that refuses, locks or changes under the engine: one row costs its own run, everything else passes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection

from core.clock import database_now
from core.health.report import check_database, check_processes
from executor.database.statements import Control
from executor.domain.claimed import ClaimedRun
from executor.models import Execution, NodeRun, RunState
from executor.process.engine_thread import EngineThread
from executor.process.worker import database_url
from executor.queue import claiming, recovery
from executor.queue.claiming import Claims, Places
from tests.builders import chain, node, set_node
from tests.integration.executor.running import (
    GATE,
    SEEN,
    behave,
    check_events,
    engine_thread,
    eventually,
    finished,
    queue,
    statuses,
    until,
)

pytestmark = pytest.mark.django_db(transaction=True)


@contextlib.contextmanager
def trigger(table: str, when: str, condition: str, state: str) -> Iterator[None]:
    """Let PostgreSQL refuse rows for which a condition holds."""
    with connection.cursor() as cursor:
        cursor.execute(f"""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF {condition} THEN RAISE EXCEPTION 'this row is refused' USING ERRCODE = '{state}'; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER refuse BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()
        """)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER refuse ON {table}; DROP FUNCTION refuse")


def fresh_connections() -> None:
    """Forget the connections that were cut: the pool would look at each of them first."""
    connection.close()
    pooled: Any = connection
    pooled.close_pool()


def quiet_run() -> UUID:
    return queue(chain(set_node("a", x=1), behave("b", "pass", "effect"), node("z")))


@pytest.mark.parametrize("state", ["22003", "22P05", "23514", "54000", "P0001", "XX000"])
def test_a_row_that_is_refused_fails_its_run_and_names_its_node(engine: EngineThread, state: str) -> None:
    with trigger(
        "executor_noderun",
        "INSERT OR UPDATE",
        "NEW.node_id = 'poison' AND NEW.outputs IS NOT NULL AND NEW.status = 'completed'",
        state,
    ):
        culprits = [
            queue(chain(set_node("a", x=1), set_node("poison", x=2), set_node("b", x=3), node("z"))) for _ in range(3)
        ]
        others = [quiet_run() for _ in range(5)]
        for execution_id in [*culprits, *others]:
            engine.ring(str(execution_id))
        for execution_id in others:
            assert finished(execution_id).state.status == "completed"
        for execution_id in culprits:
            execution = finished(execution_id)
            error = execution.error or {}
            assert (execution.state.status, error["code"], error["node_id"]) == ("failed", "invalid_output", "poison")
            stored = statuses(execution)
            assert (stored["a"], stored["poison"]) == ("completed", "failed"), "what came before it is kept"
            check_events(execution)
    assert engine.is_alive


def test_a_run_that_waits_for_nobody_hears_of_a_refused_row_too(engine: EngineThread) -> None:
    """The row is written by the timer, and nobody waits for that commit."""
    with trigger(
        "executor_noderun", "INSERT OR UPDATE", "NEW.node_id = 'poison' AND NEW.status = 'completed'", "22003"
    ):
        execution_id = queue(chain(set_node("poison", x=2), behave("b", "hang"), node("z")))
        engine.ring(str(execution_id))
        execution = finished(execution_id)
    assert (execution.error or {})["code"] == "invalid_output"
    check_events(execution)


def test_a_refusal_that_comes_while_its_run_ends_fails_it_too(engine: EngineThread) -> None:
    """The row is written by the timer, and taken apart just when the run asks for its end."""
    with trigger(
        "executor_noderun", "INSERT OR UPDATE", "NEW.node_id = 'poison' AND NEW.status = 'completed'", "22003"
    ):
        waits = [0.09 + 0.004 * number for number in range(16)]
        runs = [queue(chain(set_node("poison", x=2), node("w", "wait", {"seconds": wait}))) for wait in waits]
        for execution_id in runs:
            engine.ring(str(execution_id))
            time.sleep(0.02)
        executions = [finished(execution_id) for execution_id in runs]
    assert {(one.state.status, (one.error or {}).get("code")) for one in executions} == {("failed", "invalid_output")}
    for execution in executions:
        check_events(execution)


def test_a_run_nobody_can_claim_ends_and_all_others_run(engine: EngineThread) -> None:
    culprit = quiet_run()
    condition = f"NEW.execution_id = '{culprit}' AND NEW.status = 'running'"
    with trigger("executor_runstate", "UPDATE", condition, "22003"):
        others = [quiet_run() for _ in range(3)]
        for execution_id in [culprit, *others]:
            engine.ring(str(execution_id))
        for execution_id in others:
            assert finished(execution_id).state.status == "completed"
        execution = finished(culprit)
    assert (execution.state.status, (execution.error or {})["code"]) == ("failed", "engine_error")
    check_events(execution)
    assert engine.is_alive


def test_an_ending_that_is_refused_three_times_is_blamed_on_its_run(engine: EngineThread) -> None:
    culprit = quiet_run()
    with trigger("executor_execution", "UPDATE", f"NEW.id = '{culprit}' AND NEW.end_reason IS NOT NULL", "22003"):
        other = quiet_run()
        for execution_id in (culprit, other):
            engine.ring(str(execution_id))
        assert finished(other).state.status == "completed"
        state = eventually(lambda: RunState.objects.filter(pk=culprit, suspicion__gte=2).first())
        assert state.status == "pending", "it waits to be tried alone"
    assert engine.is_alive
    assert [key for how, key in SEEN if str(culprit) in key] == [f"{culprit}:b::0"], "its effect was not made again"


def test_a_locked_row_keeps_nobody_else_and_is_not_asked_for_over_and_over(engine: EngineThread) -> None:
    held = queue(chain(behave("a", "pass", "effect"), behave("b", "gate"), node("z")))
    engine.ring(str(held))
    eventually(lambda: any(how == "gate" for how, _ in SEEN))
    assert engine.engine is not None
    journal = engine.engine.journal
    asked = 0
    execute = journal._execute

    async def counted(batches: Any) -> Any:
        nonlocal asked
        asked += any(batch.execution_id == str(held) for batch in batches)
        return await execute(batches)

    journal._execute = counted  # type: ignore[method-assign]
    with psycopg.connect(database_url()) as other:
        other.execute("SELECT 1 FROM executor_runstate WHERE execution_id = %s FOR UPDATE", [held])
        GATE.set()
        for execution_id in [quiet_run() for _ in range(5)]:
            engine.ring(str(execution_id))
            assert finished(execution_id).state.status == "completed"
        time.sleep(1)
        assert asked < 30
        other.rollback()
    assert finished(held).state.status == "completed"


def renamed(old: str, new: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE executor_noderun RENAME COLUMN {old} TO {new}")


def test_a_schema_of_another_release_delays_and_fails_nothing(engine: EngineThread) -> None:
    before = quiet_run()
    engine.ring(str(before))
    finished(before)
    renamed("logs", "lines")
    try:
        execution_id = quiet_run()
        engine.ring(str(execution_id))
        assert engine.engine is not None
        trouble = engine.engine.journal.trouble
        eventually(lambda: trouble.since is not None)
        time.sleep(1)
        assert engine.engine.journal._backoff.tries < 8, "it does not spin"
        assert RunState.objects.get(pk=execution_id).status == "running"
    finally:
        renamed("lines", "logs")
    execution = finished(execution_id)
    assert execution.state.status == "completed", execution.error
    check_events(execution)
    assert engine.is_alive


def test_a_standby_that_takes_no_writes_delays_turns_health_red_and_fails_nothing(engine: EngineThread) -> None:
    name = connection.settings_dict["NAME"]
    execution_id = queue(chain(behave("a", "pass", "effect"), node("w", "wait", {"seconds": 0.5}), node("z")))
    engine.ring(str(execution_id))
    eventually(lambda: SEEN)

    def as_superuser(*statements: str) -> None:
        with psycopg.connect(database_url(), autocommit=True) as other:
            for statement in ("SET default_transaction_read_only = off", *statements):
                other.execute(statement)

    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    as_superuser(f"ALTER DATABASE {name} SET default_transaction_read_only = on", cut)
    try:
        fresh_connections()
        assert check_database()["status"] == "down"
        assert engine.engine is not None
        watched = engine.engine.watched
        standing = eventually(lambda: watched.standing(time.monotonic()), 25)
        assert any("ReadOnlySqlTransaction 25006" in why for _, why in standing.values())
        assert engine.engine.control._backoff.tries < 15, "it does not spin"
    finally:
        as_superuser(f"ALTER DATABASE {name} RESET default_transaction_read_only", cut)
        fresh_connections()
    execution = finished(execution_id, 40)
    assert execution.state.status == "completed", execution.error
    assert [how for how, _ in SEEN].count("pass") == 1
    assert engine.is_alive


@pytest.mark.parametrize("state", ["25006", "42703"])
def test_a_standby_and_another_schema_end_no_run_that_is_claimed_under_a_lock(state: str) -> None:
    execution_id = quiet_run()
    RunState.objects.filter(pk=execution_id).update(suspicion=2)
    taken: list[ClaimedRun] = []
    url = database_url()

    async def claim() -> None:
        control = Control(url, asyncio.Event())
        places = Places(1, lambda: 0, taken.append, only_suspects=True)
        claims = Claims(control, uuid4(), places, lambda errand: errand.close())
        claiming = asyncio.create_task(claims.forgotten())
        await asyncio.wait([claiming], timeout=2)
        await asyncio.to_thread(allow)
        await claiming
        assert taken == []
        await claims.forgotten()
        await control.close()

    with contextlib.ExitStack() as refused:
        refused.enter_context(trigger("executor_runstate", "UPDATE", "true", state))

        def allow() -> None:
            refused.close()
            connection.close()

        asyncio.run(claim())
    assert [claimed.execution_id for claimed in taken] == [execution_id]
    assert RunState.objects.get(pk=execution_id).status == "running"


def test_health_names_the_part_that_stands_and_why(engine: EngineThread) -> None:
    eventually(lambda: check_processes()["workers"]["status"] == "ok")
    assert engine.engine is not None
    with trigger("executor_wait", "UPDATE", "true", "22003"):
        with connection.cursor() as cursor:
            execution_id = queue(chain(node("w", "wait", {"seconds": 6}), node("z")))
            engine.ring(str(execution_id))
            until(execution_id, {"waiting"})
            cursor.execute("UPDATE executor_wait SET until = clock_timestamp() WHERE false")
        found = eventually(lambda: check_processes()["workers"]["standing"], 25)
        assert {"timers"} <= {entry["part"] for entry in found}
        assert check_processes()["workers"]["status"] == "down"
        other = quiet_run()
        engine.ring(str(other))
        assert finished(other).state.status == "completed", "the other loops go on"
    assert finished(execution_id).state.status == "completed"
    eventually(lambda: check_processes()["workers"]["status"] == "ok", 15)


def test_a_worker_that_is_killed_turns_health_red_until_another_takes_its_name(engine: EngineThread) -> None:
    eventually(lambda: check_processes()["workers"]["status"] == "ok")
    with connection.cursor() as cursor:
        cursor.execute("""
            INSERT INTO core_processheartbeat (id, kind, beat_at, details) VALUES (gen_random_uuid(), 'worker',
                clock_timestamp() - interval '13 seconds', '{"queues": ["workflows"], "name": "worker7@a.host"}')
        """)
    workers = check_processes()["workers"]
    assert workers["status"] == "down"
    assert [(entry["worker"], entry["part"]) for entry in workers["standing"]] == [("worker7", "heartbeat")]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_processheartbeat SET beat_at = beat_at - interval '50 s' WHERE details->>'name' = 'worker7@a.host'"
        )
    assert check_processes()["workers"]["status"] == "ok", "others have its work by now"


def test_the_database_being_away_is_no_failure_of_a_node(engine: EngineThread) -> None:
    """A node that stores a file while every connection is refused for longer than its time limit."""
    assert engine.engine is not None
    database = engine.engine.database
    work, since = database._run, time.monotonic()
    away = threading.Event()

    def refused(*arguments: Any, **keywords: Any) -> Any:
        if not away.is_set():
            raise psycopg.OperationalError("the server is away")
        return work(*arguments, **keywords)

    document = chain(behave("a", "large", settings={"timeout_s": 1}), node("z"))
    database._run = refused
    execution_id = queue(document)
    engine.ring(str(execution_id))
    time.sleep(1.5)
    assert RunState.objects.get(pk=execution_id).status == "running"
    away.set()
    execution = finished(execution_id, 30)
    assert execution.state.status == "completed", execution.error
    assert NodeRun.objects.get(execution_id=execution_id, node_id="a").status == "completed"
    assert time.monotonic() - since < 40
    assert Execution.objects.get(pk=execution_id).error is None


@pytest.mark.parametrize("which", ["limited", "suspect"])
def test_a_run_that_cannot_be_claimed_keeps_nobody_of_its_kind_waiting(which: str, db: None) -> None:
    fields: dict[str, Any] = {"limit_key": "k", "limit_max": 5} if which == "limited" else {}
    ids = [queue(chain(set_node("a", x=1), node("z")), **fields) for _ in range(3)]
    if which == "suspect":
        RunState.objects.update(suspicion=2)
    condition = f"NEW.execution_id = '{ids[0]}' AND NEW.status = 'running'"
    with trigger("executor_runstate", "UPDATE", condition, "22003"):
        engine = engine_thread(is_alone=which == "suspect")
        engine.start()
        for execution_id in ids[1:]:
            assert finished(execution_id).state.status == "completed"
        execution = finished(ids[0])
        engine.stop(1)
    assert (execution.state.status, (execution.error or {})["code"]) == ("failed", "engine_error")


def test_after_an_outage_every_worker_gets_a_lease_of_time_to_come_back(db: None) -> None:
    """Nobody was there without a break: the silence says nothing about the worker."""
    execution_id = queue(chain(node("z")))
    with connection.cursor() as cursor:
        cursor.execute("""
            INSERT INTO core_processheartbeat (id, kind, beat_at, details) VALUES
                ('00000000-0000-0000-0000-00000000000a', 'worker', clock_timestamp() - interval '11 s', '{}'),
                ('00000000-0000-0000-0000-00000000000b', 'worker', clock_timestamp(),
                    jsonb_build_object('since', clock_timestamp() - interval '2 s'))
        """)
        RunState.objects.filter(pk=execution_id).update(
            status="running", worker_id="00000000-0000-0000-0000-00000000000a", claimed_at=database_now()
        )
        recovery.sweep()
        assert RunState.objects.get(pk=execution_id).suspicion == 0
        cursor.execute("""
            UPDATE core_processheartbeat SET details = jsonb_build_object('since', clock_timestamp() - interval '11 s')
            WHERE id = '00000000-0000-0000-0000-00000000000b'
        """)
        recovery.sweep()
    state = RunState.objects.get(pk=execution_id)
    assert (state.status, state.suspicion) == ("pending", 1)


def test_a_worker_without_a_lease_takes_nothing(engine: EngineThread) -> None:
    assert engine.engine is not None
    lease, places = engine.engine.lease, engine.engine.claims._places
    eventually(lambda: places.free > 0)
    until_then, lease._until = lease._until, 0.0
    assert places.free <= 0
    assert engine.engine.jobs._places.is_taken()
    lease._until = until_then
    assert places.free > 0


def test_a_run_that_cannot_be_claimed_is_found_behind_however_many_that_have_no_place(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "ONE_BY_ONE", 2)
    document = chain(set_node("a", x=1))
    full = [queue(document, limit_key="full", limit_max=1) for _ in range(5)]
    RunState.objects.filter(pk__in=full).update(limit_max=0)
    ids = [queue(document, limit_key="k", limit_max=5) for _ in range(2)]
    condition = f"NEW.execution_id = '{ids[0]}' AND NEW.status = 'running'"
    with trigger("executor_runstate", "UPDATE", condition, "22003"):
        engine = engine_thread()
        engine.start()
        try:
            assert [finished(execution_id).state.status for execution_id in ids] == ["failed", "completed"]
        finally:
            engine.stop(1)
    assert set(RunState.objects.filter(pk__in=full).values_list("status", flat=True)) == {"pending"}
