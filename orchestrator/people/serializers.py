"""Wire forms of human tasks."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.web.json_input import JsonInput
from core.web.shapes import Shaped
from executor.journal.task_form import columns_of, task_shown
from executor.models import HumanTask
from orchestrator import shapes


class RespondInput(serializers.Serializer[Any]):
    action = serializers.CharField(max_length=100)
    data = JsonInput(default=None, allow_null=True)  # type: ignore[assignment]  # named as a method of DRF's
    comment = serializers.CharField(default="", allow_blank=True, max_length=5000)


class ReassignInput(serializers.Serializer[Any]):
    """Who is asked instead."""

    assignee_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=50)


class HumanTaskOutput(serializers.ModelSerializer[HumanTask]):
    assignee_id = serializers.UUIDField(allow_null=True, read_only=True)
    options = Shaped(shapes.TaskOption, many=True)
    form = serializers.DictField(allow_null=True)
    context = serializers.DictField()  # type: ignore[assignment]  # named as a method of DRF's
    assignee_ids = serializers.ListField(child=serializers.UUIDField())
    response = Shaped(shapes.TaskResponse, allow_null=True)
    answers_given = serializers.IntegerField(read_only=True)
    responded_by = serializers.CharField(allow_null=True, read_only=True)
    response_ms = serializers.IntegerField(allow_null=True, read_only=True)

    class Meta:
        model = HumanTask
        fields = [
            "id", "execution_id", "workflow_id", "workflow_name", "node_id", "path", "type", "title", "message",
            "options", "form", "context", "assignee_id", "assignee_ids", "required_answers", "answers_given", "status",
            "timeout_s", "expires_at", "on_timeout", "response", "responded_by_id", "responded_by", "responded_at",
            "response_ms", "created_at",
        ]  # fmt: skip

    def to_representation(self, instance: HumanTask) -> dict[str, Any]:
        return task_shown(columns_of(instance)) | {"responded_by": getattr(instance, "responded_by", None)}
