"""The dead-letter queue over HTTP, for staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from core.accounts.permissions import IsStaff
from core.web.filters import ManyOf
from core.web.views import ActorView
from executor.models import DeadLetter
from executor.verbs import dead_letters
from orchestrator.repair.on_behalf import retry_letter


class DeadLetterOutput(serializers.ModelSerializer[DeadLetter]):
    args = serializers.ListField(child=serializers.JSONField(allow_null=True))
    kwargs = serializers.DictField(child=serializers.JSONField(allow_null=True))

    class Meta:
        model = DeadLetter
        fields = [
            "id", "task_name", "args", "kwargs", "exception", "traceback", "status", "retries", "created_at",
            "expires_at",
        ]  # fmt: skip


class DeadLetterStats(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    by_status = serializers.DictField(child=serializers.IntegerField())
    pending_by_task = serializers.DictField(child=serializers.IntegerField())


class CleanOutput(serializers.Serializer[Any]):
    expired = serializers.IntegerField()
    deleted = serializers.IntegerField()


class DeadLetterFilters(filters.FilterSet):
    status = ManyOf(choices=DeadLetter.Status.choices)
    task_name = filters.CharFilter()

    class Meta:
        model = DeadLetter
        fields = ["status", "task_name"]


class StaffView(ActorView):
    permission_classes = [IsStaff]


class DeadLettersView(StaffView):
    serializer_class = DeadLetterOutput
    filterset_class = DeadLetterFilters
    ordering_fields = {"created_at": "created_at"}

    def get_queryset(self) -> Any:
        return DeadLetter.objects.order_by("-created_at")

    @extend_schema(responses=DeadLetterOutput(many=True))
    def get(self, request: Request) -> Response:
        return self.listed(self.filter_queryset(self.get_queryset()), DeadLetterOutput)


class DeadLetterView(StaffView):
    @extend_schema(responses=DeadLetterOutput)
    def get(self, request: Request, letter_id: UUID) -> Response:
        return Response(DeadLetterOutput(dead_letters.letter_for(letter_id)).data)

    @extend_schema(responses={204: OpenApiResponse(description="Removed")})
    def delete(self, request: Request, letter_id: UUID) -> Response:
        dead_letters.remove(letter_id=letter_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class DeadLetterRetryView(StaffView):
    @extend_schema(request=None, responses=DeadLetterOutput)
    def post(self, request: Request, letter_id: UUID) -> Response:
        return Response(DeadLetterOutput(retry_letter(letter_id=letter_id)).data)


class DeadLetterResolveView(StaffView):
    @extend_schema(request=None, responses=DeadLetterOutput)
    def post(self, request: Request, letter_id: UUID) -> Response:
        return Response(DeadLetterOutput(dead_letters.resolve(letter_id=letter_id)).data)


class DeadLetterStatsView(StaffView):
    @extend_schema(responses=DeadLetterStats)
    def get(self, request: Request) -> Response:
        return Response(dead_letters.stats())


class DeadLetterCleanView(StaffView):
    @extend_schema(request=None, responses=CleanOutput)
    def post(self, request: Request) -> Response:
        return Response(dead_letters.clean(now=timezone.now()))
