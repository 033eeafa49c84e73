"""The Workflow tool: another workflow as a tool; its arguments are those of its trigger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from pydantic import Field

from nodes.base import LITERAL, Effect, Look, NodeContext, NodeParams, NodeResult
from nodes.handlers.flow.sub_workflow import failure_of, first_failure
from nodes.helper_types import ToolType
from nodes.items import Item


class WorkflowToolParams(NodeParams):
    workflow_id: UUID = Field(title="Workflow", json_schema_extra={**LITERAL, "control": "workflow"})
    name: str = Field(
        default="", max_length=64, title="Name", description="Empty: that of the node", json_schema_extra=LITERAL
    )
    description: str = Field(
        default="",
        max_length=4000,
        title="Description",
        description="What the model is told",
        json_schema_extra=LITERAL,
    )


class WorkflowTool(ToolType[WorkflowToolParams]):
    """Run a workflow, and give what it came to. Raises: NodeFailed, as the Sub-workflow node."""

    kind = "workflow_tool"
    effect: ClassVar[Effect] = "write"
    calls = "workflow_id"
    Params = WorkflowToolParams
    default_timeout_s = 3600
    look = Look(
        label="Workflow tool",
        description="Lets a model run another workflow.",
        category="ai_helpers",
        icon="workflow",
        color="#7c3aed",
        summary="{{ name }}",
        aliases=("sub-workflow tool", "call workflow"),
        docs="What the workflow's trigger asks for are the tool's arguments; the items that it comes to are what the "
        "model gets. A production run calls the deployed version, others the working copy.",
    )

    def named(self, params: Mapping[str, Any]) -> tuple[str, str]:
        return str(params.get("name") or ""), str(params.get("description") or "")

    def arguments(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"type": "object", "additionalProperties": True}  # until a run knows the workflow's own

    async def use(
        self, params: WorkflowToolParams, arguments: Mapping[str, Any], item: Item, ctx: NodeContext
    ) -> NodeResult:
        results = await ctx.call(str(params.workflow_id), [dict(arguments)])
        failed = first_failure(results)
        if failed is not None:
            raise failure_of(failed)
        return NodeResult({"main": [entry for result in results for entry in result.output]})
