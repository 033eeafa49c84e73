"""A stop, a pause and a resume reach every run below, however many there are, how deep, and whatever each is doing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from executor.models import Execution, HumanTask, NodeRun, RunState, Wait
from executor.process.engine_thread import EngineThread
from executor.process.worker import default_config
from executor.queue import recovery
from executor.selectors import execution_by_id, stored_events
from executor.sql import below_sql, journal_sql, queue_sql
from executor.verbs import below, verbs
from executor.waits import children
from orchestrator.executions import stopping
from tests.builders import chain, node
from tests.integration.executor.running import check_events, eventually, finished, queue
from tests.integration.executor.test_rows_read import tell_the_planner
from tests.integration.orchestrator.test_sub_workflows import begin, calling, make
from tests.integration.outbox.working import left, work_off

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 2_600
# So many runs below one, pending: every second with a limit.
BELOW = """
WITH made AS (
    INSERT INTO executor_execution (id, owner_id, workflow_name, definition_hash, layout_hash, mode, trigger,
        trigger_node_id, input, variables, labels, pinned, total, parent_path, child_index, depth, is_detached,
        is_reported, sub_workflows, request_hash, created_at, warnings, nodes_executed, parent_execution_id,
        parent_node_id)
    SELECT gen_random_uuid(), %(owner)s, 'w', 'h', 'l', 'manual', 'manual', 'start', '{}', '{}', '{}', '{}', 1,
        '', 0, 1, false, false, '{}', '', now(), '[]', 0, %(parent)s, 'n'
    FROM generate_series(1, %(many)s) RETURNING id, owner_id
)
INSERT INTO executor_runstate (execution_id, owner_id, status, priority, epoch, last_seq, commit_no, wakes,
    recoveries, suspicion, running_ms, queued_at, limit_key, limit_max)
SELECT id, owner_id, 'pending', 0, 0, 0, 0, 0, 0, 0, 0, now() - interval '1 hour',
    CASE WHEN row_number() OVER () %% 2 = 0 THEN 'k' END, CASE WHEN row_number() OVER () %% 2 = 0 THEN 100 END
