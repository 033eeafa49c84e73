"""Wire forms of workflows, versions, compile results."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.access import reach
from core.access.roles import Role
from core.json import WHOLE_DEPTH
from core.values.times import wire_time_or_none, zone
from core.web.fields import LineField
from core.web.json_input import ItemInput, JsonInput, ShapedInput
from core.web.known_names import KnownNames
from core.web.shapes import Shaped
from nodes.registry import armed_as
from orchestrator import selectors, shapes
from orchestrator.models import Workflow, WorkflowVersion
from orchestrator.triggers.serializers import TriggerOutput

VERSION_SOURCES = ["create", "save", "snapshot", "restore", "import", "ai"]
MOST_TEXTS = 100
MOST_TEXT = 200_000
ROLES = [role.value for role in Role]
SUPERVISION = ["full", "failsafe", "error_only", "none"]


class RetentionInput(KnownNames):
    days = serializers.FloatField(min_value=0.01, max_value=3660, required=False)
    count = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    statuses = serializers.ListField(
        child=serializers.ChoiceField(choices=["completed", "failed", "cancelled", "timeout"]), required=False
    )


class ConcurrencyInput(KnownNames):
    max = serializers.IntegerField(min_value=1, max_value=10_000)
    key = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class McpToolInput(KnownNames):
    """Whether the deployed workflow is a tool at /mcp/, and how it is shown there."""

    enabled = serializers.BooleanField()
    name = serializers.RegexField(r"^[a-z0-9_-]{1,64}$", required=False, allow_blank=True)
    description = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    wait_s = serializers.FloatField(min_value=0, max_value=300, required=False)


class MoneyInput(KnownNames):
    """What a run may spend on models, with all below it and all retries of it."""

    max_cost_usd = serializers.FloatField(min_value=0, max_value=1_000_000, required=False, allow_null=True)
    max_tokens = serializers.IntegerField(min_value=0, required=False, allow_null=True)


class SettingsInput(KnownNames):
    """A workflow's settings. A key that is not named here is refused."""

    timeout_s = serializers.FloatField(min_value=0.001, max_value=86400, required=False)
    timezone = serializers.CharField(max_length=64, required=False)
    error_policy = serializers.ChoiceField(choices=["fail_fast", "let_others_finish"], required=False)
    max_nesting_depth = serializers.IntegerField(min_value=0, max_value=20, required=False)
    keeps_test_state = serializers.BooleanField(required=False)
    error_workflow_id = serializers.UUIDField(allow_null=True, required=False)
    require_test = serializers.BooleanField(required=False)
    concurrency = ConcurrencyInput(required=False, allow_null=True)
    priority = serializers.IntegerField(min_value=-10, max_value=10, required=False)
    retention = RetentionInput(required=False, allow_null=True)
    mcp = McpToolInput(required=False, allow_null=True)
    budget = MoneyInput(required=False, allow_null=True)

    def validate_timezone(self, value: str) -> str:
        try:
            zone(value)
        except ValueError as exc:
            raise serializers.ValidationError("Not a time zone.") from exc
        return value

    def validate_timeout_s(self, value: float) -> float:
        return int(value) if value.is_integer() else value

    def validate_error_workflow_id(self, value: Any) -> str | None:
        return None if value is None else str(value)


class GraphInput(serializers.Serializer[Any]):
    """A graph as the editor holds it; its shape is checked by the compiler."""

    nodes = ShapedInput(shapes.WorkflowNode, many=True, depth=WHOLE_DEPTH, required=False)
    edges = ShapedInput(shapes.WorkflowEdge, many=True, depth=WHOLE_DEPTH, required=False)
    viewport = ShapedInput(shapes.Viewport, required=False)
    settings = SettingsInput(required=False)


class WorkflowInput(GraphInput):
    name = LineField(max_length=120)
    description = serializers.CharField(max_length=10_000, allow_blank=True, required=False)
    pinned_data = serializers.DictField(
        child=serializers.DictField(child=serializers.ListField(child=ItemInput())), required=False
    )
    tags = serializers.ListField(child=serializers.CharField(max_length=60), max_length=50, required=False)
    icon = serializers.CharField(max_length=100, allow_blank=True, required=False)
    color = serializers.CharField(max_length=32, allow_blank=True, required=False)
    is_sub_workflow = serializers.BooleanField(required=False)
    is_cloneable = serializers.BooleanField(required=False)
    modifiable_fields = serializers.ListField(child=JsonInput(), max_length=500, required=False)
    llm = serializers.DictField(child=serializers.CharField(allow_null=True, max_length=200), required=False)
    supervision_level = serializers.ChoiceField(choices=SUPERVISION, required=False)


class WorkflowUpdate(WorkflowInput):
    name = LineField(max_length=120, required=False)


class CloneInput(serializers.Serializer[Any]):
    name = LineField(max_length=120, required=False)


