"""Background tests of workflows: a run, and a judgement once it has ended, or its time is over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction

from core.access.roles import Role
from core.clock import database_now
from core.errors import Missing
from core.models import User
from core.outbox import queue
from core.outbox.kinds import Later, Outcome, Row
from executor.domain.lifecycle import FINAL, Status
from executor.selectors import execution_by_id
from executor.verbs import verbs
from orchestrator import selectors
from orchestrator.compiling import admission
from orchestrator.models import Workflow, WorkflowTest
from orchestrator.starting import start_steps

MOST_DIFFERENCES = 100
KIND = "judge_test"
AGAIN = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class TestRequest:
    """A test as a caller asks for it."""

    __test__ = False  # not a test class, whatever its name says
    input: Any
    trigger_node_id: str | None = None
    expected: Any = None
    timeout_s: float = 60
    use_pinned: bool = True
    recorded: Mapping[str, Any] | None = None  # of a test case: nothing else reaches out
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])


@admission.atomic
def begin(*, actor: User, workflow_id: UUID, request: TestRequest, now: datetime) -> WorkflowTest:
    """Start a test of the working copy. Raises: Missing, WorkflowArchived, CompilationFailed."""
    workflow = start_steps.workflow_for_run(actor, workflow_id, needs=Role.EDITOR)
    definition, version = selectors.definition_for(workflow, "current")
    compiled = start_steps.compiled_for(workflow.owner_id, definition, workflow=workflow, entry=request.trigger_node_id)
    runnable = start_steps.of_definition(workflow, definition, compiled.plan, version, production=False)
    started = start_steps.start_run(
        runnable,
        input=request.input,
        now=now,
        mode="test",
        started_by_id=actor.pk,
        variables=dict(request.variables),
        pinned=_pins(workflow, request),
        partial={"offline": True} if request.recorded is not None else None,
    )
    test = WorkflowTest.objects.create(
        workflow=workflow, version=runnable.version, definition_hash=definition.hash, execution_id=started.execution_id,
        expected=request.expected, timeout_s=request.timeout_s, created_at=now,
    )  # fmt: skip
    queue.add(
        KIND, owner_id=workflow.owner_id, payload={"test_id": str(test.pk)}, key=f"{KIND}:{test.pk}",
        awaits=started.execution_id, due_at=now + timedelta(seconds=request.timeout_s),
    )  # fmt: skip
    return test


def _pins(workflow: Workflow, request: TestRequest) -> dict[str, Any]:
    if request.recorded is not None:
        return dict(request.recorded)
    return workflow.pinned_data if request.use_pinned else {}


def find_test(workflow: Workflow, test_id: UUID) -> WorkflowTest:
    """Return a test of a workflow. Raises: Missing."""
    test = WorkflowTest.objects.filter(workflow=workflow, pk=test_id).first()
    if test is None:
        raise Missing("There is no such test")
    return test


def judge(row: Row) -> Outcome:
    """Judge a test whose run has ended, or whose time is over."""
    test = WorkflowTest.objects.filter(pk=row.payload["test_id"]).first()
    now = database_now()
    if test is None or settle(test.pk, now):
        return None
    return Later(max(test.created_at + timedelta(seconds=test.timeout_s), now + AGAIN))


@transaction.atomic
def settle(test_id: UUID, now: datetime) -> bool:
    """Judge a test if its run has ended. Returns whether it has a result by now."""
    test = WorkflowTest.objects.select_for_update().get(pk=test_id)
    if test.status != WorkflowTest.Status.RUNNING or test.execution_id is None:
        return test.status != WorkflowTest.Status.RUNNING
    execution = execution_by_id(test.execution_id)
    status = Status(execution.state.status)
    if status not in FINAL:
        if now - test.created_at < timedelta(seconds=test.timeout_s):
            return False
        verbs.stop(execution_id=execution.pk, by=test.workflow.owner_id, reason="The test took too long", now=now)
        test.status = WorkflowTest.Status.TIMEOUT
    elif status == Status.COMPLETED:
        test.differences = list(islice(_differences(test, execution.output or []), MOST_DIFFERENCES))
        test.status = WorkflowTest.Status.FAILED if test.differences else WorkflowTest.Status.PASSED
    elif status == Status.FAILED:
        is_node = bool((execution.error or {}).get("node_id"))
        test.status = WorkflowTest.Status.FAILED if is_node else WorkflowTest.Status.ERROR
    else:
        test.status = WorkflowTest.Status.TIMEOUT if status == Status.TIMEOUT else WorkflowTest.Status.ERROR
    test.error, test.duration_ms, test.finished_at = execution.error, execution.duration_ms, now
    test.save()
    return True


def _differences(test: WorkflowTest, output: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what is not as expected: of a test case's all items, else of the first."""
    if test.test_case is not None:
        found = differences(test.expected, [item.get("json") for item in output])
        yield from (one for one in found if not is_ignored(one["path"], test.test_case.ignore))
    elif test.expected is not None:
        yield from differences(test.expected, output[0].get("json") if output else None)


def is_ignored(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether a difference lies at or below one of some paths, in which `[*]` is any index."""
    general = re.sub(r"\[\d+\]", "[*]", path)
    return "$blob" in path or any(
        one == pattern or one.startswith((f"{pattern}.", f"{pattern}["))
        for pattern in patterns
        for one in (path, general)
    )


def differences(expected: Any, actual: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """Yield where `expected` is not contained in `actual`: keys of objects may be more, lists must be as long."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for key, value in expected.items():
            yield from differences(value, actual.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for at, (one, other) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(one, other, f"{path}[{at}]")
    elif expected != actual or isinstance(expected, bool) is not isinstance(actual, bool):
        yield {"path": path, "expected": expected, "actual": actual}
