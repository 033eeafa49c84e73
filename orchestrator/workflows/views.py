"""Workflows over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.access import reach
from core.access.roles import Role
from core.web.filters import IdFilter, ManyOf, Moment
from core.web.numbers import whole_number
from core.web.views import ActorView, Listing
from executor.models import Execution
from orchestrator import selectors
from orchestrator.executions import stopping
from orchestrator.models import Workflow
from orchestrator.triggers.views import triggers_of
from orchestrator.workflows import deploying, diffing, saving
from orchestrator.workflows import serializers as forms

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description='The revision this is based on, as `"7"`'
)


class WorkflowFilters(filters.FilterSet):
    status = ManyOf(choices=Workflow.Status.choices)
    tag = filters.CharFilter(method="with_tag")
    is_template = filters.BooleanFilter()
    owner_id = IdFilter()
    shared = filters.BooleanFilter(method="with_shared", label="Shared with me by others, or not")
    created_after = Moment(field_name="created_at", lookup_expr="gte")
    created_before = Moment(field_name="created_at", lookup_expr="lte")

    class Meta:
        model = Workflow
        fields = ["status", "tag", "is_template", "owner_id", "shared"]

    def with_shared(self, queryset: Any, name: str, value: bool) -> Any:
        caller: Any = self.request
        own = reach.of_account(caller.user.pk)
        return queryset.exclude(own) if value else queryset.filter(own)

    def with_tag(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(tags__contains=[value])


def revision_wanted(request: Request) -> int | None:
    """Return the revision of `If-Match`. Raises: Invalid."""
    text = request.META.get("HTTP_IF_MATCH", "").strip()
    if text in ("", "*"):
        return None
    return whole_number(text.removeprefix("W/").strip('"'), "If-Match", message='If-Match must be a revision, as "7".')


def shown(workflow: Workflow, status_code: int = status.HTTP_200_OK) -> Response:
    response = Response(forms.WorkflowOutput(workflow).data, status=status_code)
    response["ETag"] = f'"{workflow.revision}"'
    return response


class WorkflowsView(Listing, ActorView):
    model = Workflow
    limit_scope = "workflows"
    limits_reads = False
    serializer_class = forms.WorkflowSummary
    filterset_class = WorkflowFilters
    search_fields = ("name", "description")
    ordering_fields = {
        "name": "name", "created_at": "created_at", "updated_at": "updated_at", "last_executed_at": "last_run",
    }  # fmt: skip

    def rows(self) -> Any:
        newest = Execution.objects.filter(workflow_id=OuterRef("pk")).order_by("-created_at").values("created_at")[:1]
        return selectors.listed_workflows_of(self.actor).annotate(last_run=Subquery(newest))

    @extend_schema(responses=forms.WorkflowSummary(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        known = {row.pk: (0, 0, None, None) for row in page} | selectors.statistics_of([row.pk for row in page])
        ids = [row.pk for row in page]
        others = {row.owner_id for row in page} - {self.actor.pk}
        context = {
            "statistics": known, "last_runs": selectors.last_runs_of(ids), "last_tests": selectors.last_tests_of(ids),
            "trigger_problems": selectors.trigger_problems_of(ids),
            "roles": reach.roles_of(self.actor), "owners": selectors.people_by_id(others) if others else {},
        }  # fmt: skip
        return self.get_paginated_response(forms.WorkflowSummary(page, many=True, context=context).data)

    @extend_schema(request=forms.WorkflowInput, responses={201: forms.WorkflowOutput})
    def post(self, request: Request) -> Response:
        return shown(saving.create(actor=self.actor, **self.body(forms.WorkflowInput)), status.HTTP_201_CREATED)


class WorkflowView(ActorView):
    limit_scope = "workflows"
    limits_reads = False

    @extend_schema(responses=forms.WorkflowOutput)
    def get(self, request: Request, workflow_id: UUID) -> Response:
        return shown(selectors.workflow_for(self.actor, workflow_id, needs=Role.VIEWER))

    @extend_schema(request=forms.WorkflowInput, responses=forms.WorkflowOutput, parameters=[IF_MATCH])
    def put(self, request: Request, workflow_id: UUID) -> Response:
        selectors.workflow_for(self.actor, workflow_id, needs=Role.EDITOR)
        fields = self.body(forms.WorkflowInput)
        return shown(
            saving.replace(actor=self.actor, workflow_id=workflow_id, revision=revision_wanted(request), **fields)
        )

    @extend_schema(request=forms.WorkflowUpdate, responses=forms.WorkflowOutput, parameters=[IF_MATCH])
    def patch(self, request: Request, workflow_id: UUID) -> Response:
        selectors.workflow_for(self.actor, workflow_id, needs=Role.EDITOR)
        fields = self.body(forms.WorkflowUpdate, partial=True)
        return shown(
            saving.change(actor=self.actor, workflow_id=workflow_id, revision=revision_wanted(request), **fields)
        )

    @extend_schema(
        parameters=[IF_MATCH, OpenApiParameter("stop_executions", bool)],
        responses={204: OpenApiResponse(description="Deleted")},
    )
    def delete(self, request: Request, workflow_id: UUID) -> Response:
        saving.delete(actor=self.actor, workflow_id=workflow_id, revision=revision_wanted(request))
        if request.query_params.get("stop_executions") == "true":
            stopping.stop_all_of(workflow_id=workflow_id, by=self.actor.pk, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class WorkflowCloneView(ActorView):
    limit_scope = "workflows"
    limits_reads = False

    @extend_schema(request=forms.CloneInput, responses={201: forms.WorkflowOutput})
    def post(self, request: Request, workflow_id: UUID) -> Response:
        name = self.body(forms.CloneInput).get("name")
        return shown(saving.clone(actor=self.actor, workflow_id=workflow_id, name=name), status.HTTP_201_CREATED)


class WorkflowArchiveView(ActorView):
    limit_scope = "workflows"
    limits_reads = False

    @extend_schema(request=None, responses=forms.WorkflowOutput)
    def post(self, request: Request, workflow_id: UUID) -> Response:
        return shown(saving.archive(actor=self.actor, workflow_id=workflow_id))


class WorkflowUnarchiveView(ActorView):
    limit_scope = "workflows"
    limits_reads = False

    @extend_schema(request=None, responses=forms.WorkflowOutput)
    def post(self, request: Request, workflow_id: UUID) -> Response:
        return shown(saving.unarchive(actor=self.actor, workflow_id=workflow_id))


class VersionsView(ActorView):
    limit_scope = "workflows"
    limits_reads = False
    serializer_class = forms.VersionOutput
    filter_backends = []

    @extend_schema(responses=forms.VersionOutput(many=True))
    def get(self, request: Request, workflow_id: UUID) -> Response:
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.VIEWER)
        rows = workflow.versions.select_related("workflow").defer(*(f"workflow__{name}" for name in selectors.LARGE))
        return self.listed(rows.order_by("-number"), forms.VersionOutput)

    @extend_schema(request=forms.SnapshotInput, responses={201: forms.VersionOutput})
    def post(self, request: Request, workflow_id: UUID) -> Response:
        version = saving.snapshot(actor=self.actor, workflow_id=workflow_id, **self.body(forms.SnapshotInput))
        return Response(forms.VersionOutput(version).data, status=status.HTTP_201_CREATED)


class VersionView(ActorView):
    @extend_schema(responses=forms.VersionDetail)
    def get(self, request: Request, workflow_id: UUID, number: int) -> Response:
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.VIEWER)
        version = selectors.version_of(workflow, number)
        return Response({**forms.VersionOutput(version).data, **selectors.document_of_version(version)})


class VersionRestoreView(ActorView):
    limit_scope = "workflows"
    limits_reads = False

    @extend_schema(request=None, responses=forms.WorkflowOutput, parameters=[IF_MATCH])
    def post(self, request: Request, workflow_id: UUID, number: int) -> Response:
        revision = revision_wanted(request)
        return shown(saving.restore(actor=self.actor, workflow_id=workflow_id, number=number, revision=revision))


class VersionDiffView(ActorView):
    @extend_schema(parameters=[OpenApiParameter("against", int)], responses=forms.DiffOutput)
    def get(self, request: Request, workflow_id: UUID, number: int) -> Response:
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.VIEWER)
        against = whole_number(request.query_params.get("against") or str(max(number - 1, 1)), "against")
        before, after = (
            selectors.document_of_version(selectors.version_of(workflow, each)) for each in (against, number)
        )
        return Response({"from": against, "to": number, **diffing.difference(before, after)})


class DeployView(ActorView):
    limit_scope = "workflows"
    limits_reads = False

    @extend_schema(request=forms.DeployInput, responses=forms.DeployedOutput, parameters=[IF_MATCH])
    def post(self, request: Request, workflow_id: UUID) -> Response:
        number = self.body(forms.DeployInput).get("version")
        workflow = deploying.deploy(
            actor=self.actor, workflow_id=workflow_id, number=number, revision=revision_wanted(request)
        )
        response = shown(workflow)
        response.data = {**response.data, "triggers": triggers_of(workflow, request)}
        return response


class UndeployView(ActorView):
    limit_scope = "workflows"
    limits_reads = False

    @extend_schema(request=None, responses=forms.WorkflowOutput)
    def post(self, request: Request, workflow_id: UUID) -> Response:
        return shown(deploying.undeploy(actor=self.actor, workflow_id=workflow_id))
