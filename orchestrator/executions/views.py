"""Executions over HTTP: start, read, stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.roles import Role
from core.errors import Invalid, Missing, WorkflowError
from core.models import ApiKey
from core.redis.run_ends import Wait
from core.web.filters import IdFilter, ManyOf, Moment
from core.web.views import ActorView, Listing
from executor import selectors as runs
from executor.domain.lifecycle import STATUS_CHOICES
from executor.journal.whole_values import UNBUILT
from executor.models import Execution, NodeRun
from executor.verbs import executions
from executor.verbs.executions import Started
from orchestrator import selectors
from orchestrator.executions import serializers as forms
from orchestrator.executions.recorded_inputs import Recorded
from orchestrator.executions.step_serializers import StepOutput
from orchestrator.starting import serializers as bodies
from orchestrator.starting.callbacks import CallbackRequest
from orchestrator.starting.starting import StartRequest, start

NODE_RUNS_SHOWN = 200
# A trigger's items are made of the input.
WITHOUT_RESULT = [name for name in runs.NOT_LISTED if name not in ("input", "input_text")]
IDEMPOTENCY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)


def shown(execution: Execution, rows: Sequence[NodeRun]) -> list[dict[str, Any]]:
    """Return the wire form of node runs, with their inputs and what they led to."""
    recorded = Recorded(execution, rows)
    serializer = forms.NodeRunOutput(context={"recorded": recorded})
    try:
        return [serializer.to_representation(row) for row in rows]
    finally:
        recorded.forget()  # serializers hold each other, and what they hold, until the next collection


class ExecutionFilters(filters.FilterSet):
    workflow_id = IdFilter()
    status = ManyOf(choices=STATUS_CHOICES, field_name="state__status")
    trigger = ManyOf(choices=[(value, value) for value in forms.TRIGGERS])
    mode = ManyOf(choices=[(value, value) for value in forms.MODES])
    parent = IdFilter(field_name="parent_execution_id")
    retry_of = IdFilter(field_name="retry_of_id")
    label = filters.CharFilter(method="with_label")
    error_code = filters.CharFilter(field_name="error__code")
    created_after = Moment(field_name="created_at", lookup_expr="gte")
    created_before = Moment(field_name="created_at", lookup_expr="lte")

    class Meta:
        model = Execution
        fields = ["workflow_id", "status", "trigger", "mode"]

    def with_label(self, queryset: Any, name: str, value: str) -> Any:
        key, colon, wanted = value.partition(":")
        if not colon:
            raise Invalid("Write it as key:value.", field="label")
        return queryset.filter(labels__contains={key: wanted})


def idempotency_key(request: Request) -> str | None:
    """Return the key of a start. Raises: Invalid."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise Invalid("1 to 255 printable characters.", field="Idempotency-Key")
    return str(key)


class ExecuteView(ActorView):
    key_scope = "run"
    limit_scope = "execute"

    @extend_schema(
        request=bodies.StartInput,
        responses={202: forms.ExecutionOutput, 200: forms.ExecutionOutput},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, workflow_id: UUID) -> Response:
        if idempotency_key(request) is None:  # with one, the same run is the answer, whatever became of the workflow
            selectors.workflow_for(self.actor, workflow_id, needs=Role.RUNNER)
        given = self.body(bodies.StartInput)
        wait_s = given.pop("wait_s")
        url, secret = given.pop("callback_url", None), given.pop("callback_secret", None)
        callback = CallbackRequest(url, secret) if url else None
        asked = StartRequest(**given, idempotency_key=idempotency_key(request), callback=callback)
        started = start(
            actor=self.actor,
            workflow_id=workflow_id,
            request=asked,
            by_key=isinstance(request.auth, ApiKey),
            now=timezone.now(),
        )

        return started_response(self, started, wait_s)


