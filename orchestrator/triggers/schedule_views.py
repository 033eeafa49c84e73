"""Schedules over HTTP."""

from __future__ import annotations

from itertools import islice
from typing import Any
from uuid import UUID

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.roles import Role
from core.values.cron import due_times
from core.values.times import wire_time
from core.web.filters import IdFilter
from core.web.views import ActorView, Listing
from executor.selectors import execution_by_id
from orchestrator.executions.serializers import ExecutionOutput, JobOutput
from orchestrator.jobs import jobs
from orchestrator.models import Occurrence, Schedule
from orchestrator.triggers import schedule_serializers as forms
from orchestrator.triggers import schedules


class ScheduleFilters(filters.FilterSet):
    workflow_id = IdFilter()
    enabled = filters.BooleanFilter()

    class Meta:
        model = Schedule
        fields = ["workflow_id", "enabled"]


class SchedulesView(Listing, ActorView):
    model = Schedule
    serializer_class = forms.ScheduleOutput
    filterset_class = ScheduleFilters
    ordering_fields = {"next_run_at": "next_run_at", "created_at": "created_at"}

    def rows(self) -> Any:
        return schedules.schedules_of(self.actor)

    @extend_schema(responses=forms.ScheduleOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(self.filter_queryset(self.get_queryset()), forms.ScheduleOutput)


class ScheduleView(ActorView):
    @extend_schema(responses=forms.ScheduleOutput)
    def get(self, request: Request, schedule_id: UUID) -> Response:
        return Response(forms.ScheduleOutput(schedules.schedule_for(self.actor, schedule_id, needs=Role.VIEWER)).data)

    @extend_schema(request=forms.SchedulePatch, responses=forms.ScheduleOutput)
    def patch(self, request: Request, schedule_id: UUID) -> Response:
        schedules.schedule_for(self.actor, schedule_id, needs=Role.EDITOR)
        enabled = self.body(forms.SchedulePatch)["enabled"]
        schedule = schedules.set_enabled(actor=self.actor, schedule_id=schedule_id, enabled=enabled, now=timezone.now())
        return Response(forms.ScheduleOutput(schedule).data)


class OccurrencesView(ActorView):
    serializer_class = forms.OccurrenceOutput
    filter_backends = []

    @extend_schema(responses=forms.OccurrenceOutput(many=True))
    def get(self, request: Request, schedule_id: UUID) -> Response:
        schedule = schedules.schedule_for(self.actor, schedule_id, needs=Role.VIEWER)
        return self.listed(Occurrence.objects.filter(schedule=schedule).order_by("-due_at"), forms.OccurrenceOutput)


class RunNowView(ActorView):
    key_scope = "run"
    limit_scope = "execute"

    @extend_schema(request=None, responses={202: ExecutionOutput})
    def post(self, request: Request, schedule_id: UUID) -> Response:
        schedule = schedules.schedule_for(self.actor, schedule_id, needs=Role.RUNNER)
        execution_id = schedules.run_now(schedule=schedule, now=timezone.now(), by=self.actor.pk)
        response = Response(ExecutionOutput(execution_by_id(execution_id)).data, status=status.HTTP_202_ACCEPTED)
        response["Location"] = f"/api/orchestrator/executions/{execution_id}/"
        return response


class BackfillView(ActorView):
    key_scope = "run"
    limit_scope = "execute"

    @extend_schema(request=forms.BackfillInput, responses={202: JobOutput, 200: forms.BackfillPreviewOutput})
    def post(self, request: Request, schedule_id: UUID) -> Response:
        schedule = schedules.schedule_for(self.actor, schedule_id, needs=Role.EDITOR)
        given = self.body(forms.BackfillInput)
        moments = schedules.moments_between(schedule, given["from"], given["to"])
        if given["dry_run"]:
            return Response({"matched": len(moments), "moments": [wire_time(moment) for moment in moments]})
        params = {
            "ids": [wire_time(moment) for moment in moments],
            "schedule_id": str(schedule.pk),
            "rate_per_s": given["rate_per_s"],
        }
        job = jobs.create(actor=self.actor, kind="backfill", params=params, total=len(moments), now=timezone.now())
        response = Response(JobOutput(job).data, status=status.HTTP_202_ACCEPTED)
        response["Location"] = f"/api/orchestrator/jobs/{job.pk}/"
        return response


class SchedulePreviewView(ActorView):
    key_scope = "read"

    @extend_schema(request=forms.SchedulePreviewInput, responses=forms.SchedulePreviewOutput)
    def post(self, request: Request) -> Response:
        given = self.body(forms.SchedulePreviewInput)
        moments = due_times(given.get("cron"), given.get("interval_s"), given["timezone"], timezone.now())
        return Response({"next": [wire_time(moment) for moment in islice(moments, given["count"])]})
