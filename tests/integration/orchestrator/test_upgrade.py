"""An installation of the first release is brought up to date with all that was under way in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import NOT_PROVIDED, Model

from core.models import BlobUse, OutboxRow
from executor.models import DeadLetter, Execution, HumanTask, RunState, Wait
from orchestrator.models import Job, WorkflowTest
from tests.integration.outbox.working import left, work_off

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]
FIRST = [
    ("core", "0008_second_factor"),
    ("credentials", "0003_oauth_and_access"),
    ("executor", "0009_rate_limit"),
    ("orchestrator", "0011_failure_notices"),
]
NOW = datetime.now(UTC)
EMPTY = {"CharField": "", "TextField": "", "JSONField": {}, "IntegerField": 0, "BigIntegerField": 0, "DateTimeField": NOW,
         "FloatField": 1.0, "SmallIntegerField": 0, "BooleanField": False, "BinaryField": {}}  # fmt: skip


class First:
    """The tables of the first release."""

    def __init__(self) -> None:
        migrations = MigrationExecutor(connection)
        self.head = migrations.loader.graph.leaf_nodes()
        migrations.migrate(FIRST)
        self._apps = migrations.loader.project_state(FIRST).apps

    def put(self, label: str, **given: Any) -> Any:
        """Store a row; what is not given and may not be absent is empty."""
        model: type[Model] = self._apps.get_model(label)
        for field in model._meta.concrete_fields:
            named = {field.name, field.attname} & given.keys()
            if field.primary_key and field.get_internal_type() == "UUIDField" and not named:
                given[field.attname] = uuid4()
            elif not (named or field.null or field.primary_key or field.default is not NOT_PROVIDED):
                kind = field.get_internal_type()
                given[field.attname] = uuid4() if kind == "UUIDField" else EMPTY[kind]
        return model._default_manager.create(**given)

    def run(self, status: str, **given: Any) -> UUID:
        ended = {"finished_at": NOW - timedelta(minutes=5)} if status in ("completed", "failed") else {}
        made = self.put("executor.Execution", **{"created_at": NOW, **ended, **given})
        self.put(
            "executor.RunState", execution=made, owner_id=made.owner_id, status=status, queued_at=NOW, running_ms=5
        )
        return UUID(str(made.pk))

    def upgrade(self) -> None:
        again = MigrationExecutor(connection)
        again.migrate(self.head)


@pytest.fixture
def first() -> Iterator[First]:
    found = First()
    yield found
    found.upgrade()


def test_what_was_under_way_in_the_first_release_goes_on_after_the_upgrade(first: First) -> None:
    owner = first.put("core.User", email="o@example.org", credits=7).pk
    mine: dict[str, Any] = {"owner_id": owner}
    handler = first.put("orchestrator.Workflow", name="handler", slug="handler", **mine)
    workflows = [
        first.put("orchestrator.Workflow", name=f"w{at}", slug=f"w{at}", settings=settings, **mine)
        for at, settings in enumerate(({"error_workflow_id": str(handler.pk)}, {"error_workflow_id": "none"}, {}))
    ]
    of = {**mine, "workflow": workflows[0]}
    soon = NOW + timedelta(hours=1)
    first.put("orchestrator.Schedule", node_id="s", interval_s=60, next_run_at=soon, **of)
    first.put("orchestrator.Schedule", node_id="off", interval_s=60, next_run_at=soon, enabled=False, **of)
    first.put("orchestrator.Poll", node_id="p", kind="rss_trigger", every_s=60, next_poll_at=soon, **of)
    jobs = {status: first.put("orchestrator.Job", kind="bulk_stop", status=status, params={"ids": []}, **mine)
            for status in ("pending", "running", "completed")}  # fmt: skip
    first.put("credentials.Credential", name="c", type="oauth", token_expires_at=soon, **mine)
    first.put("credentials.Credential", name="d", type="http_bearer", **mine)

    waiting = first.run("waiting", mode="production", workflow_id=workflows[0].pk, **mine)
    other = uuid4()
    task = first.put("executor.HumanTask", execution_id=waiting, node_id="h", type="approval", title="?", status="pending",
                     assignee_ids=[str(owner), str(other)], notified_ids=[str(other)], remind_at=soon,
                     created_at=datetime.now(UTC), **mine)  # fmt: skip
    first.put("executor.Wait", execution_id=waiting, node_id="h", number=0, kind="human_task", task_id=task.pk)
    ended = first.run("completed", **mine)
    left_open = first.put("executor.HumanTask", execution_id=ended, node_id="h", status="pending", **mine)
    first.put("executor.Wait", execution_id=ended, node_id="h", number=0, kind="human_task", task_id=left_open.pk)
    failed = {
        at: first.run("failed", mode="production", end_reason="error", workflow_id=workflow.pk, duration_ms=9, **mine)
        for at, workflow in enumerate(workflows)
    }
    told = first.run("failed", mode="production", end_reason="error", workflow_id=workflows[2].pk, **mine)
    first.put("orchestrator.ErrorRun", execution_id=told)
    first.put("orchestrator.FailureNotice", workflow_id=workflows[2].pk, told_until=NOW)
    test = first.put("orchestrator.WorkflowTest", workflow=workflows[0], status="running", execution_id=ended)
    callbacks = {
        "waiting": (waiting, 0, None),
        "late": (ended, 3, None),
        "there": (failed[0], 1, NOW),
        "dead": (failed[1], 5, None),
    }
    for execution_id, tries, at in callbacks.values():
        first.put("orchestrator.Callback", execution_id=execution_id, url="https://a.example/", tries=tries, next_at=soon,
                  delivered_at=at)  # fmt: skip
    blob = first.put("core.Blob", execution_id=failed[0], file_name="f", size_bytes=1, **mine)
    retry = first.run("running", retry_of_id=failed[0], **mine)
    again = first.run("pending", retry_of_id=retry, **mine)
    first.put("executor.NodeJob", execution_id=retry, node_id="n", queue="nodes", status="running", **mine)
    first.put("executor.NodeRun", execution_id=retry, node_id="n", status="running", effect="write", started_at=NOW)

    first.upgrade()

    assert Counter(OutboxRow.objects.values_list("kind", "state")) == {
        ("schedule", "later"): 1, ("poll", "later"): 1, ("job", "ready"): 2, ("renew_token", "later"): 1,
        ("task_mail", "ready"): 1, ("task_asked", "later"): 1, ("run_failed", "ready"): 3, ("judge_test", "ready"): 1,
        ("callback", "held"): 1, ("callback", "later"): 1,
    }  # fmt: skip
    assert {row.owner_id for row in left()} == {owner}
    (late,) = left(kind="callback", state="later")
    assert (late.attempts, late.due_at, late.payload["execution_id"]) == (3, soon, str(ended))
    assert left(kind="callback", state="held")[0].awaits_id == waiting
    assert left(kind="task_mail")[0].payload == {"task_id": str(task.pk), "user_id": str(owner)}
    assert HumanTask.objects.get(pk=task.pk).status == "pending"
    assert HumanTask.objects.get(pk=left_open.pk).status == "cancelled"
    assert list(Wait.objects.filter(answered_at=None).values_list("execution_id", flat=True)) == [waiting]
    error_workflows = dict(Execution.objects.values_list("pk", "error_workflow_id"))
    assert error_workflows[waiting] == error_workflows[failed[0]] == handler.pk
    assert error_workflows[failed[1]] is None
    assert set(BlobUse.objects.values_list("blob_id", "execution_id")) == {(blob.pk, retry), (blob.pk, again)}
    assert set(RunState.objects.values_list("suspicion", "loss_cause")) == {(0, None)}

    work_off()
    waits = {(row.kind, row.state, row.last_error) for row in left()}
    kinds = ("schedule", "poll", "renew_token", "task_asked", "task_mail", "failure_mail", "callback")
    assert waits == {(kind, "later", "") for kind in kinds} | {("callback", "held", "")}
    assert not DeadLetter.objects.exists()
    assert set(
        Job.objects.filter(pk__in=[jobs["pending"].pk, jobs["running"].pk]).values_list("status", flat=True)
    ) == {"completed"}
    assert WorkflowTest.objects.get(pk=test.pk).status != "running"
    RunState.objects.filter(pk=waiting).update(status="completed")
    assert left(kind="callback", awaits_id=waiting)[0].state == "ready"
