"""What workers and beat ask all the time reads the few rows it is about, however many runs live or have ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from executor.queue import recovery
from executor.queue.recovery import FIRST
from executor.sql import below_sql, lost_runs_sql, queue_sql, remote_turns_sql, verbs_sql

MANY, FEW = 10_000, 5
READ = 20 * FEW  # what a statement may read: each of the few with all that belongs to it
RUNS = """
WITH made AS (
    INSERT INTO executor_execution (id, owner_id, workflow_name, definition_hash, layout_hash, mode, trigger,
        trigger_node_id, input, variables, labels, pinned, total, parent_path, child_index, depth, is_detached,
        is_reported, sub_workflows, request_hash, created_at, warnings, nodes_executed, finished_at,
        parent_execution_id, parent_node_id)
    SELECT gen_random_uuid(), gen_random_uuid(), 'w', 'h', 'l', 'manual', 'manual', 'start', '{}', '{}', '{}', '{}', 1,
        '', 0, 0, false, %(status)s = 'completed', '{}', '', now(), '[]', 0,
        CASE WHEN %(status)s = 'completed' THEN now() END,
        CASE WHEN %(status)s = 'completed' THEN gen_random_uuid() END, 'n'
    FROM generate_series(1, %(many)s) RETURNING id, owner_id
), state AS (
    INSERT INTO executor_runstate (execution_id, owner_id, status, priority, epoch, last_seq, commit_no, wakes,
        recoveries, suspicion, running_ms, queued_at)
    SELECT id, owner_id, %(status)s, 0, 0, 1, 0, 0, 0, 0, 0, now() - interval '1 hour' FROM made
    RETURNING execution_id, owner_id, status
), waits AS (
    INSERT INTO executor_wait (execution_id, node_id, path, number, kind, created_at, until)
    SELECT execution_id, 'n', '', 0, 'remote_node', now(), now() + interval '1 hour' FROM state
    WHERE status <> 'completed'
)
INSERT INTO executor_nodejob (id, execution_id, node_id, path, number, owner_id, queue, priority, status, epoch,
    recoveries, suspicion, request, queued_at)
SELECT gen_random_uuid(), execution_id, 'n', '', 0, owner_id, 'gpu', 0, 'pending', 0, 0, 0, '', now() FROM state
WHERE status <> 'completed'
"""
# A few of those in a state: suspected, waiting for nothing, children of a run that has ended.
SUSPECTED = """
WITH few AS (SELECT execution_id FROM executor_runstate WHERE status = 'pending' LIMIT %(few)s), runs AS (
    UPDATE executor_runstate SET suspicion = 2 WHERE execution_id IN (SELECT execution_id FROM few))
UPDATE executor_nodejob SET suspicion = 2 WHERE execution_id IN (SELECT execution_id FROM few)
"""
STUCK = """
WITH few AS (
    UPDATE executor_runstate SET status = 'waiting' WHERE execution_id IN (
        SELECT execution_id FROM executor_runstate WHERE status = 'paused' LIMIT %(few)s) RETURNING execution_id)
UPDATE executor_wait SET answered_at = now() WHERE execution_id IN (SELECT execution_id FROM few)
"""
LEFT_ALONE = """
UPDATE executor_execution SET parent_execution_id = (
    SELECT execution_id FROM executor_runstate WHERE status = 'completed' LIMIT 1)
WHERE id IN (SELECT execution_id FROM executor_runstate WHERE status = 'paused' LIMIT %(few)s)
"""
# Half of what is pending is that of one owner, whom a walk along owners meets first.
CROWDED = """
WITH crowd AS (
    SELECT execution_id FROM executor_runstate WHERE status = 'pending' AND suspicion = 0
    LIMIT (SELECT count(*) / 2 FROM executor_runstate WHERE status = 'pending'))
UPDATE executor_runstate SET owner_id = '00000000-0000-4000-8000-000000000000'
WHERE execution_id IN (SELECT execution_id FROM crowd) AND %(few)s > 0
"""
# A few have a limit, each one of its own.
LIMITED = """
UPDATE executor_runstate SET limit_key = 'k' || execution_id, limit_max = 1 WHERE execution_id IN (
    SELECT execution_id FROM executor_runstate WHERE status = 'pending' AND suspicion = 0
        AND owner_id <> '00000000-0000-4000-8000-000000000000' LIMIT %(few)s)
"""
# Of what is paused a few are to be stopped.
TO_STOP = """
UPDATE executor_runstate SET command = 'stop' WHERE execution_id IN (
    SELECT execution_id FROM executor_runstate WHERE status = 'paused' LIMIT %(few)s)
