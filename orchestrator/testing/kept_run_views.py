"""Runs kept as tests, over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.roles import Role
from core.web.fields import LineField
from core.web.json_input import JsonInput
from core.web.views import ActorView
from executor import selectors as runs
from orchestrator import selectors, shapes
from orchestrator.models import TestCase
from orchestrator.testing import kept_runs
from orchestrator.testing.kept_runs import CaseRequest
from orchestrator.testing.views import WorkflowTestOutput


class KeepInput(serializers.Serializer[Any]):
    name = LineField(max_length=200, required=False)
    expected = serializers.ListField(child=JsonInput(), max_length=10_000, required=False)
    ignore = serializers.ListField(child=serializers.CharField(max_length=500), max_length=100, required=False)
    timeout_s = serializers.FloatField(min_value=0.1, max_value=3600, required=False)


class CaseInput(KeepInput):
    input = JsonInput(required=False, allow_null=True)
    recorded = serializers.DictField(child=serializers.DictField(), required=False)


class TestCaseOutput(serializers.ModelSerializer[TestCase]):
    __test__ = False
    workflow_id = serializers.UUIDField()
    input = serializers.JSONField(allow_null=True)
    variables = serializers.DictField(child=serializers.JSONField(allow_null=True))
    recorded = serializers.DictField(child=serializers.JSONField(allow_null=True))
    expected = serializers.ListField(child=serializers.JSONField(allow_null=True))
    ignore = serializers.ListField(child=serializers.CharField())
    last_result = serializers.SerializerMethodField()

    class Meta:
        model = TestCase
        fields = [
            "id", "workflow_id", "name", "trigger_node_id", "input", "variables", "recorded", "expected", "ignore",
            "timeout_s", "source_execution_id", "last_result", "created_at", "updated_at",
        ]  # fmt: skip

    @extend_schema_field(shapes.LastTest(allow_null=True))
    def get_last_result(self, row: TestCase) -> dict[str, Any] | None:
        newest = row.results.order_by("-created_at").first()
        if newest is None:
            return None
        return {"id": str(newest.pk), "status": newest.status, "definition_hash": newest.definition_hash}


class ExecutionKeepView(ActorView):
    @extend_schema(request=KeepInput, responses={201: TestCaseOutput})
    def post(self, request: Request, execution_id: UUID) -> Response:
        """Keep a completed run as a test of its workflow."""
        runs.execution_for(self.actor, execution_id, needs=Role.EDITOR)
        case = kept_runs.keep(
            actor=self.actor, execution_id=execution_id, request=CaseRequest(**self.body(KeepInput)), now=timezone.now()
        )
        response = Response(TestCaseOutput(case).data, status=status.HTTP_201_CREATED)
        response["Location"] = f"/api/orchestrator/workflows/{case.workflow_id}/test-cases/{case.pk}/"
        return response


class TestCasesView(ActorView):
    __test__ = False
    serializer_class = TestCaseOutput
    filter_backends = []

    @extend_schema(responses=TestCaseOutput(many=True))
    def get(self, request: Request, workflow_id: UUID) -> Response:
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.VIEWER)
        return self.listed(workflow.test_cases.order_by("created_at", "pk"), TestCaseOutput)


class TestCaseView(ActorView):
    __test__ = False

    def find(self, workflow_id: UUID, case_id: UUID, needs: Role) -> TestCase:
        return kept_runs.case_for(selectors.workflow_for(self.actor, workflow_id, needs=needs), case_id)

    @extend_schema(responses=TestCaseOutput)
    def get(self, request: Request, workflow_id: UUID, case_id: UUID) -> Response:
        return Response(TestCaseOutput(self.find(workflow_id, case_id, Role.VIEWER)).data)

    @extend_schema(request=CaseInput, responses=TestCaseOutput)
    def patch(self, request: Request, workflow_id: UUID, case_id: UUID) -> Response:
        case = self.find(workflow_id, case_id, Role.EDITOR)
        changed = kept_runs.change(case=case, fields=self.body(CaseInput, partial=True), now=timezone.now())
        return Response(TestCaseOutput(changed).data)

    @extend_schema(responses={204: OpenApiResponse()})
    def delete(self, request: Request, workflow_id: UUID, case_id: UUID) -> Response:
        self.find(workflow_id, case_id, Role.EDITOR).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


BEGUN = inline_serializer("TestsBegun", {"results": WorkflowTestOutput(many=True)})


class RunTestCasesView(ActorView):
    key_scope = "run"
    limit_scope = "execute"

    @extend_schema(request=None, responses={202: BEGUN})
    def post(self, request: Request, workflow_id: UUID) -> Response:
        """Run all tests of a workflow."""
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.EDITOR)
        return self.begun(workflow_id, list(workflow.test_cases.order_by("created_at", "pk")))

    def begun(self, workflow_id: UUID, cases: list[TestCase]) -> Response:
        found = kept_runs.run_cases(actor=self.actor, workflow_id=workflow_id, cases=cases, now=timezone.now())
        return Response({"results": WorkflowTestOutput(found, many=True).data}, status=status.HTTP_202_ACCEPTED)


class RunTestCaseView(RunTestCasesView):
    @extend_schema(request=None, responses={202: BEGUN}, operation_id="run_test_case")
    def post(self, request: Request, workflow_id: UUID, case_id: UUID) -> Response:  # type: ignore[override]  # one id more in the address
        """Run one test of a workflow."""
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.EDITOR)
        return self.begun(workflow_id, [kept_runs.case_for(workflow, case_id)])
