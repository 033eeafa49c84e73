"""Runs kept as tests: their input, what came from outside as recorded outputs, and what is to come out again.

Such a test runs offline: a node with an effect, a wait, or a call of another workflow gives what it gave then, and one
that was not recorded fails instead of running.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from compiler.definition import from_body
from compiler.graph import link
from core.access.roles import Role
from core.errors import Conflict, Missing, TooLarge
from core.json import dumps
from core.models import User
from core.storage import blobs
from executor import selectors as runs
from executor.domain.lifecycle import Status
from executor.models import Definition, Execution, NodeRun
from orchestrator import selectors
from orchestrator.compiling import admission
from orchestrator.models import TestCase, Workflow, WorkflowTest
from orchestrator.testing import tests

MOST_CASES = 200
MOST_BYTES = 5 * 1024 * 1024


class NotKeepable(Conflict):
    code = "test_not_keepable"


@dataclass(frozen=True, slots=True)
class CaseRequest:
    """What a caller may say of a test case; `expected` are the json objects of the run's output, in order."""

    name: str = ""
    expected: Sequence[Any] | None = None
    ignore: Sequence[str] = ()
    timeout_s: float = 60


@transaction.atomic
def keep(*, actor: User, execution_id: UUID, request: CaseRequest, now: datetime) -> TestCase:
    """Keep a completed run as a test of its workflow. Raises: Missing, NotKeepable, TooLarge."""
    execution = runs.execution_for(actor, execution_id, needs=Role.EDITOR)
    if execution.state.status != Status.COMPLETED or execution.workflow_id is None or execution.mode == "partial":
        raise NotKeepable("Only a run that completed as a whole can be kept as a test")
    workflow = selectors.workflow_for(actor, execution.workflow_id, needs=Role.EDITOR, lock=True)
    if workflow.test_cases.count() >= MOST_CASES:
        raise NotKeepable(f"A workflow may have {MOST_CASES} tests")
    recorded = recorded_outputs(execution)
    output: list[dict[str, Any]] = execution.output or []
    expected = [item.get("json", {}) for item in output] if request.expected is None else list(request.expected)
    size = len(dumps([execution.input, recorded, expected]))
    if size > MOST_BYTES:
        raise TooLarge("What was recorded is too large to be kept", limit_bytes=MOST_BYTES)
    return TestCase.objects.create(
        workflow=workflow, name=request.name or f"{workflow.name} {workflow.test_cases.count() + 1}",
        input=execution.input, trigger_node_id=execution.trigger_node_id, variables=execution.variables,
        recorded=recorded, expected=expected, ignore=list(request.ignore), timeout_s=request.timeout_s,
        source_execution_id=execution.pk, created_at=now, updated_at=now,
    )  # fmt: skip


def recorded_outputs(execution: Execution) -> dict[str, Any]:
    """Return what came from outside: outputs by node, of nodes in loops as `{"$rounds": {path: outputs}}`."""
    definition = from_body(Definition.objects.get(pk=execution.definition_hash).body)
    graph = link(definition, selectors.catalogue_of(execution.owner_id, definition, for_running=True))
    outside = [node.id for node in graph.nodes.values() if node.type is not None and node.type.reaches_out(node.params)]
    rows = (
        NodeRun.objects.filter(execution_id=execution.pk, node_id__in=outside, status__in=["completed", "failed"])
        .exclude(runs.STEPS)
        .order_by("started_at")
    )
    found: dict[str, Any] = {}
    for row in rows:
        outputs = blobs.resolved(owner_id=execution.owner_id, outputs=row.outputs or {}, places=row.aside or [])
        if row.path:
            found.setdefault(row.node_id, {"$rounds": {}})["$rounds"][row.path] = outputs
        else:
            found[row.node_id] = outputs
    return found


def case_for(workflow: Workflow, case_id: UUID) -> TestCase:
    """Return a test case of a workflow. Raises: Missing."""
    case = TestCase.objects.filter(workflow=workflow, pk=case_id).first()
    if case is None:
        raise Missing("There is no such test")
    return case


def change(*, case: TestCase, fields: Mapping[str, Any], now: datetime) -> TestCase:
    """Change what people may change of a test case."""
    for name, value in fields.items():
        setattr(case, name, value)
    case.updated_at = now
    case.save()
    return case


@admission.atomic
def run_cases(*, actor: User, workflow_id: UUID, cases: Sequence[TestCase], now: datetime) -> list[WorkflowTest]:
    """Start tests of the working copy. Raises: Missing, WorkflowArchived, CompilationFailed."""
    begun: list[WorkflowTest] = []
    for case in cases:
        request = tests.TestRequest(
            input=case.input, trigger_node_id=case.trigger_node_id, expected=case.expected, timeout_s=case.timeout_s,
            recorded=case.recorded, variables=case.variables,
        )  # fmt: skip
        test = tests.begin(actor=actor, workflow_id=workflow_id, request=request, now=now)
        test.test_case = case
        test.save(update_fields=["test_case"])
        begun.append(test)
    return begun


def are_green(workflow: Workflow, definition_hash: str) -> bool:
    """Tell whether the newest result of every test case, or any test where there is no case, passed this definition."""
    results = WorkflowTest.objects.filter(workflow=workflow, definition_hash=definition_hash)
    cases = list(workflow.test_cases.values_list("pk", flat=True))
    if not cases:
        return results.filter(status=WorkflowTest.Status.PASSED).exists()
    newest = results.filter(test_case_id__in=cases).order_by("test_case_id", "-created_at").distinct("test_case_id")
    passed = {row.test_case_id for row in newest if row.status == WorkflowTest.Status.PASSED}
    return passed == set(cases)
