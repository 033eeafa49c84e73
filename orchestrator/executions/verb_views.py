"""What can be done to a run: pause, resume, stop, signals."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.roles import Role
from core.errors import Missing
from core.json import dumps
from core.secrets.resume_tokens import execution_of
from core.web.public_limits import admit
from core.web.views import ActorView
from executor import selectors as runs
from executor.node import files_named
from executor.verbs import verbs
from orchestrator.executions import serializers as forms
from orchestrator.starting import serializers as bodies
from orchestrator.starting import start_steps

STATUS = {202: forms.StatusOutput, 200: forms.StatusOutput}


def status_of(execution_id: UUID, *, acted: bool) -> Response:
    """Return the run's status, 202 where something was done and 200 where it was so already."""
    body = forms.StatusOutput(runs.execution_by_id(execution_id)).data
    return Response(body, status=status.HTTP_202_ACCEPTED if acted else status.HTTP_200_OK)


class ExecutionPauseView(ActorView):
    key_scope = "run"

    @extend_schema(request=None, responses=STATUS)
    def post(self, request: Request, execution_id: UUID) -> Response:
        execution = runs.execution_for(self.actor, execution_id, needs=Role.RUNNER)
        return status_of(execution.pk, acted=verbs.pause(execution_id=execution.pk, by=self.actor.pk))


class ExecutionResumeView(ActorView):
    key_scope = "run"

    @extend_schema(request=None, responses={202: forms.StatusOutput})
    def post(self, request: Request, execution_id: UUID) -> Response:
        execution = runs.execution_for(self.actor, execution_id, needs=Role.RUNNER)
        start_steps.check_account(execution.owner_id)
        verbs.resume(execution_id=execution.pk)
        return status_of(execution.pk, acted=True)


class ExecutionStopView(ActorView):
    key_scope = "run"

    @extend_schema(request=bodies.StopInput, responses=STATUS)
    def post(self, request: Request, execution_id: UUID) -> Response:
        execution = runs.execution_for(self.actor, execution_id, needs=Role.RUNNER)
        reason = self.body(bodies.StopInput).get("reason") or None
        acted = verbs.stop(execution_id=execution.pk, by=self.actor.pk, reason=reason, now=timezone.now())
        return status_of(execution.pk, acted=acted)


class ExecutionSignalView(ActorView):
    key_scope = "run"

    @extend_schema(request=bodies.SignalInput, responses={202: forms.StatusOutput})
    def post(self, request: Request, execution_id: UUID, name: str) -> Response:
        execution = runs.execution_for(self.actor, execution_id, needs=Role.RUNNER)
        payload = self.body(bodies.SignalInput)["payload"]
        account, workflow_id, by = execution.owner_id, execution.workflow_id, self.actor.pk
        files_named.check(owner_id=account, workflow_id=workflow_id, by=by, value=payload)
        verbs.signal(execution_id=execution.pk, name=name, payload=payload)
        files_named.given(
            owner_id=account, workflow_id=workflow_id, by=by, execution_id=execution.pk, text=dumps(payload)
        )
        return status_of(execution.pk, acted=True)


class ResumeByTokenView(GenericAPIView[Any]):
    """Resume a run without a login. Opening the address decides nothing."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def check_throttles(self, request: Request) -> None:
        """Count the call. Raises: RateLimited."""
        admit(request, "pages")

    @extend_schema(responses=forms.ResumableOutput)
    def get(self, request: Request, token: str) -> Response:
        execution_id = _named(token)
        return Response({"waiting": any(wait.signal for wait in runs.open_waits_of(execution_id))})

    @extend_schema(request=OpenApiTypes.ANY, responses={202: forms.ResumedOutput})
    def post(self, request: Request, token: str) -> Response:
        verbs.resume_by_token(execution_id=_named(token), payload=request.data or None)
        return Response({"status": "accepted"}, status=status.HTTP_202_ACCEPTED)


def _named(token: str) -> UUID:
    execution_id = execution_of(token)
    if execution_id is None:
        raise Missing("There is nothing to resume here")
    return UUID(execution_id)
