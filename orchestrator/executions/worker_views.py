"""The worker processes over HTTP, for staff: who is there, what each holds, who stands still and why."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.db.models.functions import Now
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts.permissions import IsStaff
from core.health.report import ALIVE_S, KNOWN
from core.models import ProcessHeartbeat
from core.web.shapes import shape, text
from core.web.views import ActorView
from executor.domain.lifecycle import Status
from executor.models import NodeJob, RunState

StandingPart = shape("StandingPart", "A part of a process that does not go on.", part=text(), why=text())


class WorkerOutput(serializers.Serializer[Any]):
    """`working`: it claims and commits; `standing`: it says that it does not; `silent`: its heartbeat is over."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=["worker", "beat"])
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=["working", "standing", "silent"])
    beat_at = serializers.DateTimeField()
    queues = serializers.ListField(child=serializers.CharField())
    standing = StandingPart(many=True)
    runs = serializers.IntegerField()
    node_jobs = serializers.IntegerField()


class WorkersOutput(serializers.Serializer[Any]):
    results = WorkerOutput(many=True)


class WorkersView(ActorView):
    permission_classes = [IsStaff]

    @extend_schema(responses=WorkersOutput)
    def get(self, request: Request) -> Response:
        rows = ProcessHeartbeat.objects.filter(beat_at__gt=Now() - KNOWN).order_by("kind", "-beat_at")[:500]
        runs = _held(RunState.objects.filter(status=Status.RUNNING))
        jobs = _held(NodeJob.objects.filter(status=NodeJob.Status.RUNNING))
        found = [_shown(row, runs.get(row.pk, 0), jobs.get(row.pk, 0)) for row in rows]
        return Response(WorkersOutput({"results": found}).data)


def _held(rows: Any) -> dict[Any, int]:
    """Return how many of some rows each worker holds."""
    held = rows.exclude(worker_id=None).values("worker_id").annotate(held=Count("pk"))
    return dict(held.values_list("worker_id", "held"))


def _shown(row: ProcessHeartbeat, runs: int, jobs: int) -> dict[str, Any]:
    standing = row.details.get("standing") or {}
    silent = (timezone.now() - row.beat_at).total_seconds() >= ALIVE_S
    return {
        "id": row.pk,
        "kind": row.kind,
        "name": str(row.details.get("name") or row.kind),
        "status": "silent" if silent else "standing" if standing else "working",
        "beat_at": row.beat_at,
        "queues": row.details.get("queues") or [],
        "standing": [{"part": part, "why": why} for part, why in standing.items()],
        "runs": runs,
        "node_jobs": jobs,
    }
