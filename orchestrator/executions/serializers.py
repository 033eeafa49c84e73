"""Wire forms of executions and node runs, as they are answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.values.times import wire_time_or_none
from core.web.shapes import Shaped
from executor import selectors
from executor.domain.lifecycle import NODE_STATUS_CHOICES, STATUS_CHOICES
from executor.journal.events import cost_shown, tokens_shown
from executor.journal.stored_outputs import StoredOutputs
from executor.journal.whole_values import whole
from executor.models import Execution, NodeRun
from executor.summaries import Summary, summaries_of
from nodes.usage import Usage
from orchestrator import shapes
from orchestrator.models import Job

ITEMS_SHOWN = 50
ITEMS_BY_HANDLE = Shaped(shapes.Item, many=True, keyed=1)
MODES = ["production", "manual", "test", "partial"]
TRIGGERS = ["manual", "api", "webhook", "schedule", "form", "chat", "event", "sub_workflow"]


class JobOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=["bulk_retry", "bulk_stop", "backfill"])
    status = serializers.ChoiceField(choices=Job.Status.choices)
    progress = Shaped(shapes.Progress)
    result = Shaped(shapes.BulkResult, allow_null=True)
    error = Shaped(shapes.ErrorBrief, allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class MatchedOutput(serializers.Serializer[Any]):
    """What a dry run of a bulk verb would do."""

    matched = serializers.IntegerField()
    started = serializers.IntegerField()
    refused = shapes.Refused(many=True)


class WhyOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=STATUS_CHOICES)
    reasons = shapes.Reason(many=True)


class ResumableOutput(serializers.Serializer[Any]):
    waiting = serializers.BooleanField()


class ResumedOutput(serializers.Serializer[Any]):
    status = serializers.CharField()


class ExecutionPage(serializers.ListSerializer[Execution]):
    """A page of executions, whose summaries are read at once."""

    def to_representation(self, data: Any) -> Any:
        rows = list(data)
        summarise(rows)
        return super().to_representation(rows)


def summarise(rows: Sequence[Execution]) -> None:
    """Read at once how far these runs are."""
    summaries = summaries_of(rows)
    for row in rows:
        row.summary = summaries[row.pk]  # type: ignore[attr-defined]  # kept on the row for its fields


def summary_of(row: Execution) -> Summary:
    """Return how far a run is, read once for each time it is shown."""
    known: Summary | None = vars(row).get("summary")
    if known is None:
        known = row.summary = summaries_of([row])[row.pk]  # type: ignore[attr-defined]  # kept on the row for its fields
    return known


class ExecutionSummary(serializers.ModelSerializer[Execution]):
    status = serializers.ChoiceField(choices=STATUS_CHOICES, source="state.status")
    recoveries = serializers.IntegerField(source="state.recoveries")
    last_sequence = serializers.IntegerField(source="state.last_seq")
    started_at = serializers.DateTimeField(source="state.started_at", allow_null=True)
    mode = serializers.ChoiceField(choices=MODES)
    trigger = serializers.ChoiceField(choices=TRIGGERS)
    error = Shaped(shapes.RunError, allow_null=True)
    labels = serializers.DictField(child=serializers.CharField())
    goal = Shaped(shapes.Goal, allow_null=True)
    progress = serializers.SerializerMethodField()
    current_node_ids = serializers.SerializerMethodField()
    waiting = serializers.SerializerMethodField()
    pause_requested = serializers.SerializerMethodField()
    retried_by_id = serializers.SerializerMethodField()
    nesting_depth = serializers.IntegerField(source="depth")
    supervision_level = serializers.SerializerMethodField()
    loop_iterations = serializers.SerializerMethodField()
    tokens = serializers.SerializerMethodField()
    cost_usd = serializers.SerializerMethodField()
    credits = serializers.SerializerMethodField()

    class Meta:
        model = Execution
        list_serializer_class = ExecutionPage
        fields = [
            "id",
            "workflow_id",
            "workflow_name",
            "version",
            "definition_hash",
            "status",
            "mode",
            "trigger",
            "trigger_node_id",
            "started_by_id",
            "output_node_id",
            "end_reason",
            "error",
            "progress",
            "current_node_ids",
            "waiting",
            "pause_requested",
            "parent_execution_id",
            "parent_node_id",
            "nesting_depth",
            "mappings",
            "retry_of_id",
            "retried_by_id",
            "recoveries",
            "labels",
            "goal",
            "supervision_level",
            "idempotency_key",
            "last_sequence",
            "nodes_executed",
            "loop_iterations",
            "tokens",
            "cost_usd",
            "credits",
            "created_at",
            "started_at",
            "finished_at",
            "duration_ms",
        ]

    @extend_schema_field(shapes.Progress)
    def get_progress(self, row: Execution) -> dict[str, int]:
        return {"done": summary_of(row).done, "total": row.total}

    def get_current_node_ids(self, row: Execution) -> list[str]:
        return list(summary_of(row).going)

    @extend_schema_field(shapes.Waiting(allow_null=True))
    def get_waiting(self, row: Execution) -> dict[str, Any] | None:
        wait = summary_of(row).wait
        return selectors.wait_shown(wait) if wait else None

    def get_retried_by_id(self, row: Execution) -> UUID | None:
        return summary_of(row).retried_by_id

    def get_pause_requested(self, row: Execution) -> bool:
        return row.state.command == "pause"

    def get_supervision_level(self, row: Execution) -> str:
        return "none"

    def get_loop_iterations(self, row: Execution) -> int:
        return summary_of(row).loop_iterations

    @extend_schema_field(shapes.Tokens)
    def get_tokens(self, row: Execution) -> dict[str, int]:
        return tokens_shown(Usage.of_row(row))

    def get_cost_usd(self, row: Execution) -> str:
        return cost_shown(Usage.of_row(row))

    def get_credits(self, row: Execution) -> int:
        return 1 if settings.PLANS and not row.parent_execution_id else 0


class ExecutionOutput(ExecutionSummary):
    input = serializers.SerializerMethodField()
    output = serializers.SerializerMethodField()
    warnings = Shaped(shapes.RunWarning, many=True)

    class Meta(ExecutionSummary.Meta):
        fields = [*ExecutionSummary.Meta.fields, "input", "output", "warnings"]

    @extend_schema_field(serializers.JSONField(allow_null=True))
    def get_input(self, row: Execution) -> Any:
        return whole(row, "input")

    @extend_schema_field(shapes.Item(many=True))
    def get_output(self, row: Execution) -> Any:
        return whole(row, "output") or []


class NodeRunOutput(serializers.ModelSerializer[NodeRun]):
    """A node run; each handle shows its first 50 items, `item_counts` how many there are."""

    execution_id = serializers.UUIDField()
    node_label = serializers.CharField(source="label")
    inputs = serializers.SerializerMethodField()
    outputs = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=NODE_STATUS_CHOICES)
    effect = serializers.ChoiceField(choices=["pure", "read", "write"])
    item_counts = serializers.DictField(child=serializers.IntegerField(), source="output_counts")
    active_handles = serializers.ListField(child=serializers.CharField())
    error = Shaped(shapes.RunError, allow_null=True)
    warnings = Shaped(shapes.RunWarning, many=True)
    logs = serializers.ListField(child=serializers.CharField())
    idempotency_key = serializers.SerializerMethodField()
    child_execution_id = serializers.SerializerMethodField()
    human_task_id = serializers.SerializerMethodField()
    tokens = serializers.SerializerMethodField()
    cost_usd = serializers.SerializerMethodField()
    counters = serializers.SerializerMethodField(help_text="What else the node type counts, by its names")
    duration_ms = serializers.SerializerMethodField()
    attempts = serializers.SerializerMethodField()

    class Meta:
        model = NodeRun
        fields = [
            "id",
            "execution_id",
            "node_id",
            "node_label",
            "kind",
            "path",
            "status",
            "attempt",
            "max_attempts",
            "attempts",
            "inputs",
            "outputs",
            "item_counts",
            "active_handles",
            "error",
            "effect",
            "idempotency_key",
            "reused",
            "pinned",
            "cached",
            "child_execution_id",
            "human_task_id",
            "tokens",
            "cost_usd",
            "counters",
            "warnings",
            "logs",
            "started_at",
            "finished_at",
            "duration_ms",
        ]

    @extend_schema_field(ITEMS_BY_HANDLE)
    def get_inputs(self, row: NodeRun) -> dict[str, Any]:
        recorded = self.context.get("recorded")
        return recorded.first_inputs(row, ITEMS_SHOWN) if recorded else {}

    @extend_schema_field(ITEMS_BY_HANDLE)
    def get_outputs(self, row: NodeRun) -> dict[str, Any]:
        return StoredOutputs.of(row).first(ITEMS_SHOWN)

    def get_idempotency_key(self, row: NodeRun) -> str:
        recorded = self.context.get("recorded")
        return f"{recorded.effects_id if recorded else row.execution_id}:{row.node_id}:{row.path}"

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_child_execution_id(self, row: NodeRun) -> str | None:
        recorded = self.context.get("recorded")
        return recorded.child_of(row) if recorded else None

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_human_task_id(self, row: NodeRun) -> str | None:
        recorded = self.context.get("recorded")
        return recorded.task_of(row) if recorded else None

    @extend_schema_field(shapes.Tokens)
    def get_tokens(self, row: NodeRun) -> dict[str, int]:
        return tokens_shown(Usage.of_row(row))

    def get_cost_usd(self, row: NodeRun) -> str:
        return cost_shown(Usage.of_row(row))

    @extend_schema_field(serializers.DictField(child=serializers.FloatField()))
    def get_counters(self, row: NodeRun) -> dict[str, Any]:
        return row.counters or {}

    def get_duration_ms(self, row: NodeRun) -> int | None:
        return round((row.finished_at - row.started_at).total_seconds() * 1000) if row.finished_at else None

    @extend_schema_field(shapes.Attempt(many=True))
    def get_attempts(self, row: NodeRun) -> list[dict[str, Any]]:
        known = list(row.attempts)
        if row.status in ("completed", "running") and (not known or known[-1]["number"] != row.attempt):
            known.append(
                {
                    "number": row.attempt,
                    "started_at": wire_time_or_none(row.started_at),
                    "finished_at": wire_time_or_none(row.finished_at),
                    "error": None,
                }
            )
        return known


class ExecutionDetail(ExecutionOutput):
    node_runs = NodeRunOutput(many=True)
    node_runs_truncated = serializers.BooleanField()

    class Meta(ExecutionOutput.Meta):
        fields = [*ExecutionOutput.Meta.fields, "node_runs", "node_runs_truncated"]


class StatusOutput(serializers.ModelSerializer[Execution]):
    status = serializers.ChoiceField(choices=STATUS_CHOICES, source="state.status")
    last_sequence = serializers.IntegerField(source="state.last_seq")
    started_at = serializers.DateTimeField(source="state.started_at", allow_null=True)
    error = Shaped(shapes.RunError, allow_null=True)
    progress = serializers.SerializerMethodField()
    current_node_ids = serializers.SerializerMethodField()
    waiting = serializers.SerializerMethodField()
    pause_requested = serializers.SerializerMethodField()

    class Meta:
        model = Execution
        fields = [
            "id",
            "status",
            "progress",
            "current_node_ids",
            "waiting",
            "pause_requested",
            "end_reason",
            "error",
            "last_sequence",
            "started_at",
            "finished_at",
        ]

    get_progress = ExecutionSummary.get_progress
    get_current_node_ids = ExecutionSummary.get_current_node_ids
    get_waiting = ExecutionSummary.get_waiting
    get_pause_requested = ExecutionSummary.get_pause_requested


DefinitionOutput = shapes.Graph
ItemOutput = shapes.Item
