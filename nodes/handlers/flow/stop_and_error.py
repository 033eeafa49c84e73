"""The node that ends a branch with an error of the author's own words."""

from __future__ import annotations

from pydantic import Field

from nodes.base import Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType
from nodes.items import Item


class StopParams(NodeParams):
    message: str = Field(min_length=1, max_length=5000, title="Message")
    code: str = Field(default="stopped", max_length=60, pattern=r"^[a-z][a-z0-9_]*$", title="Code")


class StopAndError(NodeType[StopParams]):
    """Fail with the message. Raises: NodeFailed with the code."""

    kind = "stop_and_error"
    Params = StopParams
    outputs = ()
    has_error_output = False
    look = Look(
        label="Stop and Error",
        description="Ends the run with an error.",
        category="flow",
        icon="octagon-x",
        color="#dc2626",
        summary="{{ message }}",
        aliases=("throw", "fail", "abort"),
        docs="The run fails with this message and code.",
    )

    async def run(self, params: StopParams, item: Item, ctx: NodeContext) -> NodeResult:
        raise NodeFailed(params.code, params.message)