class SnapshotInput(serializers.Serializer[Any]):
    label = serializers.CharField(max_length=120, allow_blank=True, default="")  # type: ignore[assignment]  # named as a method of DRF's
    message = serializers.CharField(max_length=10_000, allow_blank=True, default="")


class DeployInput(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1, required=False, allow_null=True)


def _kinds_of(row: Workflow) -> list[str]:
    """Return the kind of each node; one of a list comes without its nodes, but with these."""
    known: list[str] | None = vars(row).get("kinds")
    return [node["type"] for node in row.nodes] if known is None else known


class WorkflowSummary(serializers.ModelSerializer[Workflow]):
    settings = Shaped(shapes.WorkflowSettings)
    tags = serializers.ListField(child=serializers.CharField())
    modifiable_fields = serializers.ListField(child=serializers.JSONField())
    llm = Shaped(shapes.WorkflowLlm)
    supervision_level = serializers.ChoiceField(choices=SUPERVISION)
    my_role = serializers.SerializerMethodField()
    owner = serializers.SerializerMethodField()
    node_count = serializers.SerializerMethodField()
    has_undeployed_changes = serializers.SerializerMethodField()
    last_test = serializers.SerializerMethodField()
    last_run = serializers.SerializerMethodField()
    trigger_kinds = serializers.SerializerMethodField()
    trigger_problems = serializers.SerializerMethodField(
        help_text="How many of its triggers could not do their work the last time"
    )
    total_executions = serializers.SerializerMethodField()
    successful_executions = serializers.SerializerMethodField()
    average_duration_ms = serializers.SerializerMethodField()
    last_executed_at = serializers.SerializerMethodField()

    class Meta:
        model = Workflow
        fields = [
            "id",
            "owner_id",
            "owner",
            "my_role",
            "name",
            "slug",
            "description",
            "status",
            "settings",
            "tags",
            "icon",
            "color",
            "is_template",
            "is_sub_workflow",
            "is_cloneable",
            "parent_template_id",
            "modifiable_fields",
            "llm",
            "supervision_level",
            "revision",
            "version",
            "definition_hash",
            "deployed_version",
            "has_undeployed_changes",
            "last_test",
            "last_run",
            "trigger_kinds",
            "trigger_problems",
            "total_executions",
            "successful_executions",
            "average_duration_ms",
            "last_executed_at",
            "created_at",
            "updated_at",
            "node_count",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=ROLES))
    def get_my_role(self, row: Workflow) -> str:
        return reach.role_shown(row, self.context.get("roles"))

    @extend_schema_field(shapes.Person(allow_null=True))
    def get_owner(self, row: Workflow) -> dict[str, Any] | None:
        """Return whose workflow it is, of another account's."""
        known: dict[Any, dict[str, Any]] | None = self.context.get("owners")
        if reach.role_shown(row, self.context.get("roles")) == Role.OWNER:
            return None
        return (selectors.people_by_id([row.owner_id]) if known is None else known).get(row.owner_id)

    def get_node_count(self, row: Workflow) -> int:
        return len(_kinds_of(row))

    def get_has_undeployed_changes(self, row: Workflow) -> bool:
        return row.deployed_hash is not None and row.deployed_hash != row.definition_hash

    @extend_schema_field(shapes.LastTest(allow_null=True))
    def get_last_test(self, row: Workflow) -> dict[str, Any] | None:
        known: dict[Any, dict[str, Any]] | None = self.context.get("last_tests")
        return selectors.last_test_of(row) if known is None else known.get(row.pk)

    @extend_schema_field(shapes.LastRun(allow_null=True))
    def get_last_run(self, row: Workflow) -> dict[str, Any] | None:
        known: dict[Any, dict[str, Any]] | None = self.context.get("last_runs")
        return (selectors.last_runs_of([row.pk]) if known is None else known).get(row.pk)

    def get_trigger_kinds(self, row: Workflow) -> list[str]:
        """Return the kinds of the working copy's triggers."""
        return sorted({kind for kind in _kinds_of(row) if armed_as(kind)})

    def get_trigger_problems(self, row: Workflow) -> int:
        known: dict[Any, int] | None = self.context.get("trigger_problems")
        return (selectors.trigger_problems_of([row.pk]) if known is None else known).get(row.pk, 0)

    def _statistics(self, row: Workflow) -> Any:
        known = self.context.get("statistics") or getattr(self, "_known", {})
        if row.pk not in known:
            known = self._known = {row.pk: (0, 0, None, None), **selectors.statistics_of([row.pk])}
        return known[row.pk]

    def get_total_executions(self, row: Workflow) -> int:
        return int(self._statistics(row)[0])

    def get_successful_executions(self, row: Workflow) -> int:
        return int(self._statistics(row)[1])

    def get_average_duration_ms(self, row: Workflow) -> int | None:
        return self._statistics(row)[2]  # type: ignore[no-any-return]  # annotations are not typed

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_last_executed_at(self, row: Workflow) -> str | None:
        return wire_time_or_none(self._statistics(row)[3])


