"""The table of legal moves holds for every statement that writes the status of a run, whatever state it finds it in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core.database.compression import pack
from core.json import dumps_text
from core.models import ProcessHeartbeat
from executor.domain.lifecycle import NEXT, Status
from executor.models import Execution, NodeJob, RunState, Signal, Wait
from tests.builders import chain, node
from tests.integration.executor.modules import sql_modules
from tests.integration.executor.running import queue

pytestmark = pytest.mark.django_db
WRITES = re.compile(r"UPDATE executor_runstate\b.*?\bstatus =", re.DOTALL)
PARTS = {"WAKE"}  # what statements are made of
WORKER = uuid4()
# Kinds of runs that statements look for, beside what was asked of them: limits, suspects.
COMMANDS: tuple[dict[str, Any], ...] = ({}, {"command": "pause"}, {"command": "stop"})
LIMITED, SUSPECT, LOST = {"limit_key": "k", "limit_max": 5}, {"suspicion": 2}, {"suspicion": 9}
STATES: dict[Status, tuple[dict[str, Any], ...]] = {
    Status.PENDING: (*COMMANDS, LIMITED, SUSPECT),
    Status.RUNNING: (*COMMANDS, SUSPECT, LOST),
    Status.WAITING: (*COMMANDS, {"suspicion": 0}),
    Status.PAUSED: ({}, {"command": "stop"}),
}
ABOVE = (UUID(int=1), UUID(int=2))  # a run that goes on, one that is paused
CHOICES: dict[str, tuple[Any, ...]] = {
    "ends": (True, False), "closed": (None,), "suspects": (None,), "above": ABOVE,
}  # fmt: skip


def statements() -> Iterator[tuple[str, str]]:
    """Return (name, SQL) of each statement that may write the status of a run."""
    for module in sql_modules():
        for name, text in vars(module).items():
            if isinstance(text, str) and not name.startswith("_") and name not in PARTS and WRITES.search(text):
                yield f"{_short(module)}.{name}", text


def _short(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def made(status: Status, fields: dict[str, Any]) -> tuple[UUID, NodeJob, UUID]:
    """Return a run in some state, of which all that could move it is there: waits, an answer, a job, a signal."""
    execution_id = queue(chain(node("n", "wait", {"mode": "signal", "signal": "go"})))
    now, held = timezone.now() - timedelta(hours=1), status is Status.RUNNING
    RunState.objects.filter(pk=execution_id).update(
        status=status, epoch=1, worker_id=WORKER if held else None, queued_at=now,
        claimed_at=now if held else None, started_at=now, **fields,
    )  # fmt: skip
    for above, its_status in zip(ABOVE, ("waiting", "paused"), strict=True):
        RunState.objects.filter(pk=queue(chain(node("n")), id=above)).update(status=its_status)
    common = {"execution_id": execution_id, "node_id": "n", "path": "", "created_at": now}
    Wait.objects.create(number=0, kind="timer", until=now, **common)
    Wait.objects.create(number=1, kind="signal", signal="go", **common)
    Wait.objects.create(number=2, kind="remote_node", **common)
    Wait.objects.create(number=3, kind="sub_workflow", remaining=0, **common)
    Signal.objects.create(execution_id=execution_id, name="go", payload={}, created_at=now)
    job = NodeJob.objects.create(
        id=uuid4(), execution_id=execution_id, node_id="n", path="", number=2, owner_id=uuid4(), queue="gpu", priority=0,
        status="running", epoch=1, worker_id=WORKER, recoveries=0, suspicion=0, request={}, queued_at=now,
    )  # fmt: skip
    child_id = queue(chain(node("z")))
    Execution.objects.filter(pk=child_id).update(
        parent_execution_id=execution_id, parent_node_id="n", parent_path="", finished_at=now
    )
    if "suspicion" in fields and status is Status.WAITING:  # it waits for nothing any more
        Wait.objects.filter(execution_id=execution_id).update(answered_at=now, answer={})
    return execution_id, job, child_id


def parameters(text: str, execution_id: UUID, job: NodeJob, child_id: UUID) -> Iterator[dict[str, Any]]:
    """Return what a statement takes so that it is about this run, in each way that there is."""
    state = RunState.objects.get(pk=execution_id)
    known: dict[str, Any] = {
        "id": execution_id, "ids": [execution_id, child_id], "epoch": 1, "worker": WORKER, "reason": "timer", "answer": "{}",
        "node_id": "n", "path": "", "number": 0, "by": uuid4(), "now": timezone.now(), "cause": "lost", "lease_s": 0,
        "most": 100, "owners": [state.owner_id], "served": [], "holders": [], "held": [], "age_s": 0, "job_id": job.pk, "result": b"",
        "told": [pack(b"[]")], "rows": "[]", "outputs": [], "waits": "[]", "tasks": "[]", "children": "[]",
    }  # fmt: skip
    names = set(re.findall(r"%\((\w+)\)[sb]", text))
    if "runs" in names:
        for target in Status:
            ended = dumps_text([{"execution_id": str(execution_id), "end_reason": "error"}])
            run = {"execution_id": str(execution_id), "epoch": 1, "commit_no": 1, "events": 0, "status": str(target)}
            yield {**known, "runs": dumps_text([{**run, "running_ms": 0, "wakes": 0}]), "ends": ended}
        return
    unknown = names - known.keys() - CHOICES.keys()
    assert not unknown, f"say what {unknown} may be"
    chosen = [name for name in CHOICES if name in names]
    for values in product(*(CHOICES[name] for name in chosen)):
        yield {**known, **dict(zip(chosen, values, strict=True))}


def moves_from(text: str, status: Status, fields: dict[str, Any]) -> set[tuple[Status, Status]]:
    """Return the moves of a statement from one state."""
    found: set[tuple[Status, Status]] = set()
    execution_id, job, child_id = made(status, fields)
    for asked in parameters(text, execution_id, job, child_id):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(text, asked)
            after = Status(RunState.objects.values_list("status", flat=True).get(pk=execution_id))
            transaction.set_rollback(True)
        if after is not status:
            found.add((status, after))
    return found


@pytest.mark.parametrize("name", [name for name, _ in statements()])
def test_a_statement_makes_no_move_but_those_of_the_table(name: str) -> None:
    ProcessHeartbeat.objects.filter(pk=WORKER).delete()
    text = dict(statements())[name]
    moves: set[tuple[Status, Status]] = set()
    for status in Status:
        for fields in STATES.get(status, ({},)):
            with transaction.atomic():
                moves |= moves_from(text, status, fields)
                transaction.set_rollback(True)

    assert moves, "what writes a status moves something"
    illegal = {(before, after) for before, after in moves if after not in NEXT.get(before, frozenset())}
    if name.startswith("journal_sql.COMMIT"):  # who asks for a commit names the target: from `running` alone
        assert {before for before, _ in moves} == {Status.RUNNING}
    assert not illegal


def test_every_statement_that_writes_a_status_is_among_them() -> None:
    found = {name for name, _ in statements()}
    assert {
        "journal_sql.COMMIT",
        "queue_sql.CLAIM_RUNG",
        "verbs_sql.STOP",
        "below_sql.END_THESE",
        "remote_turns_sql.FINISH",
    } <= found
    assert len(found) >= 20