FROM made
"""


def run_below(parent: UUID | None, status: str, *, owner: UUID | None = None, **fields: Any) -> UUID:
    """Return a run in some state, below another."""
    execution_id = queue(chain(node("n")), owner=owner)
    of_execution = {name: fields.pop(name) for name in ("is_detached", "finished_at") if name in fields}
    depth = 0 if parent is None else Execution.objects.get(pk=parent).depth + 1
    Execution.objects.filter(pk=execution_id).update(
        parent_execution_id=parent, parent_node_id=parent and "n", depth=depth, **of_execution
    )
    RunState.objects.filter(pk=execution_id).update(status=status, **fields)
    return execution_id


def statuses(*ids: UUID) -> list[str]:
    return [RunState.objects.get(pk=one).status for one in ids]


def stop(execution_id: UUID) -> bool:
    return verbs.stop(execution_id=execution_id, by=uuid4(), reason="enough", now=timezone.now())


UNBOUND: dict[str, Any] = {"holders": [], "held": []}


def claimable() -> set[UUID]:
    """Return what a worker with many places would be given, and give it back."""
    asked: dict[str, Any] = {"most": 10_000, "worker": uuid4(), "served": [], "age_s": 0, **UNBOUND}
    asked["owners"] = list(RunState.objects.values_list("owner_id", flat=True).distinct())
    asked["ids"] = list(RunState.objects.values_list("pk", flat=True))
    found: set[UUID] = set()
    for statement in (queue_sql.CLAIM_OLDER, queue_sql.CLAIM_RUNG, queue_sql.CLAIM_LIMITED, queue_sql.CLAIM_SUSPECT):
        with connection.cursor() as cursor:
            cursor.execute(statement, asked)
            found |= {row[0] for row in cursor.fetchall()}
    with connection.cursor() as cursor:
        cursor.execute(queue_sql.CLAIM_ONE, asked)
        found |= {row[0] for row in cursor.fetchall()}
    return found


def test_a_stop_reaches_every_run_below_whatever_it_is_doing() -> None:
    root = run_below(None, "waiting")
    pending, waiting, paused = (run_below(root, status) for status in ("pending", "waiting", "paused"))
    at_work = run_below(root, "running", worker_id=uuid4(), claimed_at=timezone.now(), epoch=1)
    over = run_below(root, "completed", finished_at=timezone.now())
    suspect = run_below(root, "pending", suspicion=2)
    deep = [
        run_below(waiting, "waiting"),
        run_below(at_work, "pending"),
        run_below(over, "pending", limit_key="k", limit_max=1),
    ]
    deepest = [run_below(deep[0], "pending"), run_below(deep[1], "paused")]
    detached = run_below(root, "pending", is_detached=True)
    below_detached = run_below(detached, "pending")
    now = timezone.now()
    for number in range(2):
        HumanTask.objects.create(
            execution_id=deep[0],
            owner_id=uuid4(),
            node_id="n",
            number=number,
            type="approval",
            title="?",
            created_at=now,
        )
    NodeRun.objects.create(
        execution_id=deep[0], node_id="n", label="n", kind="wait", status="waiting", effect="pure", started_at=now
    )

    assert stop(root)

    ended = [pending, waiting, paused, suspect, *deep, *deepest]
    assert statuses(root, *ended) == ["cancelled"] * (len(ended) + 1)
    assert statuses(at_work, over) == ["running", "completed"]
    assert RunState.objects.get(pk=at_work).command == "stop"
    assert claimable() == {detached, below_detached}
    for one in ended:
        execution = execution_by_id(one)
        check_events(execution)
        assert (execution.end_reason, execution.is_reported) == ("stopped", True)
        assert execution.finished_at is not None
    last = list(stored_events(deep[0], 0, 100))[-3:]
    assert [event.type for event in last] == ["human_task.closed", "human_task.closed", "execution.cancelled"]
    assert (last[-1].data or {})["reason"] == below.REASON
    assert {task.status for task in HumanTask.objects.all()} == {"cancelled"}
    assert NodeRun.objects.get().status == "cancelled"
    assert left(kind=below.KIND) == []
    assert not stop(at_work), "it is asked already"


def test_no_run_of_thousands_is_taken_up_once_the_stop_is_accepted() -> None:
    owner = uuid4()
    root = run_below(None, "waiting", owner=owner)
    with connection.cursor() as cursor:
        cursor.execute(BELOW, {"owner": owner, "parent": root, "many": MANY})
    tell_the_planner()

    assert stop(root)

    assert RunState.objects.exclude(command="stop").count() == 0
    assert 0 < RunState.objects.filter(status="cancelled").count() <= below.AT_ONCE + 1, "the lock is a short one"
    assert claimable() == set()
    with connection.cursor() as cursor:
        cursor.execute(queue_sql.ANY_SUSPECT, {"takes_runs": True, "queues": []})
        assert cursor.fetchone() is None
        cursor.execute(journal_sql.SWEEP_FORGOTTEN, {"age_s": 0})
        assert cursor.fetchall() == []
    work_off()
    assert set(RunState.objects.values_list("status", "last_seq")) <= {("cancelled", 1), ("cancelled", 2)}
    assert Execution.objects.filter(end_reason="stopped", finished_at__isnull=False).count() == MANY + 1
    assert left() == []


def test_all_runs_of_a_workflow_are_stopped_together() -> None:
    workflow_id, by = uuid4(), uuid4()
    ids = [run_below(None, status) for status in ("pending", "waiting", "paused", "completed")]
    at_work = run_below(None, "running", worker_id=uuid4(), claimed_at=timezone.now(), epoch=1)
    Execution.objects.filter(pk__in=[*ids, at_work]).update(workflow_id=workflow_id)
    beneath, other = run_below(ids[1], "pending"), run_below(None, "pending")

    assert stopping.stop_all_of(workflow_id=workflow_id, by=by, now=timezone.now()) == 4
    assert statuses(*ids, at_work) == ["cancelled"] * 3 + ["completed", "running"]
    assert RunState.objects.get(pk=at_work).command == "stop"
    assert statuses(beneath, other) == ["cancelled", "pending"]
    last = list(stored_events(ids[0], 0, 9))[-1]
    assert last.data == {"by_user_id": str(by), "reason": stopping.REASON}
    assert stopping.stop_all_of(workflow_id=workflow_id, by=by, now=timezone.now()) == 0


def test_what_was_left_with_its_command_is_ended_by_the_sweeper() -> None:
    ids = [run_below(None, status, command="stop") for status in ("pending", "waiting", "paused")]
    recovery.sweep()
    assert statuses(*ids) == ["cancelled"] * 3
    for one in ids:
        check_events(execution_by_id(one))


def test_what_is_to_be_stopped_is_not_resumed() -> None:
    paused = run_below(None, "paused", command="stop")
    with pytest.raises(verbs.IllegalTransition):
        verbs.resume(execution_id=paused)
    assert RunState.objects.get(pk=paused).command == "stop"


def test_a_parent_that_goes_on_is_told_of_a_child_that_was_stopped() -> None:
    parent = run_below(None, "waiting")
    Wait.objects.create(execution_id=parent, node_id="n", kind="sub_workflow", remaining=1, created_at=timezone.now())
    child = run_below(parent, "waiting")
    assert stop(child)
    assert statuses(parent, child) == ["pending", "cancelled"]
    assert Wait.objects.get().remaining == 0


def test_pause_and_resume_reach_every_run_below_too() -> None:
    root = run_below(None, "waiting")
    pending, waiting = run_below(root, "pending"), run_below(root, "waiting")
    at_work = run_below(waiting, "running", worker_id=uuid4(), claimed_at=timezone.now(), epoch=1)
    deepest = run_below(at_work, "pending")
    kept = run_below(root, "pending", command="stop")

    assert verbs.pause(execution_id=root, by=uuid4())
    assert statuses(pending, waiting, at_work, deepest, kept) == ["paused", "waiting", "running", "paused", "pending"]
    assert set(RunState.objects.filter(pk__in=[root, waiting, at_work]).values_list("command", flat=True)) == {"pause"}
    verbs.resume(execution_id=root)
    assert statuses(pending, waiting, at_work, deepest, kept) == ["pending", "waiting", "running", "pending", "pending"]
    assert set(RunState.objects.exclude(pk=kept).values_list("command", flat=True)) == {None}
    assert [event.type for event in stored_events(deepest, 0, 9)] == [
        "execution.queued", "execution.paused", "execution.queued"
    ]  # fmt: skip


def test_a_pause_that_was_taken_back_reaches_nobody_any_more() -> None:
    root = run_below(None, "waiting")
    pending = run_below(root, "pending")
    assert below.reach_all(root, "pause", uuid4())
    assert statuses(pending) == ["pending"]
    with connection.cursor() as cursor:
        cursor.execute(below_sql.PAUSE_THESE, {"above": root, "ids": [pending], "by": None})
        assert cursor.fetchall() == []


def test_thousands_are_paused_and_resumed_by_the_time_the_verb_returns() -> None:
    owner = uuid4()
    root = run_below(None, "waiting", owner=owner)
    with connection.cursor() as cursor:
        cursor.execute(BELOW, {"owner": owner, "parent": root, "many": below.AT_ONCE + 7})
    tell_the_planner()
    assert verbs.pause(execution_id=root, by=uuid4())
    assert RunState.objects.filter(status="paused").count() == below.AT_ONCE + 7
    verbs.resume(execution_id=root)
    assert RunState.objects.filter(status="pending").count() == below.AT_ONCE + 7
    work_off()
    assert RunState.objects.filter(status="pending", command=None).count() == below.AT_ONCE + 7


def in_thread(work: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    try:
        return work(*arguments, **keywords)
    finally:
        connection.close()


# -- with workers ------------------------------------------------------------------------------------------------------
@pytest.fixture
def engines() -> Iterator[list[EngineThread]]:
    threads = [EngineThread(default_config) for _ in range(2)]
    for thread in threads:
        thread.start()
    yield threads
    for thread in threads:
        thread.stop(grace_s=1)


def begun(parent: UUID) -> int:
    """Return how many runs below one were ever taken up."""
    return RunState.objects.filter(execution__parent_execution_id=parent, epoch__gt=0).count()


@pytest.mark.parametrize("at_once", [5, 50])
def test_a_map_of_thousands_that_is_stopped_begins_no_other_of_its_runs(
    api: APIClient, engines: list[EngineThread], at_once: int
) -> None:
    child = make(api, "short", chain(node("w", "wait", {"seconds": 0.05}), node("z")))
    parent = make(api, "p", calling(child, "map", concurrency=at_once))
    execution_id = begin(api, engines[0], parent, [{"n": n} for n in range(3000)])
    eventually(lambda: begun(execution_id) >= 20)

    assert stop(execution_id)
    finished(execution_id)
    eventually(lambda: not RunState.objects.filter(status="running").exists())
    before = begun(execution_id)
    rows = NodeRun.objects.count()
    work_off()
    eventually(lambda: not RunState.objects.exclude(status__in=["completed", "cancelled"]).exists())

    assert (begun(execution_id), NodeRun.objects.count()) == (before, rows)
    assert before < 1500, "those that were at work, and no thousands more"
    assert set(Execution.objects.exclude(state__status="completed").values_list("end_reason", flat=True)) == {"stopped"}
    recovery.sweep()
    assert left() == []


@pytest.mark.parametrize("verb", ["stop", "pause"])
def test_runs_that_a_node_starts_after_the_verb_are_under_it(
    api: APIClient, engines: list[EngineThread], monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    """The node is at work while the verb is accepted, and asks for its runs then."""
    real = children._fit

    async def late(inputs: Any) -> Any:
        parent = Execution.objects.filter(parent_execution_id__isnull=True)
        execution_id = await asyncio.to_thread(in_thread, lambda: parent.get().pk)
        if verb == "stop":  # the worker's own way is quicker than this node
            monkeypatch.setattr("executor.run.state.Run.on_command", lambda run, command: None)
            await asyncio.to_thread(in_thread, stop, execution_id)
        else:
            await asyncio.to_thread(in_thread, verbs.pause, execution_id=execution_id, by=uuid4())
        async for found in real(inputs):
            yield found

    monkeypatch.setattr(children, "_fit", late)
    child = make(api, "child", chain(node("z")))
    execution_id = begin(api, engines[0], make(api, "p", calling(child, "map")), [{"n": n} for n in range(5)])

    if verb == "stop":
        eventually(lambda: Wait.objects.filter(execution_id=execution_id).exists())
        assert not Execution.objects.filter(parent_execution_id=execution_id).exists()
        return
    eventually(
        lambda: RunState.objects.filter(status="paused", execution__parent_execution_id=execution_id).count() == 5
    )
    eventually(lambda: execution_by_id(execution_id).state.status in ("waiting", "paused"))
    assert not NodeRun.objects.filter(node_id="z").exists()
    verbs.resume(execution_id=execution_id)
    assert finished(execution_id).state.status == "completed"