"""
LOST = """
UPDATE executor_nodejob SET status = 'running', worker_id = gen_random_uuid() WHERE id IN (
    SELECT j.id FROM executor_nodejob j JOIN executor_runstate s ON s.execution_id = j.execution_id
    WHERE s.status = 'paused' LIMIT %(few)s)
"""
# Runs of a worker that is gone, which were to be stopped, with people asked by each.
STOPPED = """
UPDATE executor_runstate SET status = 'running', command = 'stop', worker_id = gen_random_uuid(), claimed_at = now();
INSERT INTO executor_humantask (id, execution_id, owner_id, workflow_name, node_id, path, number, type, title, message,
    options, context, assignee_ids, required_answers, answers, escalate_to, status, timeout_s, on_timeout, created_at)
SELECT gen_random_uuid(), execution_id, owner_id, 'w', 'n', '', number, 'approval', 't', '', '[]', '{}', '[]', 1, '[]',
    '[]', 'pending', 60, 'proceed', now() FROM executor_runstate, generate_series(1, %(few)s) AS number
"""
TABLES = (
    "executor_execution", "executor_runstate", "executor_wait", "executor_nodejob", "executor_humantask", "executor_signal",
)  # fmt: skip
WORKER = uuid4()
BEGIN = {"queued_at": FIRST[0], "after": FIRST[1]}
NODES = {"queues": ["gpu"], "after": WORKER, "most": 1, "places": 1, "holders": [], "held": [], "worker": WORKER}
# Asked by every worker, on the engine's connection with what that tells the planner.
ROOM = {"most": 1, "holders": [uuid4()], "held": [1]}
OF_ENGINES: dict[str, tuple[str, dict[str, Any]]] = {
    "a run of the queue": (queue_sql.CLAIM_OLDER, {**ROOM, "worker": WORKER, "served": [], "age_s": 0}),
    "owners with limits": (queue_sql.LIMITED_OWNERS, {"after": WORKER, "most": queue_sql.OWNERS}),
    "a suspect run": (queue_sql.CLAIM_SUSPECT, {"most": 1, "worker": WORKER}),
    "limited runs one by one": (queue_sql.WAITING_LIMITED, {"most": 200, **BEGIN}),
    "a suspect node": (remote_turns_sql.CLAIM_SUSPECT, NODES),
    "any node": (remote_turns_sql.CLAIM, NODES),
    "any suspect": (queue_sql.ANY_SUSPECT, {"takes_runs": False, "queues": ["gpu"]}),
    "no suspect": (queue_sql.ANY_SUSPECT, {"takes_runs": False, "queues": ["cpu"]}),
    "waits that are due": (verbs_sql.DUE, {"reason": "timer"}),
    "what a process holds": (
        lost_runs_sql.GIVE_UP, {"worker": WORKER, "cause": "", "ends": True, "suspects": None},
    ),
}  # fmt: skip
STATEMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "runs that have waited": (verbs_sql.WAITING_LONG, {"age_s": 30, "most": 1000, **BEGIN}),
    "lost nodes": (remote_turns_sql.SWEEP, {"lease_s": 10, "most": 6}),
    "runs to be stopped": (below_sql.TO_END, {"after": BEGIN["after"], "most": 500}),
}
# Asked by the sweeper, which tells the planner to look each up.
LOOKED_UP: dict[str, tuple[str, dict[str, Any]]] = {
    "children that go on": (verbs_sql.ASK_FOR_STOPS, {}),
    "parents nobody told": (verbs_sql.ASK_FOR_REPORTS, {"age_s": 2}),
    "parents that are gone": (verbs_sql.FORGET_PARENTS, {}),
}


@pytest.mark.django_db
def test_what_is_asked_all_the_time_reads_none_of_the_runs_it_is_not_about() -> None:
    with connection.cursor() as cursor:
        for status in ("pending", "paused", "completed"):
            cursor.execute(RUNS, {"status": status, "many": MANY})
        for few in (SUSPECTED, STUCK, LEFT_ALONE, LOST, CROWDED, LIMITED, TO_STOP):
            cursor.execute(few, {"few": FEW})
        tell_the_planner()

        cursor.execute("SELECT owner_id FROM executor_runstate WHERE limit_key IS NOT NULL")
        limited: dict[str, Any] = {**ROOM, "worker": WORKER, "owners": [owner for (owner,) in cursor.fetchall()]}
        cursor.execute("SELECT execution_id FROM executor_runstate WHERE status = 'waiting'")
        stuck: dict[str, Any] = {"ids": [execution_id for (execution_id,) in cursor.fetchall()], "reason": "answer"}
    looked_up = {**LOOKED_UP, "runs that wait for nothing": (verbs_sql.STUCK, stuck)}
    of_engines = {**OF_ENGINES, "a limited run": (queue_sql.CLAIM_LIMITED, limited)}

    looked = {about: looked_at(statement, asked) for about, (statement, asked) in STATEMENTS.items()}
    with recovery.looking_up():
        looked |= {about: looked_at(statement, asked) for about, (statement, asked) in looked_up.items()}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL plan_cache_mode = force_generic_plan")
        looked |= {about: looked_at(*prepared(statement, asked)) for about, (statement, asked) in of_engines.items()}
        transaction.set_rollback(True)

    assert {about: read for about, (read, _) in looked.items() if read > READ} == {}
    assert {about: found for about, (_, found) in looked.items() if found} == {
        "a run of the queue": 1, "a suspect run": 1, "a suspect node": 1, "any node": 1, "any suspect": 1,
        "a limited run": 1, "owners with limits": FEW, "limited runs one by one": FEW, "runs that have waited": FEW,
        "runs that wait for nothing": FEW, "lost nodes": FEW,
        "runs to be stopped": FEW,
    }  # fmt: skip
    assert looked["children that go on"][0] >= FEW


@pytest.mark.django_db
@pytest.mark.parametrize("known", ["as it is", "as it was before", "nothing but what was rolled back", "empty"])
def test_lost_runs_and_their_tasks_are_gone_through_once_not_each_with_all_others(known: str) -> None:
    """Whatever the planner thinks of the tables."""
    runs = 300
    asked: dict[str, Any] = {"lease_s": 10, "most": 6, "cause": "gone"}
    with connection.cursor() as cursor:
        if known == "nothing but what was rolled back":
            with transaction.atomic():
                cursor.execute(RUNS, {"status": "pending", "many": MANY})
                cursor.execute(STOPPED, {"few": FEW})
                transaction.set_rollback(True)
        if known == "empty":
            cursor.execute(RUNS, {"status": "pending", "many": 4 * FEW})
            cursor.execute(STOPPED, {"few": FEW})
            for table in ("humantask", "wait", "nodejob", "runstate", "execution"):
                tell_the_planner()
                cursor.execute(f"DELETE FROM executor_{table}")
        if known != "as it is":
            tell_the_planner()
        cursor.execute(RUNS, {"status": "pending", "many": runs})
        cursor.execute(STOPPED, {"few": FEW})
        cursor.execute(RUNS, {"status": "completed", "many": MANY})
        if known == "as it is":
            tell_the_planner()
        with transaction.atomic(), recovery.along_indexes() as walking:
            walking.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {lost_runs_sql.SWEEP_LOST}", asked)
            [[found]] = walking.fetchone()
            transaction.set_rollback(True)
        cursor.execute(lost_runs_sql.SWEEP_LOST, asked)
        assert cursor.rowcount == runs
        cursor.execute("SELECT count(*), min(last_seq), max(last_seq) FROM executor_eventbatch")
        assert cursor.fetchone() == (runs, 2 + FEW, 2 + FEW)
        cursor.execute("SELECT count(*) FROM executor_humantask WHERE status = 'cancelled'")
        assert cursor.fetchone() == (runs * FEW,)
    parts = [part for part in parts_of(found["Plan"]) if part["Node Type"] == "CTE Scan"]
    assert sum(_read_by(part) for part in parts) < 10 * runs * (1 + FEW)
    of_runs = [part for part in scans(found["Plan"]) if part["Relation Name"] == "executor_runstate"]
    assert sum(_read_by(part) for part in of_runs) < 10 * runs, "none of those that ended"


@pytest.mark.django_db
def test_a_claim_looks_at_so_many_limits_of_an_owner_however_many_there_are() -> None:
    with connection.cursor() as cursor:
        cursor.execute(RUNS, {"status": "pending", "many": MANY // 2})
        cursor.execute(
            "UPDATE executor_runstate SET owner_id = %s, limit_key = execution_id::text, limit_max = 1", [WORKER]
        )
        tell_the_planner()
    asked = {**ROOM, "worker": WORKER, "owners": [WORKER]}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL plan_cache_mode = force_generic_plan")
        read, found = looked_at(*prepared(queue_sql.CLAIM_LIMITED, asked))
        one_by_one = looked_at(*prepared(queue_sql.WAITING_LIMITED, {"most": 10, **BEGIN}))
        transaction.set_rollback(True)
    assert found == 1
    assert one_by_one[1] == 10
    assert one_by_one[0] <= READ
    assert read < MANY / 4  # twice 200 limits, each with a step to it and a look at its first run


@pytest.mark.django_db
def test_of_the_runs_that_wait_so_many_are_looked_at_and_each_has_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "LOOKED_AT", 2)
    monkeypatch.setattr(recovery, "_looked_to", FIRST)
    with connection.cursor() as cursor:
        cursor.execute(RUNS, {"status": "waiting", "many": 7})
        cursor.execute(
            "UPDATE executor_wait SET answered_at = now() WHERE execution_id = ("
            "SELECT execution_id FROM executor_runstate ORDER BY queued_at DESC, execution_id DESC LIMIT 1)"
        )
    assert [recovery.wake_the_stuck() for _ in range(5)] == [0, 0, 0, 1, 0]


# A run with many signals that were kept, and some waits: for a few of them, and for what never came.
SIGNALS = """
WITH run AS (SELECT execution_id FROM executor_runstate LIMIT 1), waits AS (
    INSERT INTO executor_wait (execution_id, node_id, path, number, kind, signal, created_at, answered_at)
    SELECT execution_id, 's', '', number, 'signal', CASE WHEN number %% 2 = 0 THEN 'often' ELSE 'never' END, now(),
        CASE WHEN number >= %(few)s THEN now() END
    FROM run, generate_series(0, %(many)s) AS number)
