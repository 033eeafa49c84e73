"""The Sub-workflow node: another workflow as a step of this one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from nodes.base import (
    LATE,
    LITERAL,
    BatchNodeType,
    ChildResult,
    Look,
    NodeContext,
    NodeFailed,
    NodeParams,
    NodeResult,
    Port,
)
from nodes.budget import Budget
from nodes.items import Items

AT_ONCE = 1000  # items handed on in a few milliseconds


class SubWorkflowParams(NodeParams):
    workflow_id: UUID = Field(title="Workflow", json_schema_extra={**LITERAL, "control": "workflow"})
    input_mapping: dict[str, Any] = Field(
        default={}, title="Input", description="What the sub-workflow gets; empty: the items as they are",
        json_schema_extra=LATE,
    )  # fmt: skip
    output_mapping: dict[str, Any] = Field(
        default={}, title="Output", description="What is made of each item it gives back; empty: the items as they are",
        json_schema_extra=LATE,
    )  # fmt: skip
    mode: Literal["once", "each"] = Field(
        default="once", title="Run", description="Once for all items, or once for each"
    )
    wait: bool = Field(default=True, title="Wait for its end")


class SubWorkflow(BatchNodeType[SubWorkflowParams]):
    """Run another workflow, and hand on what it gives back.

    Outputs: its output items by "success", without waiting {"execution_id"}; a failure by "error".
    Raises: NodeFailed: "subworkflow_failed" (details: execution_id, child_code), "subworkflow_missing",
    "nesting_too_deep", "loop_limit" where more than 10,000 runs would start.
    """

    kind = "sub_workflow"
    waits = True
    calls = "workflow_id"
    Params = SubWorkflowParams
    outputs = (Port("success", "Success"),)
    look = Look(
        label="Sub-workflow",
        description="Runs another workflow as a step of this one.",
        category="flow",
        icon="workflow",
        color="#7c3aed",
        aliases=("execute workflow", "call", "subflow"),
        docs="It runs in a context of its own: variables and outputs stay apart. A production run calls the deployed "
        "version, others the working copy. Stopping or pausing this run does the same to it. Once for each item: up to "
        "10,000 items.",
    )

    async def run_all(self, params: SubWorkflowParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        items = inputs.get("main") or []
        given = await self._inputs(params, items, ctx)
        results = await ctx.call(str(params.workflow_id), given, waits=params.wait)
        if not params.wait:
            started = [
                {"json": {"execution_id": result.execution_id}, "pairedItem": {"item": at}}
                for at, result in enumerate(results)
            ]
            return NodeResult({"success": started})
        return await mapped(results, params.output_mapping, ctx)

    async def _inputs(self, params: SubWorkflowParams, items: Items, ctx: NodeContext) -> list[Any]:
        if params.mode == "each":
            return await mapped_inputs(params.input_mapping, items, ctx)
        if not params.input_mapping:
            return [[item["json"] for item in items]]
        return [await ctx.evaluated(params.input_mapping, items)(0)]


async def mapped_inputs(mapping: Mapping[str, Any], items: Items, ctx: NodeContext) -> list[Any]:
    """Return what each run gets, one for each item. Raises: NodeFailed "invalid_output" when it is too much."""
    if not mapping:
        return [item["json"] for item in items]
    counting = Budget()
    value_at = ctx.evaluated(mapping, items)
    return [counting.part(await value_at(at)) for at in range(len(items))]


async def mapped(results: Sequence[ChildResult], mapping: Mapping[str, Any], ctx: NodeContext) -> NodeResult:
    """Return the items of all results. Raises: NodeFailed "subworkflow_failed" of the first that failed."""
    for result in results:
        if result.status != "completed":
            raise failure_of(result)
    counting = Budget()
    made: Items = []
    value_at = ctx.evaluated(mapping, *(result.output for result in results)) if mapping else None
    for at, result in enumerate(results):
        for item in result.output:
            json = await value_at(len(made)) if value_at is not None else item["json"]
            made.append(counting.take({**item, "json": json, "pairedItem": {"item": at}}))
            if len(made) % AT_ONCE == 0:
                await asyncio.sleep(0)
    return NodeResult({"success": made}, size=counting.size)


def failure_of(result: ChildResult) -> NodeFailed:
    error = result.error or {}
    message = error.get("message") or f"The sub-workflow was {result.status}"
    return NodeFailed(
        "subworkflow_failed", str(message), execution_id=result.execution_id, status=result.status,
        child_code=error.get("code"), node_id=error.get("node_id"),
    )  # fmt: skip
