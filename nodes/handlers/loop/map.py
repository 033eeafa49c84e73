"""The Map node: one run of another workflow for each item, many at once, on all workers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from nodes.base import LATE, LITERAL, BatchNodeType, Look, NodeContext, NodeFailed, NodeParams, NodeResult, Port
from nodes.budget import MOST_RUNS, Budget
from nodes.handlers.flow.sub_workflow import AT_ONCE, failure_of, first_failure, mapped_inputs
from nodes.handlers.loop.rounds import elements_of
from nodes.items import Items


class MapParams(NodeParams):
    workflow_id: UUID = Field(title="Workflow", json_schema_extra={**LITERAL, "control": "workflow"})
    items_field: str = Field(
        default="", title="List", description="Path of a list in the first item; empty: the items themselves"
    )
    input_mapping: dict[str, Any] = Field(
        default={}, title="Input", description="What each run gets; empty: the item as it is", json_schema_extra=LATE
    )
    concurrency: int = Field(default=20, ge=1, le=1000, title="Runs at once")
    on_item_failure: Literal["stop", "skip", "collect"] = Field(
        default="stop", title="When a run fails", json_schema_extra={"group": "advanced"},
        description="Fail, leave the item out, or hand its error on by the error output",
    )  # fmt: skip


class Map(BatchNodeType[MapParams]):
    """Run another workflow once per item, and hand on what they give back, in the order of the items.

    Outputs: {items given back} by "main"; with "collect" the items whose run failed by "error".
    Raises: NodeFailed: "invalid_input", "loop_limit" over 10,000 items, "subworkflow_failed", "nesting_too_deep".
    """

    kind = "map"
    waits = True
    calls = "workflow_id"
    Params = MapParams
    outputs = (Port("main", "Results"),)
    look = Look(
        label="Map",
        description="Runs another workflow once for each item, many at once.",
        category="flow",
        icon="layers",
        color="#7c3aed",
        aliases=("fan out", "parallel", "for each"),
        docs="The runs are spread over all workers. Up to 10,000 items; only so many as `concurrency` run at a time.",
    )

    def stops_at_failure(self, params: Mapping[str, Any]) -> bool:
        return bool(params.get("on_item_failure", "stop") == "stop")

    async def run_all(self, params: MapParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        items = elements_of(inputs.get("main") or [], params.items_field)
        if len(items) > MOST_RUNS:
            raise NodeFailed(
                "loop_limit", f"{len(items)} items are more than the {MOST_RUNS} allowed", items=len(items)
            )
        given = await mapped_inputs(params.input_mapping, items, ctx)
        results = await ctx.call(str(params.workflow_id), given, at_once=params.concurrency)
        ended = first_failure(results)
        if params.on_item_failure == "stop" and ended is not None:
            raise failure_of(ended)
        made: dict[str, Items] = {"main": []}
        counting = Budget()
        rested = 0
        for at, result in enumerate(results):
            if counting.items - rested >= AT_ONCE:
                await asyncio.sleep(0)
                rested = counting.items
            paired = items[at]["pairedItem"]
            if result.status == "completed":
                made["main"].extend(counting.take_all({**item, "pairedItem": paired} for item in result.output))
            elif params.on_item_failure == "collect":
                failed = failure_of(result)
                error = {"code": failed.node_code, "message": failed.message, "details": dict(failed.details)}
                json = {**items[at]["json"], "error": error}
                made.setdefault("error", []).append(counting.take({"json": json, "pairedItem": paired}))
        return NodeResult(made, size=counting.size)