class WorkflowOutput(WorkflowSummary):
    nodes = Shaped(shapes.WorkflowNode, many=True)
    edges = Shaped(shapes.WorkflowEdge, many=True)
    viewport = Shaped(shapes.Viewport)
    pinned_data = Shaped(shapes.Item, many=True, keyed=2)

    class Meta(WorkflowSummary.Meta):
        fields = [*WorkflowSummary.Meta.fields[:-1], "nodes", "edges", "viewport", "pinned_data"]


class VersionOutput(serializers.ModelSerializer[WorkflowVersion]):
    source = serializers.ChoiceField(choices=VERSION_SOURCES)  # type: ignore[assignment]  # named as a method of DRF's
    is_deployed = serializers.SerializerMethodField()

    class Meta:
        model = WorkflowVersion
        fields = [
            "number",
            "source",
            "label",
            "message",
            "definition_hash",
            "author_id",
            "node_count",
            "is_deployed",
            "created_at",
        ]

    def get_is_deployed(self, row: WorkflowVersion) -> bool:
        return row.workflow.deployed_version == row.number


class VersionDetail(VersionOutput):
    nodes = Shaped(shapes.WorkflowNode, many=True)
    edges = Shaped(shapes.WorkflowEdge, many=True)
    viewport = Shaped(shapes.Viewport)
    settings = Shaped(shapes.WorkflowSettings)

    class Meta(VersionOutput.Meta):
        fields = [*VersionOutput.Meta.fields, "nodes", "edges", "viewport", "settings"]


class DeployedOutput(WorkflowOutput):
    triggers = TriggerOutput(many=True)

    class Meta(WorkflowOutput.Meta):
        fields = [*WorkflowOutput.Meta.fields, "triggers"]


class DiagnosticOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=["error", "warning"])
    node_id = serializers.CharField(allow_null=True)
    edge_id = serializers.CharField(allow_null=True)
    field = serializers.CharField(allow_null=True)
    message = serializers.CharField()
    related = serializers.ListField(child=serializers.CharField())


class CompiledOutput(serializers.Serializer[Any]):
    valid = serializers.BooleanField()
    definition_hash = serializers.CharField()
    catalogue_version = serializers.CharField()
    order = serializers.ListField(child=serializers.CharField())
    node_count = serializers.IntegerField()
    edge_count = serializers.IntegerField()
    regions = serializers.IntegerField()
    triggers = serializers.ListField(child=serializers.CharField())
    compile_ms = serializers.IntegerField()
    cached = serializers.BooleanField()
    diagnostics = DiagnosticOutput(many=True)


class ValidatedOutput(serializers.Serializer[Any]):
    valid = serializers.BooleanField()
    diagnostics = DiagnosticOutput(many=True)


class GraphOutput(serializers.Serializer[Any]):
    mermaid = serializers.CharField()
    regions = serializers.IntegerField()
    cut_nodes = serializers.ListField(child=serializers.CharField())
    segments = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))


class PreviewInput(serializers.Serializer[Any]):
    """One `text`, or several by the names of their fields in `texts`."""

    text = serializers.CharField(max_length=65_536, allow_blank=True, trim_whitespace=False, required=False)
    texts = serializers.DictField(
        child=serializers.CharField(max_length=65_536, allow_blank=True, trim_whitespace=False), required=False
    )
    context = ShapedInput(shapes.PreviewContext, depth=WHOLE_DEPTH, default=dict)  # type: ignore[assignment]  # named as a method of DRF's

    def validate_texts(self, value: dict[str, str]) -> dict[str, str]:
        if len(value) > MOST_TEXTS or sum(map(len, value.values())) > MOST_TEXT:
            message = f"At most {MOST_TEXTS} fields with {MOST_TEXT:,} characters together."
            raise serializers.ValidationError(message, code="max_length")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("text" in attrs) == ("texts" in attrs):
            raise serializers.ValidationError({"text": "Either text or texts."}, code="invalid")
        return attrs


class PreviewOutput(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    value = serializers.JSONField(allow_null=True)
    type = serializers.CharField()
    parts = shapes.PreviewPart(many=True)
    error = shapes.PreviewError(allow_null=True)


class PreviewsOutput(serializers.Serializer[Any]):
    results = serializers.DictField(child=PreviewOutput())


class DiffOutput(serializers.Serializer[Any]):
    to = serializers.IntegerField()
    nodes = shapes.NodesDiff()
    edges = shapes.EdgesDiff()
    settings = shapes.FieldChange(many=True)
    layout_changed = serializers.BooleanField()

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.IntegerField(), **super().get_fields()}
