"""The Limit node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from nodes.base import BatchNodeType, Items, Look, NodeContext, NodeParams, NodeResult


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
        aliases=("take", "head", "tail", "top"),
        docs="What is over the limit is dropped.",
    )

    async def run_all(self, params: LimitParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        items = [{**item, "pairedItem": {"item": at}} for at, item in enumerate(inputs.get("main") or [])]
        first = params.keep == "first_items"
        return NodeResult({"main": items[: params.max_items] if first else items[-params.max_items :]})
