"""Tests of workflows over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.roles import Role
from core.web.fields import IdentifierField
from core.web.json_input import JsonInput
from core.web.shapes import Shaped
from core.web.views import ActorView
from orchestrator import selectors, shapes
from orchestrator.models import WorkflowTest
from orchestrator.testing import tests


class WorkflowTestInput(serializers.Serializer[Any]):
    input = JsonInput(default=dict, allow_null=True)
    trigger_node_id = IdentifierField(required=False, allow_null=True)
    expected = JsonInput(required=False, allow_null=True)
    timeout_s = serializers.FloatField(default=60, min_value=0.1, max_value=3600)
    use_pinned = serializers.BooleanField(default=True)


class WorkflowTestOutput(serializers.ModelSerializer[WorkflowTest]):
    workflow_id = serializers.UUIDField()
    test_case_id = serializers.UUIDField(allow_null=True)
    expected = serializers.JSONField(allow_null=True)
    differences = Shaped(shapes.Difference, many=True)
    error = Shaped(shapes.RunError, allow_null=True)

    class Meta:
        model = WorkflowTest
        fields = [
            "id", "workflow_id", "test_case_id", "version", "definition_hash", "execution_id", "status", "expected",
            "differences", "error", "duration_ms", "created_at", "finished_at",
        ]  # fmt: skip


class WorkflowTestStart(ActorView):
    key_scope = "run"
    limit_scope = "execute"

    @extend_schema(request=WorkflowTestInput, responses={202: WorkflowTestOutput})
    def post(self, request: Request, workflow_id: UUID) -> Response:
        selectors.workflow_for(self.actor, workflow_id, needs=Role.EDITOR)
        asked = tests.TestRequest(**self.body(WorkflowTestInput))
        test = tests.begin(actor=self.actor, workflow_id=workflow_id, request=asked, now=timezone.now())
        response = Response(WorkflowTestOutput(test).data, status=status.HTTP_202_ACCEPTED)
        response["Location"] = f"/api/orchestrator/workflows/{workflow_id}/tests/{test.pk}/"
        return response


class WorkflowTestsView(ActorView):
    serializer_class = WorkflowTestOutput
    filter_backends = []

    @extend_schema(responses=WorkflowTestOutput(many=True))
    def get(self, request: Request, workflow_id: UUID) -> Response:
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.VIEWER)
        return self.listed(WorkflowTest.objects.filter(workflow=workflow).order_by("-created_at"), WorkflowTestOutput)


class WorkflowTestView(ActorView):
    @extend_schema(responses=WorkflowTestOutput)
    def get(self, request: Request, workflow_id: UUID, test_id: UUID) -> Response:
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.VIEWER)
        test = tests.find_test(workflow, test_id)
        tests.settle(test.pk, timezone.now())
        test.refresh_from_db()
        return Response(WorkflowTestOutput(test).data)
