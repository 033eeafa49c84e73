"""The node that does nothing: a place where branches meet, or a name for a step to come."""

from nodes.base import Look, NodeContext, NodeResult, NodeType, NoParams
from nodes.items import Item


class NoOp(NodeType[NoParams]):
    """Hand items on as they are."""

    kind = "no_op"
    Params = NoParams
    look = Look(
        label="No Operation",
        description="Hands its items on as they are.",
        category="flow",
        icon="arrow-right",
        aliases=("nothing", "pass"),
        docs="Useful as a meeting point of branches, or as a stand-in for a step to come.",
    )

    async def run(self, params: NoParams, item: Item, ctx: NodeContext) -> NodeResult:
        return NodeResult({"main": [{key: value for key, value in item.items() if key != "pairedItem"}]})
