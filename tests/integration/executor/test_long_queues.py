"""Queues of thousands of runs: a claim costs what it takes, whatever waits."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from executor.models import RunState
from executor.sql import queue_sql
from tests.builders import chain, node, set_node
from tests.integration.executor.running import engine_thread, eventually, finished, queue

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 3000
KEYS = {"executor_execution": "id", "executor_runstate": "execution_id"}


def multiply(execution_id: UUID, times: int, *, of_many: bool = False) -> None:
    """Queue a run so many times more, each with a limit of its own where it has one, and an owner where asked for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE ids AS SELECT gen_random_uuid() AS id FROM generate_series(1, %s)", [times]
        )
        for table, key in KEYS.items():
            changed: dict[str, Any] = {key: "ids.id::text"}
            if of_many:
                changed["owner_id"] = "ids.id::text"
            if table == "executor_runstate":
                changed["limit_key"] = "s.limit_key || ids.id"
            pairs = ", ".join(f"'{name}', {value}" for name, value in changed.items())
            cursor.execute(
                f"INSERT INTO {table} SELECT r.* FROM {table} s, ids, "
                f"jsonb_populate_record(s, jsonb_build_object({pairs})) r WHERE s.{key} = %s",
                [execution_id],
            )
        cursor.execute("DROP TABLE ids")


@pytest.mark.parametrize("limits", [{"limit_key": "k", "limit_max": 1}, {}])
def test_thousands_of_runs_of_one_owner_hold_up_no_claim_and_nobody_else(limits: dict[str, Any], db: None) -> None:
    noisy = queue(chain(node("w", "wait", {"seconds": 0.5})), owner=uuid4(), **limits)
    multiply(noisy, MANY)
    assert RunState.objects.filter(status="pending").count() == MANY + 1
    engine = engine_thread(runs_at_once=10)
    engine.start()
    try:
        eventually(lambda: RunState.objects.filter(status="completed").exists(), 20)
        quiet = queue(chain(set_node("a", x=1)), owner=uuid4(), **{**limits, **({"limit_key": "q"} if limits else {})})
        assert finished(quiet, 20).state.status == "completed"
        left = RunState.objects.filter(status="pending").count()
        assert left > MANY / 2, "it did not wait for all of theirs"
    finally:
        engine.stop(1)


def test_runs_that_have_no_place_hold_up_no_run_of_any_other_owner(db: None) -> None:
    """However many owners there are: a claim looks at those that come after whom the last one looked at."""
    full = queue(chain(set_node("a", x=1)), owner=UUID(int=1), limit_key="k", limit_max=1)
    RunState.objects.filter(pk=full).update(limit_max=0)
    multiply(full, 2 * queue_sql.OWNERS, of_many=True)
    document = chain(set_node("a", x=1))
    last = [queue(document, owner=UUID(int=at), limit_key=f"q{at}", limit_max=1) for at in (2, 2**127, 2**128 - 1)]
    engine = engine_thread(runs_at_once=10)
    engine.start()
    try:
        assert [finished(execution_id, 40).state.status for execution_id in last] == ["completed"] * 3
    finally:
        engine.stop(1)
    assert RunState.objects.filter(status="pending").count() == 2 * queue_sql.OWNERS + 1