INSERT INTO executor_signal (id, execution_id, name, payload, created_at, taken_at)
SELECT gen_random_uuid(), execution_id, CASE WHEN number %% 2 = 0 THEN 'often' ELSE 'other' END, to_jsonb(number),
    now() + number * interval '1 second', CASE WHEN number < 10 THEN now() END
FROM run, generate_series(0, %(many)s) AS number
RETURNING execution_id
"""


@pytest.mark.django_db
def test_a_run_that_looks_for_signals_reads_no_more_than_it_has_waits() -> None:
    with connection.cursor() as cursor:
        cursor.execute(RUNS, {"status": "waiting", "many": 1})
        cursor.execute(SIGNALS, {"few": FEW, "many": MANY // 2})
        asked = {"id": cursor.fetchone()[0], "reason": "signal"}
        tell_the_planner()
    by_web = looked_at(verbs_sql.MATCH, asked)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL plan_cache_mode = force_generic_plan")
        by_engine = looked_at(*prepared(verbs_sql.MATCH, asked))
        transaction.set_rollback(True)
    assert by_web[1] == by_engine[1] == 1
    assert max(by_web[0], by_engine[0]) < READ
    with connection.cursor() as cursor:
        cursor.execute(verbs_sql.MATCH, asked)
        cursor.execute("SELECT answer->'payload' FROM executor_wait WHERE answer IS NOT NULL ORDER BY number")
        assert [payload for (payload,) in cursor.fetchall()] == ["10", "12", "14"], "the oldest that were not taken"


def tell_the_planner() -> None:
    """Let the database look at what is in the tables: what it made of tests before would have it choose other plans."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ANALYZE {table}")


def prepared(statement: str, asked: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Prepare a statement as the engine's connection does; returns what executes it."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    for number, name in enumerate(names, 1):
        statement = statement.replace(f"%({name})s", f"${number}")
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
        cursor.execute(f"PREPARE asked AS {statement}")
    values = ", ".join(f"%({name})s" for name in names)
    return f"EXECUTE asked({values})" if names else "EXECUTE asked", asked


def looked_at(statement: str, asked: dict[str, Any]) -> tuple[int, int]:
    """Return how many rows of tables a statement looks at, those it passes over among them, and how many it returns."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", asked)
        [[found]] = cursor.fetchone()
        transaction.set_rollback(True)
    return sum(_read_by(scan) for scan in scans(found["Plan"])), round(found["Plan"]["Actual Rows"])


def parts_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from parts_of(inner)


def scans(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in parts_of(plan) if "Relation Name" in part and part["Node Type"] != "ModifyTable"]


def _read_by(scan: dict[str, Any]) -> int:
    passed_over = scan.get("Rows Removed by Filter", 0) + scan.get("Rows Removed by Index Recheck", 0)
    read: float = (scan["Actual Rows"] + passed_over) * scan["Actual Loops"]
    return round(read)
