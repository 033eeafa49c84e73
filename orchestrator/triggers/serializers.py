"""Wire forms of triggers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.web.shapes import Shaped
from orchestrator import shapes

ARMED = ["manual", "failure", "webhook", "schedule", "poll", "push"]


class TriggerOutput(serializers.Serializer[Any]):
    node_id = serializers.CharField()
    kind = serializers.CharField()
    armed = serializers.ChoiceField(choices=ARMED, help_text="What puts it into service, and starts its runs")
    active = serializers.BooleanField()
    changed = serializers.BooleanField(help_text="In service, but otherwise than in the working copy")
    methods = serializers.ListField(child=serializers.CharField())
    url = serializers.CharField(allow_null=True)
    test_url = serializers.CharField(allow_null=True)
    schedule_id = serializers.UUIDField(allow_null=True)
    next_run_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField(allow_null=True)


class TriggersOutput(serializers.Serializer[Any]):
    results = TriggerOutput(many=True)


class TriggerSampleOutput(serializers.Serializer[Any]):
    items = Shaped(shapes.Item, many=True)


class ListenOutput(serializers.Serializer[Any]):
    listening = serializers.BooleanField()
    test_url = serializers.CharField()
    expires_at = serializers.DateTimeField()
    execution_id = serializers.UUIDField(allow_null=True)