def started_response(view: ActorView, started: Started, wait_s: float, *, with_node_runs: bool = False) -> Response:
    """Return a started run: 202, or 200 when it has ended within the time the caller waits."""

    def respond() -> Response:
        execution = runs.execution_for(view.actor, started.execution_id, needs=Role.VIEWER, without=runs.HIDDEN)
        in_time = wait_s > 0 and runs.is_final(execution)
        body = detail_of(execution) if with_node_runs else forms.ExecutionOutput().to_representation(execution)
        response = Response(body, status=status.HTTP_200_OK if in_time else status.HTTP_202_ACCEPTED)
        response["Location"] = f"/api/orchestrator/executions/{execution.pk}/"
        if started.replayed:
            response["Idempotent-Replayed"] = "true"
        return response

    response = respond()
    if wait_s > 0 and response.status_code != status.HTTP_200_OK:
        over = partial(is_over, started.execution_id)
        wait_for(response, Wait(str(started.execution_id), wait_s, over, partial(rendered, view, respond)))
    return response


def wait_for(response: Response, wait: Wait) -> None:
    response.wait = wait  # type: ignore[attr-defined]  # read by the middleware


def rendered(view: ActorView, respond: Callable[[], Response]) -> HttpResponseBase:
    """Return the response of a view that has waited; whoever may not see the run any more is told that."""
    try:
        response = respond()
    except WorkflowError as exc:
        response = view.handle_exception(exc)
    made: HttpResponseBase = view.finalize_response(view.request, response).render()
    return made


def detail_of(execution: Execution) -> dict[str, Any]:
    """Return a run with its first node runs."""
    rows = list(runs.node_runs_of(execution.pk)[: NODE_RUNS_SHOWN + 1])
    return {
        **forms.ExecutionOutput().to_representation(execution),
        "node_runs": shown(execution, rows[:NODE_RUNS_SHOWN]),
        "node_runs_truncated": len(rows) > NODE_RUNS_SHOWN,
    }


def is_over(execution_id: UUID) -> bool:
    return runs.last_sequence(execution_id)[1]


