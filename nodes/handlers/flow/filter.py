"""The Filter node: keeps the items that fit."""

from __future__ import annotations

from nodes.base import Look, NodeContext, NodeResult, NodeType
from nodes.handlers.flow.conditions import decided
from nodes.handlers.flow.if_ import IfParams
from nodes.items import Item


class Filter(NodeType[IfParams]):
    """Hand an item on where its conditions hold, else drop it."""

    kind = "filter"
    Params = IfParams
    look = Look(
        label="Filter",
        description="Keeps the items whose conditions hold.",
        category="flow",
        icon="filter",
        color="#7c3aed",
        summary="{{ conditions.0.left }} {{ conditions.0.operator }} {{ conditions.0.right }} {{ conditions.more }}",
        aliases=("where", "condition"),
        docs="The conditions are those of If. When nothing is left, what follows does not run.",
    )

    async def run(self, params: IfParams, item: Item, ctx: NodeContext) -> NodeResult:
        sensitive = params.options.case_sensitive
        keep = await decided(params.conditions, params.combinator, case_sensitive=sensitive, ctx=ctx)
        return NodeResult({"main": [{key: item[key] for key in item if key != "pairedItem"}] if keep else []})
