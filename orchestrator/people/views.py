"""Human tasks over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.web.filters import IdFilter, ManyOf
from core.web.views import ActorView, Listing
from executor.models import HumanTask
from orchestrator.people import reassigning, tasks
from orchestrator.people.serializers import HumanTaskOutput, ReassignInput, RespondInput
from orchestrator.people.tasks import HumanTaskClosed, Reply


class HumanTaskFilters(filters.FilterSet):
    status = ManyOf(choices=HumanTask.Status.choices)
    execution_id = IdFilter()
    workflow_id = IdFilter()
    type = filters.CharFilter()

    class Meta:
        model = HumanTask
        fields = ["status", "execution_id", "workflow_id", "type"]


class HumanTasksView(Listing, ActorView):
    model = HumanTask
    serializer_class = HumanTaskOutput
    filterset_class = HumanTaskFilters
    search_fields = ("title", "workflow_name")
    ordering_fields = {"created_at": "created_at", "expires_at": "expires_at"}

    def rows(self) -> Any:
        return tasks.visible_to(self.actor)

    @extend_schema(responses=HumanTaskOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(self.filter_queryset(self.get_queryset()), HumanTaskOutput)


class PendingTasksView(ActorView):
    serializer_class = HumanTaskOutput
    filter_backends = []

    @extend_schema(responses=HumanTaskOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(tasks.pending_of(self.actor), HumanTaskOutput)


class HumanTaskView(ActorView):
    @extend_schema(responses=HumanTaskOutput)
    def get(self, request: Request, task_id: UUID) -> Response:
        return Response(HumanTaskOutput(tasks.task_for(self.actor, task_id)).data)


class RespondView(ActorView):
    key_scope = "run"

    @extend_schema(request=RespondInput, responses=HumanTaskOutput)
    def post(self, request: Request, task_id: UUID) -> Response:
        tasks.check_asked(self.actor, tasks.task_for(self.actor, task_id))
        reply = Reply(**self.body(RespondInput))
        try:
            task = tasks.respond(actor=self.actor, task_id=task_id, reply=reply, now=timezone.now())
        except HumanTaskClosed as exc:
            exc.details["task"] = HumanTaskOutput(tasks.task_for(self.actor, task_id)).data
            raise
        return Response(HumanTaskOutput(task).data)


class ReassignView(ActorView):
    """Ask other people: for the owner of the task's workflow."""

    key_scope = "run"

    @extend_schema(request=ReassignInput, responses=HumanTaskOutput)
    def post(self, request: Request, task_id: UUID) -> Response:
        reassigning.check_owner(self.actor, tasks.task_for(self.actor, task_id))
        given = self.body(ReassignInput)["assignee_ids"]
        task = reassigning.reassign(actor=self.actor, task_id=task_id, assignee_ids=given, now=timezone.now())
        return Response(HumanTaskOutput(task).data)