class ExecutionsView(Listing, ActorView):
    model = Execution
    serializer_class = forms.ExecutionSummary
    filterset_class = ExecutionFilters
    search_fields = ("workflow_name",)
    ordering_fields = {
        "created_at": "created_at",
        "finished_at": "finished_at",
        "duration_ms": "duration_ms",
        "started_at": "state__started_at",
    }

    def rows(self) -> Any:
        return runs.executions_of(self.actor).defer(*runs.NOT_LISTED)

    @extend_schema(responses=forms.ExecutionSummary(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(self.filter_queryset(self.get_queryset()), forms.ExecutionSummary)


class ExecutionView(ActorView):
    @extend_schema(responses=forms.ExecutionDetail)
    def get(self, request: Request, execution_id: UUID) -> Response:
        without = (*runs.HIDDEN, *UNBUILT)
        return Response(detail_of(runs.execution_for(self.actor, execution_id, needs=Role.VIEWER, without=without)))

    @extend_schema(responses={204: OpenApiResponse(description="Deleted")})
    def delete(self, request: Request, execution_id: UUID) -> Response:
        executions.delete(execution=runs.execution_for(self.actor, execution_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExecutionStatusView(ActorView):
    @extend_schema(
        parameters=[OpenApiParameter("wait_s", float, description="Wait up to 30 s for a change of status")],
        responses=forms.StatusOutput,
    )
    def get(self, request: Request, execution_id: UUID) -> Response:
        execution = self.seen(execution_id)
        response = Response(forms.StatusOutput(execution).data)
        wait_s = _seconds(request)
        if wait_s > 0 and not runs.is_final(execution):
            before = execution.state.status

            def fresh() -> Response:
                return Response(forms.StatusOutput(self.seen(execution_id)).data)

            def changed() -> bool:
                try:
                    return self.seen(execution_id).state.status != before
                except Missing:
                    return True

            wait_for(response, Wait(str(execution.pk), wait_s, changed, partial(rendered, self, fresh)))
        return response

    def seen(self, execution_id: UUID) -> Execution:
        return runs.execution_for(self.actor, execution_id, needs=Role.VIEWER, without=runs.NOT_LISTED)


def _seconds(request: Request) -> float:
    try:
        seconds = float(request.query_params.get("wait_s") or 0)
    except ValueError as exc:
        raise Invalid("A number from 0 to 30.", field="wait_s") from exc
    if not 0 <= seconds <= 30:
        raise Invalid("A number from 0 to 30.", field="wait_s")
    return seconds


class ExecutionDefinitionView(ActorView):
    @extend_schema(responses=forms.DefinitionOutput)
    def get(self, request: Request, execution_id: UUID) -> Response:
        execution = runs.execution_for(self.actor, execution_id, needs=Role.VIEWER, without=runs.NOT_LISTED)
        return Response(selectors.stored_document(execution.definition_hash, execution.layout_hash))


class NodeRunFilters(filters.FilterSet):
    node_id = filters.CharFilter(strip=False)
    status = ManyOf(
        choices=[(value, value) for value in ("running", "waiting", "completed", "failed", "skipped", "cancelled")]
    )
    path = filters.CharFilter(strip=False)

    class Meta:
        model = NodeRun
        fields = ["node_id", "status", "path"]


class NodeRunsView(ActorView):
    serializer_class = forms.NodeRunOutput
    filterset_class = NodeRunFilters

    @extend_schema(responses=forms.NodeRunOutput(many=True))
    def get(self, request: Request, execution_id: UUID) -> Response:
        execution = runs.execution_for(self.actor, execution_id, needs=Role.VIEWER, without=WITHOUT_RESULT)
        page = list(self.paginate_queryset(self.filter_queryset(runs.node_runs_of(execution.pk))) or ())
        return self.get_paginated_response(shown(execution, page))

    def get_queryset(self) -> Any:
        return NodeRun.objects.none()


def node_run_of(execution: Execution, node_run_id: UUID) -> NodeRun:
    row = runs.node_run_of(execution.pk, node_run_id)
    if row is None:
        raise Missing("There is no such node run")
    return row


class NodeRunView(ActorView):
    @extend_schema(responses=forms.NodeRunOutput)
    def get(self, request: Request, execution_id: UUID, node_run_id: UUID) -> Response:
        execution = runs.execution_for(self.actor, execution_id, needs=Role.VIEWER, without=WITHOUT_RESULT)
        row = node_run_of(execution, node_run_id)
        return Response(shown(execution, [row])[0])


class StepsView(ActorView):
    """The steps of a node run, in the order of their starts."""

    serializer_class = StepOutput
    filter_backends = []

    @extend_schema(responses=StepOutput(many=True))
    def get(self, request: Request, execution_id: UUID, node_run_id: UUID) -> Response:
        execution = runs.execution_for(self.actor, execution_id, needs=Role.VIEWER, without=WITHOUT_RESULT)
        page = self.paginate_queryset(runs.steps_of(node_run_of(execution, node_run_id)))
        return self.get_paginated_response(StepOutput(page, many=True).data)

    def get_queryset(self) -> Any:
        return NodeRun.objects.none()


class NodeRunItemsView(ActorView):
    serializer_class = forms.ItemOutput
    filter_backends = []

    @extend_schema(
        parameters=[OpenApiParameter("side", str, enum=["inputs", "outputs"]), OpenApiParameter("handle", str)],
        responses=forms.ItemOutput(many=True),
    )
    def get(self, request: Request, execution_id: UUID, node_run_id: UUID) -> Response:
        execution = runs.execution_for(self.actor, execution_id, needs=Role.VIEWER, without=WITHOUT_RESULT)
        row = node_run_of(execution, node_run_id)
        side = request.query_params.get("side", "outputs")
        if side not in ("inputs", "outputs"):
            raise Invalid("One of: inputs, outputs.", field="side", reason="invalid_choice")
        handle = request.query_params.get("handle", "main")
        recorded = Recorded(execution, [row])
        page = self.paginate_queryset((recorded.outputs if side == "outputs" else recorded.inputs)(row, handle))
        return self.get_paginated_response(page)
