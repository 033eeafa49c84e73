"""Usage, plans and tiers over HTTP."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts import people
from core.accounts.credits import MONTHLY, PRICES_USD
from core.accounts.permissions import IsStaff
from core.errors import Forbidden
from core.models import User
from core.web.numbers import whole_number
from core.web.tiers import LIMITS
from core.web.views import ActorView
from orchestrator.usage.usage import usage_of

MOST_DAYS = 366


class CreditsOutput(serializers.Serializer[Any]):
    balance = serializers.IntegerField()
    monthly = serializers.IntegerField()
    resets_at = serializers.DateTimeField()


class UsedOutput(serializers.Serializer[Any]):
    executions = serializers.IntegerField()
    credits = serializers.IntegerField()
    tokens = serializers.IntegerField()
    cost_usd = serializers.CharField()
    ai_calls = serializers.IntegerField()
    uploads = serializers.IntegerField()
    chat_messages = serializers.IntegerField()


class UsedOnDayOutput(UsedOutput):
    date = serializers.DateField()


class LimitOutput(serializers.Serializer[Any]):
    limit = serializers.IntegerField(allow_null=True)
    remaining = serializers.IntegerField(allow_null=True)
    reset_at = serializers.DateTimeField(allow_null=True)


class StorageOutput(serializers.Serializer[Any]):
    used_bytes = serializers.IntegerField()
    quota_bytes = serializers.IntegerField(allow_null=True)


class UserUsageOutput(serializers.Serializer[Any]):
    tier = serializers.ChoiceField(choices=User.Tier.choices)
    credits = CreditsOutput()
    limits = serializers.DictField(child=LimitOutput())
    storage = StorageOutput()
    today = UsedOutput()
    daily = UsedOnDayOutput(many=True)


class PlanOutput(serializers.Serializer[Any]):
    tier = serializers.ChoiceField(choices=User.Tier.choices)
    price_usd = serializers.CharField()
    limits = serializers.DictField(child=serializers.IntegerField(allow_null=True))
    monthly_credits = serializers.IntegerField()


class PlansOutput(serializers.Serializer[Any]):
    results = PlanOutput(many=True)


class PlanInput(serializers.Serializer[Any]):
    tier = serializers.ChoiceField(choices=User.Tier.choices)


class UsageView(ActorView):
    @extend_schema(parameters=[OpenApiParameter("days", int, description="1 to 366, 30")], responses=UserUsageOutput)
    def get(self, request: Request) -> Response:
        days = whole_number(
            request.query_params.get("days", "30"), "days", least=1, most=MOST_DAYS,
            message=f"A number from 1 to {MOST_DAYS}.",
        )  # fmt: skip
        return Response(usage_of(self.actor, days, timezone.now()))


def plan_of(tier: str) -> dict[str, Any]:
    limits = {scope: limit.of(tier) for scope, limit in LIMITS.items()}
    return {"tier": tier, "price_usd": PRICES_USD[tier], "limits": limits, "monthly_credits": MONTHLY[tier]}


class PlansView(ActorView):
    @extend_schema(responses=PlansOutput)
    def get(self, request: Request) -> Response:
        return Response({"results": [plan_of(tier) for tier in MONTHLY]})


class PlanView(ActorView):
    key_scope = {"put": "admin"}

    @extend_schema(responses=PlanOutput)
    def get(self, request: Request) -> Response:
        return Response(plan_of(self.actor.tier))

    @extend_schema(request=PlanInput, responses=PlanOutput)
    def put(self, request: Request) -> Response:
        """Change one's own plan: staff may, and nobody else while there is no billing provider."""
        if not IsStaff().has_permission(request, self):
            raise Forbidden("Plans are changed by an administrator")
        tier = self.body(PlanInput)["tier"]
        return Response(plan_of(people.update_user(user=self.actor, tier=tier).tier))
