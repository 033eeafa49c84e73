"""Wire forms of the steps of node runs."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.web.shapes import Shaped
from executor.domain.lifecycle import NODE_STATUS_CHOICES
from executor.domain.step_names import KIND
from executor.journal.events import cost_shown, tokens_shown
from executor.journal.stored_outputs import StoredOutputs
from executor.models import NodeRun
from nodes.usage import Usage
from orchestrator import shapes

STEP_SHOWN_BYTES = 256 * 1024  # of what a step was given and gave; larger ones are read by their items
TOO_LARGE = "$too_large"


class StepOutput(serializers.ModelSerializer[NodeRun]):
    """A step of a node run: a model call, a tool call, a wait, or other work that is stored when it ends."""

    key = serializers.SerializerMethodField(help_text="Place of the item and name: what the step is found by")
    kind = serializers.SerializerMethodField(help_text="model, tool, wait, custom, or what the node type calls it")
    name = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=NODE_STATUS_CHOICES)
    input = serializers.SerializerMethodField()
    output = serializers.SerializerMethodField()
    truncated = serializers.SerializerMethodField(help_text="Input and output are too large to be shown here")
    error = Shaped(shapes.RunError, allow_null=True)
    tokens = serializers.SerializerMethodField()
    cost_usd = serializers.SerializerMethodField()
    duration_ms = serializers.SerializerMethodField()

    class Meta:
        model = NodeRun
        fields = [
            "id", "key", "kind", "name", "status", "attempt", "input", "output", "truncated", "error", "tokens",
            "cost_usd", "started_at", "finished_at", "duration_ms",
        ]  # fmt: skip

    def get_key(self, row: NodeRun) -> str:
        return row.path.rpartition("@")[2]

    def get_kind(self, row: NodeRun) -> str:
        return row.kind.removeprefix(KIND)

    def get_name(self, row: NodeRun) -> str:
        return self.get_key(row).partition(".")[2]

    @extend_schema_field(serializers.JSONField(allow_null=True))
    def get_input(self, row: NodeRun) -> Any:
        return _held(row).get("input")

    @extend_schema_field(serializers.JSONField(allow_null=True))
    def get_output(self, row: NodeRun) -> Any:
        held = _held(row)
        return {"partial": held["partial"]} if "partial" in held else held.get("value")

    def get_truncated(self, row: NodeRun) -> bool:
        return TOO_LARGE in _held(row)

    @extend_schema_field(shapes.Tokens)
    def get_tokens(self, row: NodeRun) -> dict[str, int]:
        return tokens_shown(Usage.of_row(row))

    def get_cost_usd(self, row: NodeRun) -> str:
        return cost_shown(Usage.of_row(row))

    def get_duration_ms(self, row: NodeRun) -> int | None:
        return round((row.finished_at - row.started_at).total_seconds() * 1000) if row.finished_at else None


def _held(row: NodeRun) -> dict[str, Any]:
    """Return what a step's row holds, read once: `input`, `value`; of a large one that it is too large."""
    kept = vars(row)
    if "held" not in kept:
        outputs = StoredOutputs.of(row).whole_up_to(STEP_SHOWN_BYTES)
        items = (outputs or {}).get("main") or [{"json": {}}]
        kept["held"] = {TOO_LARGE: True} if outputs is None else items[0]["json"]
    held: dict[str, Any] = kept["held"]
    return held
