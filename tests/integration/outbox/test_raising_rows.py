"""Whatever raises in front of a loop stops nothing behind it. The loops are found by walking the code.

A new kind of row, a new tick, or a new loop in what they run fails here until it has its case.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from core import tasks as core_tasks
from core.accounts import credits, people
from core.models import Blob, OAuthState, OutboxRow, ProcessHeartbeat, User
from core.outbox import queue, worker
from core.outbox.kinds import kinds
from core.outbox.table import Table
from core.process import ticks
from core.storage import blobs
from executor import dispatch, summaries
from executor.models import DeadLetter, Execution, NodeJob, RunState, Wait
from executor.outbox import report_children
from executor.queue import recovery
from executor.sql import verbs_sql
from executor.verbs import below, dead_letters, verbs
from inference.documents import indexing
from inference.documents import services as documents
from orchestrator import tasks as orchestrator_tasks
from orchestrator.executions import pruning
from orchestrator.executions import serializers as executions
from orchestrator.files import files
from orchestrator.jobs import jobs
from orchestrator.models import Job, Workflow
from tests.builders import chain, node
from tests.conftest import Peer
from tests.integration.executor.running import queue as queue_run
from tests.integration.outbox.working import hurry, left, work_off
from workflow_backend.celery import app

pytestmark = pytest.mark.django_db(transaction=True)
OURS = (
    "core",
    "credentials",
    "executor",
    "orchestrator",
    "nodes",
    "compiler",
    "inference",
    "mcp_integration",
    "templates",
)
DEPTH = 3  # calls below what a tick or a kind of row runs

# What a row of each kind may say that is about nothing any more: it is done, and that is all.
NOTHING_LEFT: dict[str, dict[str, Any]] = {
    "mail": {"to": "a@example.org", "subject": "s", "text": "t"},
    "password_reset": {"rests": True},
    "invitation_mail": {"rests": True},
    "renew_token": {"credential_id": str(UUID(int=5))},
    "child_report": {"execution_id": str(UUID(int=5))},
    "verb_below": {"execution_id": str(UUID(int=5)), "verb": "stop", "by": None},
    "clear_table": {"table_id": str(UUID(int=5)), "cells": None},
    "clear_conversations": {"owner_id": str(UUID(int=5))},
    "account_switched": {"user_id": str(UUID(int=5))},
    "account_gone": {"user_id": str(UUID(int=5))},
    "left_state": {"of": "deleted workflows"},
    "forget_applied": {"which": "applied"},
    "callback": {"execution_id": str(UUID(int=5)), "url": "http://127.0.0.1/", "sealed": None},
    "run_failed": {"execution_id": str(UUID(int=5))},
    "error_run": {"execution_id": str(UUID(int=5))},
    "failure_mail": {"workflow_id": str(UUID(int=5))},
    "task_asked": {"task_id": str(UUID(int=5))},
    "task_mail": {"task_id": str(UUID(int=5)), "user_id": str(UUID(int=5))},
    "judge_test": {"test_id": str(UUID(int=5))},
    "file_sweep": {"owner_id": str(UUID(int=5))},
    "job": {"job_id": str(UUID(int=5))},
    "schedule": {"schedule_id": str(UUID(int=5))},
    "poll": {"poll_id": str(UUID(int=5))},
    "registration": {"registration_id": str(UUID(int=5))},
    "credential_changed": {"credential_id": str(UUID(int=5))},
    "prune": {"workflow_id": "all"},
    "documents.read": {"document_id": str(UUID(int=5)), "cut": None},
    "template_follow": {"template_id": str(UUID(int=5))},
}


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_a_row_that_raises_keeps_no_other_of_its_kind_back(kind: str) -> None:
    owner = uuid4()
    for payload in ({}, NOTHING_LEFT[kind], {"execution_id": 7, "to": 7}, NOTHING_LEFT[kind]):
        queue.add(kind, owner_id=owner, payload=payload)
    work_off()

    assert OutboxRow.objects.filter(payload=NOTHING_LEFT[kind]).count() == 0
    assert all(row.last_error and row.state == "later" for row in left()), "those that raised come again later"
    assert len(left()) >= 1


# -- loops that are found in the code ----------------------------------------------------------------------------------
# One thing of several: what raises there is passed over, as the test says.
HELD: dict[str, str] = {
    "core.outbox.worker.Room._round": "test_a_row_that_raises_keeps_no_other_of_its_kind_back",
    "core.outbox.worker.Room._write": "test_an_end_that_cannot_be_written_keeps_no_other_back",
    "core.tasks.clean_up": "test_a_part_of_the_cleaning_that_raises_keeps_no_other_back",
    "core.tasks._remove": "test_a_part_of_the_cleaning_that_raises_keeps_no_other_back",
    "executor.outbox.report_children": "test_a_parent_that_cannot_be_woken_keeps_no_other_back",
    "executor.queue.recovery._look_after_children": "test_a_part_of_the_sweep_that_raises_keeps_no_other_back",
    "executor.queue.recovery._look_after_jobs": "test_a_lost_node_that_raises_keeps_no_other_back",
    "executor.queue.recovery._give_on": "test_a_lost_run_that_raises_keeps_no_other_back",
    "executor.queue.recovery.sweep": "test_a_lost_run_that_raises_keeps_no_other_back",
    "executor.queue.recovery.wake_the_stuck": "test_a_stuck_run_that_raises_keeps_no_other_back",
    "executor.verbs.below._reach_all": "test_a_run_below_that_raises_keeps_no_other_from_being_reached",
    "executor.verbs.below.end_stopped": "test_a_run_that_cannot_be_ended_keeps_no_other_from_being_stopped",
    "orchestrator.jobs.jobs.work": "test_a_thing_of_a_job_that_raises_keeps_no_other_back",
    "orchestrator.workflows.switched_off.follow": "test_a_run_that_cannot_be_paused_keeps_no_other_going",
    "orchestrator.outbox._results_of": "test_a_result_that_cannot_be_told_keeps_no_other_back",
    "executor.summaries.summaries_of": "test_a_result_that_cannot_be_told_keeps_no_other_back",
    "orchestrator.executions.serializers.summarise": "test_a_result_that_cannot_be_told_keeps_no_other_back",
    "inference.documents.indexing.ask_for_outdated": "test_a_document_that_cannot_be_asked_for_keeps_no_other_back",
    "orchestrator.files.files.ask": "test_an_owner_whose_files_cannot_be_swept_keeps_no_other",
    "orchestrator.executions.pruning.remove_each": "test_a_run_that_cannot_be_removed_keeps_no_other",
    "orchestrator.executions.pruning.ask": "test_a_policy_that_raises_keeps_no_other_back",
    "executor.verbs.removing.remove": "test_a_run_that_cannot_be_removed_keeps_no_other",
    "executor.verbs.removing.remove_family": "test_a_run_that_cannot_be_removed_keeps_no_other",
}
# Parts of one thing: they succeed or fail with it, and `test_a_row_that_raises…` holds what is behind that.
PARTS: dict[str, str] = {
    "compiler.definition.read": "lists of one definition",
    "compiler.langgraph_builder.lower": "steps of one plan",
    "compiler.plan.plan": "loops of one graph",
    "inference.documents.indexing._embed": "chunks of one document",
    "inference.documents.indexing._embed_slice": "batches of one document",
    "inference.embeddings.asking.embed": "vectors of one answer",
    "templates.following._shown": "parts of one template",
    "templates.known.known_of": "what one account keeps: a template is published with all of it or not at all",
    "core.datastore.tables._take_away": "tables of one owner or workflow, all or none",
    "core.json.mending.lossy": "values of one answer",
    "core.accounts.credits.renew_due": "one statement, made again while it finds as many as it may take",
    "credentials.vault.opened": "fields of one credential",
    "credentials.kept.opened": "secrets of one registration",
    "orchestrator.triggers.pushes.credential_changed": "registrations that one change is written to, all or none",
    "orchestrator.triggers.registrations._secrets_after": "secrets of one registration",
    "orchestrator.compiling.sub_workflows.tables_for": "workflows that one calls",
    "orchestrator.executions.pruning._with_policy": "rows that are read, which raise together",
    "orchestrator.people.mails._work_together": "two questions about one task",
    "orchestrator.workflows.leaving._remove_slice": "kinds of rows of one account, one statement in each turn",
    "orchestrator.workflows.leaving._with_what_hangs_on": "relations of one model",
    "executor.node.kept_results.sweep": "one statement, made again while it finds as many as it may take",
    "orchestrator.triggers.polls.ask_at_once": "triggers of one account, in one transaction",
    "orchestrator.triggers.polls.ask": "items of one answer, which are mended or fail together",
    "core.accounts.password_reset.ask": "slots of one address",
    "core.outbox.worker.Room._close": "rooms close whatever their lanes hold",
    "core.outbox.worker.Room._serve": "the loop itself: test_a_room_that_dies_says_so",
    "core.outbox.worker.Room.work_off": "the loop of tests",
    "core.outbox.shares.shares": "numbers",
    "core.text.scrubbing.scrubbed_log": "texts of one message",
    "core.values.cron.due_times": "moments of one schedule",
    "executor.queue.recovery._end_job": "at most one run waits for a node",
    "executor.verbs.below._ask": "runs of one statement, which `_in_parts` halves",
    "executor.verbs.below._to_reach": "levels of one family",
    "executor.verbs.below.stop_these": "families that one row or request ends, tried again together",
    "executor.verbs.verbs._tell_parent": "at most one parent",
    "orchestrator.compiling.sub_workflows.fixed_for_run": "workflows that one calls",
    "orchestrator.compiling.sub_workflows.reached": "workflows that one calls",
    "orchestrator.failures.mails._text": "lines of one mail",
    "orchestrator.people.mails.ask_for_mails": "those whom one task asks",
    "orchestrator.triggers.schedules.occur": "runs of one schedule, in the transaction of its moment",
    "orchestrator.triggers.schedules.fire": "moments of one schedule: all are in one transaction",
    "orchestrator.testing.tests.differences": "values of one test",
}


def entries() -> Iterator[Any]:
    """Yield what beat and the outbox run."""
    app.loader.import_default_modules()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        yield app.tasks[str(entry["task"])].run
    for kind in kinds().values():
        yield kind.run
        for cell in kind.run.__closure__ or ():
            yield cell.cell_contents
    yield from vars(worker.Room).values()


def walked(found: Any, depth: int, seen: dict[types.FunctionType, ast.AST]) -> None:
    """Collect a function of ours and those that it names, down to a depth."""
    found = getattr(found, "__func__", found)
    found = inspect.unwrap(found) if callable(found) else found
    if not isinstance(found, types.FunctionType) or found in seen or depth < 0:
        return
    if found.__module__.split(".")[0] not in OURS:
        return
    seen[found] = ast.parse(textwrap.dedent(inspect.getsource(found)))
    for part in ast.walk(seen[found]):
        walked(named(part, found.__globals__), depth - 1, seen)


def named(part: ast.AST, names: dict[str, Any]) -> Any:
    if isinstance(part, ast.Name):
        return names.get(part.id)
    if isinstance(part, ast.Attribute):
        holder = named(part.value, names)
        return getattr(holder, part.attr, None) if isinstance(holder, types.ModuleType) else None
    return None


def loops_over(part: ast.AST, names: dict[str, Any]) -> bool:
    """Tell a loop, written out or as a comprehension that calls something of ours for each of what it goes through."""
    if isinstance(part, ast.For | ast.While | ast.AsyncFor):
        return True
    if not isinstance(part, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        return False
    made = part.value if isinstance(part, ast.DictComp) else part.elt
    called = [named(one.func, names) for one in ast.walk(made) if isinstance(one, ast.Call)]
    return any(isinstance(one, types.FunctionType) and one.__module__.split(".")[0] in OURS for one in called)


def test_every_loop_that_a_tick_or_a_row_runs_has_its_case() -> None:
    seen: dict[types.FunctionType, ast.AST] = {}
    for entry in entries():
        walked(entry, DEPTH, seen)
    loops = {
        f"{function.__module__}.{function.__qualname__}"
        for function, tree in seen.items()
        if any(loops_over(part, function.__globals__) for part in ast.walk(tree))
    }
    assert len(seen) > 100, "the walk finds what there is"
    assert {"executor.queue.recovery.sweep", "orchestrator.jobs.jobs.work"} <= loops
    assert loops - HELD.keys() - PARTS.keys() == set(), "say which test puts a raising row in front of it"
    assert {name for name in HELD.values() if name not in globals()} == set()


def test_every_tick_has_its_case() -> None:
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} == {
        "core.beat_heartbeat",  # one statement
        "core.clean_up", "executor.sweep", "executor.wake_the_stuck", "orchestrator.clean_up",
        "inference.outdated_documents",  # test_a_document_that_cannot_be_asked_for_keeps_no_other_back
    }  # fmt: skip


# -- the cases ---------------------------------------------------------------------------------------------------------
def raising_once(monkeypatch: pytest.MonkeyPatch, place: Any, name: str) -> list[Any]:
    """Let a function raise when it is called first; returns with what it was called afterwards."""
    calls: list[Any] = []
    real = getattr(place, name)
    raised: list[bool] = []

    def first_raises(*arguments: Any, **keywords: Any) -> Any:
        if not raised:
            raised.append(True)
            raise ValueError("poison")
        calls.append((arguments, keywords))
        return real(*arguments, **keywords)

    monkeypatch.setattr(place, name, first_raises)
    return calls


def lost_runs(count: int, **fields: Any) -> list[UUID]:
    ids = [queue_run(chain(node("a"))) for _ in range(count)]
    RunState.objects.filter(pk__in=ids).update(
        status="running", worker_id=uuid4(), claimed_at=timezone.now(), suspicion=99, **fields
    )
    return ids


def test_a_document_that_cannot_be_asked_for_keeps_no_other_back(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.txt", "b.txt"):
        documents.add(actor=user, content=name.encode(), file_name=name, said_type="text/plain", name=None, tags=[])
    OutboxRow.objects.all().delete()
    raising_once(monkeypatch, indexing, "ask_to_read")
    indexing.ask_for_outdated()
    assert OutboxRow.objects.filter(kind=indexing.READ).count() == 1


def test_an_owner_whose_files_cannot_be_swept_keeps_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner in (UUID(int=7), UUID(int=8)):
        blobs.save(owner_id=owner, content=b"x", file_name="x", mime_type="text/plain")
    Blob.objects.update(created_at=timezone.now() - timedelta(days=2))
    raising_once(monkeypatch, files, "_ask")
    files.ask(now=timezone.now())
    assert len(left(kind="file_sweep")) == 1
    raising_once(monkeypatch, files, "_named")
    files.ask(now=timezone.now())
    work_off()
    assert Blob.objects.count() == 1
    hurry()
    work_off()
    assert Blob.objects.count() == 0


def test_a_result_that_cannot_be_told_keeps_no_other_back(
    make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch, peer: Peer, settings: Any
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    peer.answer("/told", (204, {}, b""))
    owners = [make_user().pk for _ in range(4)]
    ids = [queue_run(chain(node("a")), owner=owner) for owner in owners]
    real = summaries.summaries_of

    def summaries_of(rows: list[Execution]) -> Any:
        if ids[1] in {row.pk for row in rows}:
            raise ValueError("poison")
        return real(rows)

    monkeypatch.setattr(executions, "summaries_of", summaries_of)
    for owner, one in zip(owners, ids, strict=True):
        payload = {"execution_id": str(one), "url": f"{peer.url}/told", "sealed": None}
        queue.add("callback", owner_id=owner, payload=payload)
    work_off()
    assert len(peer.calls) == 3
    assert [row.last_error for row in left(kind="callback")] == ["ValueError: poison"]


def test_a_lost_run_that_raises_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    lost_runs(2)
    forgotten = [queue_run(chain(node("a"))) for _ in range(2)]
    RunState.objects.filter(pk__in=forgotten).update(queued_at=timezone.now() - timedelta(minutes=1))
    calls = raising_once(monkeypatch, dead_letters, "_plain")
    rung = raising_once(monkeypatch, dispatch, "ring")
    recovery.sweep()
    assert calls
    assert DeadLetter.objects.count() == 1
    assert [arguments[0] for arguments, _ in rung][-1] == forgotten[1]


def test_a_part_of_the_sweep_that_raises_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    parent, child = queue_run(chain(node("a"))), queue_run(chain(node("a")))
    Execution.objects.filter(pk=child).update(
        parent_execution_id=parent, finished_at=timezone.now() - timedelta(minutes=1)
    )
    ended: list[bool] = []
    monkeypatch.setattr(verbs_sql, "FORGET_PARENTS", "SELECT 1 / 0")
    monkeypatch.setattr(recovery, "_look_after_jobs", lambda: ended.append(True))
    recovery.sweep()
    assert [row.kind for row in left()] == ["child_report"]
    assert ended == [True]


def test_a_lost_node_that_raises_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        execution_id = queue_run(chain(node("a")))
        now = timezone.now()
        NodeJob.objects.create(execution_id=execution_id, node_id="a", owner_id=uuid4(), queue="q", status="running",
                               suspicion=99, worker_id=uuid4(), request={}, queued_at=now, claimed_at=now)  # fmt: skip
        Wait.objects.create(execution_id=execution_id, node_id="a", kind="remote_node", created_at=now)
    raising_once(monkeypatch, recovery, "lost_result")
    recovery.sweep()
    assert NodeJob.objects.filter(status="done").count() == 1


def test_a_stuck_run_that_raises_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [queue_run(chain(node("a"))) for _ in range(2)]
    RunState.objects.filter(pk__in=ids).update(status="waiting", queued_at=timezone.now() - timedelta(hours=1))
    calls = raising_once(monkeypatch, verbs, "woken")
    assert recovery.wake_the_stuck() == 2
    assert len(calls) == 1


def test_a_parent_that_cannot_be_woken_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = queue_run(chain(node("a")))
    RunState.objects.filter(pk=parent).update(status="waiting")
    for number in range(2):
        child = queue_run(chain(node("a")))
        Execution.objects.filter(pk=child).update(
            parent_execution_id=parent, parent_node_id=f"n{number}", finished_at=timezone.now() - timedelta(minutes=1)
        )
        Wait.objects.create(execution_id=parent, node_id=f"n{number}", kind="sub_workflow", remaining=1,
                            created_at=timezone.now())  # fmt: skip
    raising_once(monkeypatch, verbs, "woken")
    queue.add("child_report", owner_id=uuid4(), payload={"execution_id": str(parent)})
    row = OutboxRow.objects.get()
    assert report_children(row) is None  # type: ignore[arg-type]
    assert not Execution.objects.filter(parent_execution_id=parent, is_reported=False).exists()


# One more event and its number is none that can be stored.
FULL = 2**31 - 1


def test_a_run_that_cannot_be_ended_keeps_no_other_from_being_stopped() -> None:
    ids = sorted(queue_run(chain(node("a"))) for _ in range(4))
    RunState.objects.filter(pk__in=ids).update(command="stop")
    RunState.objects.filter(pk=ids[0]).update(last_seq=FULL)
    recovery.sweep()
    assert set(RunState.objects.filter(status="cancelled").values_list("pk", flat=True)) == set(ids[1:])


@pytest.mark.parametrize("verb", ["stop", "pause"])
def test_a_run_below_that_raises_keeps_no_other_from_being_reached(verb: str) -> None:
    parent, *children = [queue_run(chain(node("a"))) for _ in range(5)]
    children.sort()
    Execution.objects.filter(pk__in=children).update(parent_execution_id=parent)
    RunState.objects.filter(pk=children[1]).update(last_seq=FULL)
    becomes = {"stop": "cancelled", "pause": "paused"}[verb]
    if verb == "stop":
        verbs.stop(execution_id=parent, by=uuid4(), reason=None, now=timezone.now())
    else:
        verbs.pause(execution_id=parent, by=uuid4())
        with pytest.raises(below.NotAllReached):
            below.reach_all(parent, verb, None)
    work_off()
    assert RunState.objects.get(pk=children[1]).status == "pending"
    assert set(RunState.objects.filter(status=becomes).values_list("pk", flat=True)) == {
        parent, *children[:1], *children[2:]
    }  # fmt: skip


def test_a_run_that_cannot_be_paused_keeps_no_other_going(user: User) -> None:
    ids = sorted(queue_run(chain(node("a")), owner=user.pk) for _ in range(3))
    RunState.objects.filter(pk=ids[0]).update(last_seq=FULL)
    people.update_user(user=user, is_active=False)
    work_off()
    assert list(RunState.objects.order_by("pk").values_list("status", flat=True)) == ["pending", "paused", "paused"]


def test_a_thing_of_a_job_that_raises_keeps_no_other_back(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [queue_run(chain(node("a")), owner=user.pk) for _ in range(3)]
    raising_once(monkeypatch, verbs, "stop")
    params = {"ids": [str(one) for one in ids], "rate_per_s": 100}
    made = jobs.create(actor=user, kind="bulk_stop", params=params, total=3, now=timezone.now())
    work_off()
    job = Job.objects.get(pk=made.pk)
    assert (job.status, job.result) == (
        "completed", {"matched": 3, "started": 2, "refused": [{"id": str(ids[0]), "code": "internal_error"}]},
    )  # fmt: skip


def test_a_part_of_the_cleaning_that_raises_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch, user: User) -> None:
    def broken(**_fields: Any) -> Any:
        raise ValueError("poison")

    renewed: list[Any] = []
    monkeypatch.setattr(ProcessHeartbeat.objects, "filter", broken)
    monkeypatch.setattr(OAuthState.objects, "filter", broken)
    monkeypatch.setattr(credits, "renew_due", renewed.append)
    past = timezone.now() - timedelta(days=1)
    OutstandingToken.objects.create(jti="x", token="x", expires_at=past, user=None)
    core_tasks.clean_up()
    assert len(renewed) == 1
    assert not OutstandingToken.objects.exists()

    asked: list[Any] = []
    monkeypatch.setattr(dead_letters, "clean", broken)
    monkeypatch.setattr(pruning, "ask", lambda now: asked.append(now))
    orchestrator_tasks.clean_up()
    assert len(asked) == 1


def workflow(**retention: Any) -> Workflow:
    return Workflow.objects.create(
        owner_id=uuid4(), name=str(uuid4()), slug="w", settings={"retention": retention}, definition_hash=""
    )


def test_a_policy_that_raises_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    workflow(days="x", count="y", statuses=7)
    two = workflow(days=1)
    raising_once(monkeypatch, queue, "add")
    three = max(two.pk, workflow(days=1).pk)
    pruning.ask(now=timezone.now())
    assert str(three) in {row.payload["workflow_id"] for row in left()}
    assert len(left()) == 2
    pruning.ask(now=timezone.now())
    work_off()
    assert [row.attempts for row in left()] in ([], [1])


def ended_runs(of: Workflow, count: int) -> list[UUID]:
    ids = []
    for _ in range(count):
        execution_id = queue_run(chain(node("a")))
        at = timezone.now() - timedelta(days=9)
        Execution.objects.filter(pk=execution_id).update(workflow_id=of.pk, finished_at=at)
        RunState.objects.filter(pk=execution_id).update(status="completed")
        ids.append(execution_id)
    return ids


@pytest.mark.parametrize("has_children", [False, True])
def test_a_run_that_cannot_be_removed_keeps_no_other(monkeypatch: pytest.MonkeyPatch, has_children: bool) -> None:
    kept_by = workflow(days=1)
    ids = ended_runs(kept_by, 5)
    if has_children:
        for parent in ids:
            (child,) = ended_runs(kept_by, 1)
            Execution.objects.filter(pk=child).update(parent_execution_id=parent)
    real = queue.drop_awaiting

    def poisoned(gone: list[UUID]) -> None:
        if ids[1] in gone:
            raise ValueError("poison")
        real(gone)

    monkeypatch.setattr(queue, "drop_awaiting", poisoned)
    monkeypatch.setattr(pruning, "BATCH", 2)
    pruning.ask(now=timezone.now())
    work_off()
    roots = Execution.objects.filter(parent_execution_id=None)
    assert list(roots.values_list("pk", flat=True)) == [ids[1]]
    assert left() == []


def test_an_end_that_cannot_be_written_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = uuid4()
    raising_once(monkeypatch, Table, "failed")
    for _ in range(2):
        queue.add("task_asked", owner_id=owner, payload={})
    queue.add("task_asked", owner_id=owner, payload=NOTHING_LEFT["task_asked"])
    work_off()
    assert sorted(bool(row.last_error) for row in left()) == [False, True]


def test_what_is_done_alone_says_what_raised(caplog: pytest.LogCaptureFixture) -> None:
    work: Callable[[], object] = lambda: 1 / 0  # noqa: E731 (as ticks write it)
    ticks.alone(work)
    assert "a tick raised" in caplog.text
