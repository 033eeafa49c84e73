"""The manual trigger: a person or program starts the run with an input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from core.forms.forms import form_problem
from nodes.base import LITERAL, Look, NodeParams
from nodes.calling import AsTool
from nodes.trigger_types import TriggerType


class ManualTriggerParams(NodeParams):
    input_schema: dict[str, Any] = Field(
        default={},
        title="Input schema",
        description="JSON Schema of the input, for whoever calls the workflow as a tool",
        json_schema_extra={**LITERAL, "group": "advanced"},
    )

    @field_validator("input_schema")
    @classmethod
    def _schema_is_one(cls, value: dict[str, Any]) -> dict[str, Any]:
        problem = form_problem({"type": "object", **value})
        if problem:
            raise ValueError(problem)
        return value


class ManualTrigger(AsTool, TriggerType[ManualTriggerParams]):
    """Start on request; the input's objects are the items."""

    kind = "manual_trigger"
    tool_rank = 0
    Params = ManualTriggerParams
    look = Look(
        label="Manual Trigger",
        description="Starts when somebody runs the workflow.",
        category="trigger",
        icon="play",
        color="#16a34a",
        aliases=("start", "run", "button"),
        docs="Gives the run's input: an object is one item, a list of objects one item each, anything else `{value}`. "
        "The schema is what a workflow that is a tool at `/mcp/` tells its callers, and what their arguments must fit.",
    )

    def tool_schema(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"type": "object", **params.get("input_schema", {})}
