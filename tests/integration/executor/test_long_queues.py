"""Queues of thousands of runs: a claim costs what it takes, whatever waits."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from executor.models import RunState
from tests.builders import chain, node, set_node
from tests.integration.executor.running import engine_thread, eventually, finished, queue

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 3000
KEYS = {"executor_execution": "id", "executor_runstate": "execution_id"}


def multiply(execution_id: UUID, times: int) -> None:
    """Queue a run so many times more, each with a limit of its own where it has one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE ids AS SELECT gen_random_uuid() AS id FROM generate_series(1, %s)", [times]
        )
        for table, key in KEYS.items():
            changed: dict[str, Any] = {key: "ids.id::text"}
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
