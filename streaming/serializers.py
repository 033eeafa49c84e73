"""Wire forms of streaming."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class TicketInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["execution", "hitl"])
    execution_id = serializers.UUIDField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == "execution" and not attrs.get("execution_id"):
            raise serializers.ValidationError({"execution_id": "This field is required."})
        return attrs


class TicketOutput(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expires_at = serializers.DateTimeField()


class EventOutput(serializers.Serializer[Any]):
    seq = serializers.IntegerField(allow_null=True)
    type = serializers.CharField()
    at = serializers.DateTimeField()
    execution_id = serializers.UUIDField()
    node_id = serializers.CharField(allow_null=True)
    path = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]  # named as a method of DRF's


class EventsOutput(serializers.Serializer[Any]):
    results = EventOutput(many=True)
    last_sequence = serializers.IntegerField()
    has_more = serializers.BooleanField()
