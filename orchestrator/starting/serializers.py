"""What is asked of executions: starts, stops, retries, signals, and verbs over many."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.json import WHOLE_DEPTH
from core.web.fields import IdentifierField
from core.web.json_input import ItemInput, JsonInput, ShapedInput
from executor.domain.lifecycle import STATUS_CHOICES
from orchestrator import shapes


class GoalInput(serializers.Serializer[Any]):
    min_rows = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    max_errors = serializers.IntegerField(min_value=0, required=False, allow_null=True)


class StartInput(serializers.Serializer[Any]):
    """A start. `input` may be any JSON."""

    input = JsonInput(default=dict, allow_null=True)
    version = serializers.CharField(default="current", max_length=12)
    trigger_node_id = IdentifierField(required=False, allow_null=True)
    wait_s = serializers.FloatField(min_value=0, max_value=60, default=0)
    variables = serializers.DictField(child=JsonInput(allow_null=True), default=dict)
    labels = serializers.DictField(child=serializers.CharField(max_length=200), default=dict)
    use_pinned = serializers.BooleanField(default=False)
    goal = GoalInput(required=False, allow_null=True)
    callback_url = serializers.URLField(max_length=2000, required=False, allow_null=True)
    priority = serializers.IntegerField(min_value=-10, max_value=10, required=False, allow_null=True)
    callback_secret = serializers.CharField(max_length=500, required=False, allow_null=True, trim_whitespace=False)

    def validate_callback_url(self, value: str | None) -> str | None:
        if value is not None and not value.lower().startswith(("http://", "https://")):
            raise serializers.ValidationError("A URL of http or https.", code="invalid")
        return value

    def validate_labels(self, value: dict[str, str]) -> dict[str, str]:
        if len(value) > 16:
            raise serializers.ValidationError("At most 16 labels.", code="max_length")
        return value


class StopInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000, required=False, allow_null=True, allow_blank=True)


class NodeAt(serializers.Serializer[Any]):
    node_id = IdentifierField()
    path = serializers.CharField(max_length=20_000, default="", allow_blank=True, trim_whitespace=False)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "enum": ["failed", "start"]},
            {"type": "object", "properties": {"node_id": {"type": "string"}, "path": {"type": "string"}}},
        ]
    }
)
class FromField(serializers.Field[Any, Any, Any, Any]):
    """`"failed"`, `"start"` or `{node_id, path}`."""

    def to_internal_value(self, data: Any) -> Any:
        if data in ("failed", "start"):
            return data
        if not isinstance(data, dict):
            raise serializers.ValidationError('"failed", "start" or {node_id, path}.', code="invalid")
        inner = NodeAt(data=data)
        inner.is_valid(raise_exception=True)
        return inner.validated_data["node_id"], inner.validated_data["path"]

    def to_representation(self, value: Any) -> Any:
        return value


class RetryInput(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": FromField(default="failed")}

    version = serializers.CharField(default="same", max_length=12)
    input = JsonInput(required=False, allow_null=True)
    overrides = serializers.DictField(
        child=serializers.DictField(child=serializers.ListField(child=serializers.DictField())), default=dict
    )
    wait_s = serializers.FloatField(min_value=0, max_value=60, default=0)


class BulkFilter(serializers.Serializer[Any]):
    workflow_id = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(choices=STATUS_CHOICES, required=False)
    error_code = serializers.CharField(max_length=100, required=False)
    node_id = IdentifierField(required=False)
    created_after = serializers.DateTimeField(required=False)
    created_before = serializers.DateTimeField(required=False)


class BulkInput(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": FromField(default="failed")}

    ids = serializers.ListField(child=serializers.UUIDField(), max_length=1000, required=False)
    filter = BulkFilter(required=False)
    version = serializers.CharField(default="same", max_length=12)
    rate_per_s = serializers.FloatField(default=10, min_value=0.1, max_value=100)
    dry_run = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("ids")) == bool(attrs.get("filter")):
            raise serializers.ValidationError({"ids": "Either ids or a filter."}, code="invalid")
        return attrs


class PartialInput(serializers.Serializer[Any]):
    node_id = IdentifierField()
    direction = serializers.ChoiceField(choices=["only", "to", "from"], default="only")
    inputs = serializers.DictField(child=serializers.ListField(child=ItemInput()), required=False)
    pinned = serializers.DictField(
        child=serializers.DictField(child=serializers.ListField(child=ItemInput())), default=dict
    )
    base_execution_id = serializers.UUIDField(required=False, allow_null=True)
    definition = ShapedInput(shapes.Graph, depth=WHOLE_DEPTH, required=False, allow_null=True)
    wait_s = serializers.FloatField(min_value=0, max_value=60, default=30)


class SignalInput(serializers.Serializer[Any]):
    payload = JsonInput(default=None, allow_null=True)
