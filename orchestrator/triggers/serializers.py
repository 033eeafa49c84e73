"""Wire forms of triggers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.web.shapes import Shaped
from orchestrator import shapes
from orchestrator.models import Registration

ARMED = ["manual", "failure", "webhook", "schedule", "poll", "push"]


class TriggerErrorOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()


class RegistrationOutput(serializers.Serializer[Any]):
    """How far a trigger is that another service has to know of."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Registration.State.choices)
    error = TriggerErrorOutput(allow_null=True)
    failures = serializers.IntegerField(help_text="How often in a row it failed")
    next_try_at = serializers.DateTimeField(allow_null=True)
    registered_at = serializers.DateTimeField(allow_null=True, help_text="When the other service last confirmed it")


class TriggerOutput(serializers.Serializer[Any]):
    node_id = serializers.CharField()
    kind = serializers.CharField()
    armed = serializers.ChoiceField(choices=ARMED, help_text="What puts it into service, and starts its runs")
    active = serializers.BooleanField()
    changed = serializers.BooleanField(help_text="In service, but otherwise than in the working copy")
    removed = serializers.BooleanField(help_text="No part of the working copy any more, and not gone everywhere yet")
    methods = serializers.ListField(child=serializers.CharField())
    url = serializers.CharField(allow_null=True)
    test_url = serializers.CharField(allow_null=True)
    schedule_id = serializers.UUIDField(allow_null=True)
    next_run_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField(allow_null=True)
    registration = RegistrationOutput(allow_null=True, help_text="Of triggers that another service calls")
    removals = RegistrationOutput(many=True, help_text="Earlier registrations that are not taken away yet")


class TriggersOutput(serializers.Serializer[Any]):
    results = TriggerOutput(many=True)


class TriggerSampleOutput(serializers.Serializer[Any]):
    items = Shaped(shapes.Item, many=True)


class ListenOutput(serializers.Serializer[Any]):
    listening = serializers.BooleanField()
    test_url = serializers.CharField()
    expires_at = serializers.DateTimeField()
    execution_id = serializers.UUIDField(allow_null=True)
    registration = RegistrationOutput(allow_null=True, help_text="With the other service, while it listens")
