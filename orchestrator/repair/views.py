"""Retries, alone or many; jobs; and why a run does not go on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.roles import Role
from core.web.views import ActorView
from executor import selectors as runs
from executor.verbs.why import reasons_of
from orchestrator import selectors
from orchestrator.executions import serializers as forms
from orchestrator.executions.views import IDEMPOTENCY, idempotency_key, started_response
from orchestrator.jobs import jobs
from orchestrator.repair import retries
from orchestrator.repair.partial import PartialRequest, start_partial
from orchestrator.repair.retries import RetryRequest
from orchestrator.starting import serializers as bodies


class RetryView(ActorView):
    key_scope = "run"
    limit_scope = "execute"

    @extend_schema(
        request=bodies.RetryInput,
        responses={202: forms.ExecutionOutput, 200: forms.ExecutionOutput},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, execution_id: UUID) -> Response:
        runs.execution_for(self.actor, execution_id, needs=Role.RUNNER)
        given = self.body(bodies.RetryInput)
        asked = RetryRequest(
            start=given["from"],
            version=given["version"],
            input=given.get("input", retries.NOTHING),
            overrides=given["overrides"],
            idempotency_key=idempotency_key(request),
        )
        started = retries.retry(actor=self.actor, execution_id=execution_id, request=asked, now=timezone.now())
        return started_response(self, started, given["wait_s"])


class PartialExecuteView(ActorView):
    key_scope = "run"
    limit_scope = "execute"

    @extend_schema(
        request=bodies.PartialInput,
        responses={202: forms.ExecutionDetail, 200: forms.ExecutionDetail},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, workflow_id: UUID) -> Response:
        if idempotency_key(request) is None:  # with one, the same run is the answer, whatever became of the workflow
            selectors.workflow_for(self.actor, workflow_id, needs=Role.RUNNER)
        given = self.body(bodies.PartialInput)
        wait_s = given.pop("wait_s")
        started = start_partial(
            actor=self.actor,
            workflow_id=workflow_id,
            request=PartialRequest(**given, idempotency_key=idempotency_key(request)),
            now=timezone.now(),
        )
        return started_response(self, started, wait_s, with_node_runs=True)


class BulkView(ActorView):
    """Do something to many runs."""

    key_scope = "run"
    kind = ""

    def start(self, given: dict[str, Any], *, key: str | None = None) -> Response:
        ids = retries.matching(
            actor=self.actor, ids=given.get("ids"), filters=given.get("filter"), to_retry=self.kind == "bulk_retry"
        )
        if given["dry_run"]:
            return Response({"matched": len(ids), "started": 0, "refused": []})
        params = {
            "ids": [str(one) for one in ids],
            "from": given["from"],
            "version": given["version"],
            "rate_per_s": given["rate_per_s"],
        }
        job, is_new = jobs.create_once(
            actor=self.actor, kind=self.kind, params=params, total=len(ids), now=timezone.now(), key=key,
            asked=self.request.data,
        )  # fmt: skip
        response = Response(forms.JobOutput(job).data, status=status.HTTP_202_ACCEPTED)
        if not is_new:
            response["Idempotent-Replayed"] = "true"
        response["Location"] = f"/api/orchestrator/jobs/{job.pk}/"
        return response


class BulkRetryView(BulkView):
    limit_scope = "execute"
    kind = "bulk_retry"

    @extend_schema(
        request=bodies.BulkInput,
        responses={202: forms.JobOutput, 200: forms.MatchedOutput},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request) -> Response:
        return self.start(self.body(bodies.BulkInput), key=idempotency_key(request))


class BulkStopView(BulkView):
    limit_scope = "execute"
    kind = "bulk_stop"

    @extend_schema(request=bodies.BulkInput, responses={202: forms.JobOutput, 200: forms.MatchedOutput})
    def post(self, request: Request) -> Response:
        return self.start(self.body(bodies.BulkInput))


class JobView(ActorView):
    @extend_schema(responses=forms.JobOutput)
    def get(self, request: Request, job_id: UUID) -> Response:
        return Response(forms.JobOutput(jobs.job_for(self.actor, job_id)).data)


class WhyView(ActorView):
    @extend_schema(responses=forms.WhyOutput)
    def get(self, request: Request, execution_id: UUID) -> Response:
        execution = runs.execution_for(self.actor, execution_id, needs=Role.VIEWER)
        return Response({"status": execution.state.status, "reasons": reasons_of(execution)})
