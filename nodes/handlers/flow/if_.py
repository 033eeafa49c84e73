"""The If node: one of two ways for each item."""

from __future__ import annotations

from pydantic import Field

from nodes.base import Look, NodeContext, NodeParams, NodeResult, NodeType, Port
from nodes.handlers.flow.conditions import CONDITIONS, Combinator, Condition, ConditionOptions, decided
from nodes.items import Item


class IfParams(NodeParams):
    conditions: list[Condition] = CONDITIONS
    combinator: Combinator = Field(default="and", title="Combine")
    options: ConditionOptions = Field(default=ConditionOptions(), title="Options")


class If(NodeType[IfParams]):
    """Send an item on by "true" or "false"."""

    kind = "if"
    Params = IfParams
    outputs = (Port("true", "True"), Port("false", "False"))
    look = Look(
        label="If",
        description="Sends each item one of two ways.",
        category="flow",
        icon="split",
        color="#7c3aed",
        summary="{{ conditions.0.left }} {{ conditions.0.operator }} {{ conditions.0.right }} {{ conditions.more }}",
        aliases=("condition", "branch", "filter"),
        docs="Values compare by type: number-like text against a number as numbers, dates when both sides are dates.",
    )

    async def run(self, params: IfParams, item: Item, ctx: NodeContext) -> NodeResult:
        sensitive = params.options.case_sensitive
        true = await decided(params.conditions, params.combinator, case_sensitive=sensitive, ctx=ctx)
        return NodeResult({"true" if true else "false": [{key: item[key] for key in item if key != "pairedItem"}]})
