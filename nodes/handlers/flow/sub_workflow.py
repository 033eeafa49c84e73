"""The Sub-workflow node: another workflow as a step of this one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from nodes.items import NO_LINK, Item, Items, links_to

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
        links = _links(params, items, len(results))
        if not params.wait:
            started = [
                {"json": {"execution_id": result.execution_id}, "pairedItem": link}
                for result, link in zip(results, links, strict=True)
            ]
            return NodeResult({"success": started})
        made = await mapped(results, params.output_mapping, links, ctx, is_each=params.mode == "each")
        return replace(made, warnings=_left_out(params, items))

    async def _inputs(self, params: SubWorkflowParams, items: Items, ctx: NodeContext) -> list[Any]:
        if params.mode == "each":
            return await mapped_inputs(params.input_mapping, items, ctx)
        if not params.input_mapping:
            return [[_given(item["json"], item) for item in items]]
        made = await ctx.evaluated(params.input_mapping, items)(0)
        return [_given(made, items[0]) if items else made]


async def mapped_inputs(mapping: Mapping[str, Any], items: Items, ctx: NodeContext) -> list[Any]:
    """Return what each run gets, one for each item. Raises: NodeFailed "invalid_output" when it is too much."""
    if not mapping:
        return [_given(item["json"], item) for item in items]
    counting = Budget()
    value_at = ctx.evaluated(mapping, items)
    return [_given(counting.part(await value_at(at)), item) for at, item in enumerate(items)]


def _given(json: dict[str, Any], item: Item) -> dict[str, Any]:
    """Return what a run gets for an item, its files with it."""
    return {**json, "$binary": item["binary"]} if item.get("binary") else json


def _left_out(params: SubWorkflowParams, items: Items) -> tuple[tuple[str, str, str], ...]:
    if params.mode == "each" or not params.input_mapping or len(items) < 2:
        return ()
    message = f"Run once, the sub-workflow got what the first item gives; {len(items) - 1} others were not looked at"
    return (("items_left_out", "input_mapping", message),)


def _links(params: SubWorkflowParams, items: Items, results: int) -> list[Any]:
    """Return what each result was made of. Which of many items came of which, only the other workflow knows."""
    if params.mode == "each":
        return [{"item": at} for at in range(results)]
    return [links_to(range(len(items))) if not params.wait or len(items) == 1 else NO_LINK] * results


async def mapped(
    results: Sequence[ChildResult], mapping: Mapping[str, Any], links: Sequence[Any], ctx: NodeContext, *,
    is_each: bool = False,
) -> NodeResult:  # fmt: skip
    """Return the items of all results, each with the link of its result.

    Where there is one result for each item, those that failed are told apart. Raises: NodeFailed "subworkflow_failed",
    of the first that failed, where there is one for all, or none succeeded.
    """
    failed = first_failure(results)
    if failed is not None and (not is_each or all(result.status != "completed" for result in results)):
        raise failure_of(failed)
    counting = Budget()
    made: Items = []
    lists = [result.output if result.status == "completed" else [] for result in results]
    value_at = ctx.evaluated(mapping, *lists) if mapping else None
    for output, link in zip(lists, links, strict=True):
        for item in output:
            json = await value_at(len(made)) if value_at is not None else item["json"]
            made.append(counting.take({**item, "json": json, "pairedItem": link}))
            if len(made) % AT_ONCE == 0:
                await asyncio.sleep(0)
    failures = tuple((at, failure_of(result)) for at, result in enumerate(results) if result.status != "completed")
    return NodeResult({"success": made}, size=counting.size, failures=failures)


def first_failure(results: Sequence[ChildResult]) -> ChildResult | None:
    """Return the first that failed of itself, else the first that was ended."""
    ended = [result for result in results if result.status != "completed"]
    return next((result for result in ended if result.status != "cancelled"), ended[0] if ended else None)


def failure_of(result: ChildResult) -> NodeFailed:
    error = result.error or {}
    message = error.get("message") or f"The sub-workflow was {result.status}"
    return NodeFailed(
        "subworkflow_failed", str(message), retryable=bool(error.get("retryable")), execution_id=result.execution_id,
        status=result.status, child_code=error.get("code"), node_id=error.get("node_id"),
    )  # fmt: skip
