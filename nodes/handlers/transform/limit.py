"""The Limit node."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import islice
from typing import Literal

from pydantic import Field

from nodes.base import BatchNodeType, Look, NodeContext, NodeParams, NodeResult
from nodes.items import Items


class LimitParams(NodeParams):
    max_items: int = Field(default=1, ge=1, title="Items at most")
    keep: Literal["first_items", "last_items"] = Field(default="first_items", title="Keep")


class Limit(BatchNodeType[LimitParams]):
    """Hand on so many items and no more."""

    kind = "limit"
    Params = LimitParams
    look = Look(
        label="Limit",
        description="Keeps the first or last items.",
        category="transform",
        icon="list-end",
        color="#0891b2",
        summary="{{ max_items }} {{ keep }}",
        aliases=("take", "head", "tail", "top"),
        docs="What is over the limit is dropped.",
    )

    async def run_all(self, params: LimitParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        items = inputs.get("main") or []
        first = 0 if params.keep == "first_items" else max(len(items) - params.max_items, 0)
        made: Items = []
        for at, item in enumerate(islice(items, first, first + params.max_items), first):
            made.append({**item, "pairedItem": {"item": at}})
            if len(made) % 5000 == 0:
                await asyncio.sleep(0)
        return NodeResult({"main": made})
