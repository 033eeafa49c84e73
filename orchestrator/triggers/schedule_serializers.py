"""Wire forms of schedules."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.values.cron import LONGEST_INTERVAL_S, CronInvalid, parse_cron
from core.values.times import zone
from orchestrator.models import Occurrence, Schedule


class ScheduleOutput(serializers.ModelSerializer[Schedule]):
    workflow_id = serializers.UUIDField()
    missed = serializers.ChoiceField(choices=["skip", "run_once", "run_all"])
    overlap = serializers.ChoiceField(choices=["allow", "skip", "queue", "cancel"])

    class Meta:
        model = Schedule
        fields = [
            "id", "workflow_id", "node_id", "cron", "interval_s", "timezone", "input", "missed", "overlap", "enabled",
            "next_run_at", "last_run_at", "last_execution_id",
        ]  # fmt: skip


class SchedulePatch(serializers.Serializer[Any]):
    enabled = serializers.BooleanField()


class OccurrenceOutput(serializers.ModelSerializer[Occurrence]):
    outcome = serializers.ChoiceField(choices=["started", "skipped", "missed"])

    class Meta:
        model = Occurrence
        fields = ["due_at", "execution_id", "outcome"]


class BackfillPreviewOutput(serializers.Serializer[Any]):
    """What a dry run would start."""

    matched = serializers.IntegerField()
    moments = serializers.ListField(child=serializers.DateTimeField())


class BackfillInput(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": serializers.DateTimeField()}

    to = serializers.DateTimeField()
    rate_per_s = serializers.FloatField(default=10, min_value=0.1, max_value=100)
    dry_run = serializers.BooleanField(default=False)


class SchedulePreviewInput(serializers.Serializer[Any]):
    cron = serializers.CharField(max_length=200, required=False, allow_null=True)
    interval_s = serializers.IntegerField(min_value=10, max_value=LONGEST_INTERVAL_S, required=False, allow_null=True)
    timezone = serializers.CharField(max_length=64, default="UTC")
    count = serializers.IntegerField(min_value=1, max_value=100, default=5)

    def validate_cron(self, value: str | None) -> str | None:
        if value is not None:
            try:
                parse_cron(value)
            except CronInvalid as exc:
                raise serializers.ValidationError(str(exc), code="invalid_cron") from exc
        return value

    def validate_timezone(self, value: str) -> str:
        try:
            zone(value)
        except ValueError as exc:
            raise serializers.ValidationError(f"{value!r} is no time zone.", code="invalid_timezone") from exc
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs.get("cron") is None) == (attrs.get("interval_s") is None):
            raise serializers.ValidationError({"cron": "Either cron or interval_s."}, code="invalid")
        return attrs


class SchedulePreviewOutput(serializers.Serializer[Any]):
    next = serializers.ListField(child=serializers.DateTimeField())
