"""What a run would cost, over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.roles import Role
from core.web.views import ActorView
from executor.journal.events import cost_shown
from nodes.usage import Usage
from orchestrator import selectors
from orchestrator.workflows.estimating import estimate


class EstimateInput(serializers.Serializer[Any]):
    input = serializers.JSONField(default=dict)


class EstimateOutput(serializers.Serializer[Any]):
    low_usd = serializers.CharField(allow_null=True)
    high_usd = serializers.CharField(allow_null=True)
    basis = serializers.ChoiceField(choices=["history", "static"])
    calls = serializers.IntegerField()


class EstimateView(ActorView):
    key_scope = "read"

    @extend_schema(request=EstimateInput, responses=EstimateOutput)
    def post(self, request: Request, workflow_id: UUID) -> Response:
        """Say what a run of the working copy with this input may cost; null where a model has no price."""
        workflow = selectors.workflow_for(self.actor, workflow_id, needs=Role.VIEWER)
        made = estimate(workflow, self.body(EstimateInput)["input"])
        shown = {"low_usd": _usd(made.low_usd), "high_usd": _usd(made.high_usd), "basis": made.basis}
        return Response({**shown, "calls": made.calls})


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else cost_shown(Usage(cost_usd=amount))
