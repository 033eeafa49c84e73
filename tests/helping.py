"""Node types for tests of helpers: a step with slots, and helpers of each sort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from nodes.base import Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType, NoParams, Port, Reach
from nodes.builtin import BUILTIN
from nodes.helper_types import HelperType, ToolSetType, ToolType
from nodes.helpers import Gives, Slot, ToolOffer
from nodes.items import Item
from nodes.registry import catalogue_of

LOOK = Look("Test", "Only for tests.", "flow")


class TakerParams(NodeParams):
    calls: list[dict[str, Any]] = []


class Taker(NodeType[TakerParams]):
    """A step with slots: tells what fills them, and calls the tools that its params say, side by side."""

    kind = "taker"
    effect: ClassVar[Effect] = "write"
    Params = TakerParams
    look = LOOK
    slots: ClassVar[tuple[Slot, ...]] = (
        Slot("model", "model"), Slot("memory", "memory"), Slot("tools", "tool", many=True),
    )  # fmt: skip

    async def run(self, params: TakerParams, item: Item, ctx: NodeContext) -> NodeResult:
        said: dict[str, Any] = {}
        for helper in ctx.helpers("model"):
            said["model"] = (await ctx.helper_params(helper, item)).model_dump()
        tools = {tool.tool_name: tool for tool in await ctx.tools("tools", item)}
        said["tools"] = [[tool.tool_name, tool.tool_description, dict(tool.input_schema)] for tool in tools.values()]

        async def one(number: int, call: Mapping[str, Any]) -> Any:
            async def work(_key: str) -> Any:
                try:
                    made = await ctx.call_helper(tools[call["tool"]], item, call["arguments"])
                except NodeFailed as exc:
                    return {"error": exc.node_code, "message": exc.message, "details": dict(exc.details)}
                return [entry["json"] for entries in made.outputs.values() for entry in entries]

            return await ctx.step(f"t{number}", work, kind="tool", given=dict(call))

        works = [partial(one, number, call) for number, call in enumerate(params.calls)]
        said["results"] = await ctx.side_by_side(works)
        return NodeResult.of(said)


class Needy(Taker):
    """A step that cannot do without a model."""

    kind = "needy"
    slots = (Slot("model", "model", required=True),)


class GiverParams(NodeParams):
    name: str = "small"


class Giver(HelperType[GiverParams]):
    """Gives a model."""

    kind = "giver"
    gives: ClassVar[Gives | None] = "model"
    outputs: ClassVar[tuple[Port, ...]] = (Port("model", "Model", kind="model"),)
    Params = GiverParams
    look = LOOK


class Adder(ToolType[NoParams]):
    """A tool with arguments of its own."""

    kind = "adder"
    Params = NoParams
    look = LOOK

    def arguments(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        number = {"type": "number"}
        return {"type": "object", "properties": {"a": number, "b": number}, "required": ["a", "b"]}

    async def use(self, params: NoParams, arguments: Mapping[str, Any], item: Item, ctx: NodeContext) -> NodeResult:
        return NodeResult.of({"sum": arguments["a"] + arguments["b"]})


class Several(ToolSetType[NoParams]):
    """Stands for two tools, one of which is called like another."""

    kind = "several"
    Params = NoParams
    look = LOOK

    async def offers(self, params: NoParams, ctx: Reach) -> Sequence[ToolOffer]:
        schema = {"type": "object", "properties": {"text": {"type": "string"}}}
        return [ToolOffer("Adder", "not the other", schema), ToolOffer("shout", "in capitals", schema, "pure")]

    async def use(
        self, params: NoParams, tool: str, arguments: Mapping[str, Any], item: Item, ctx: NodeContext
    ) -> NodeResult:
        return NodeResult.of({"said": f"{tool}: {arguments.get('text', '').upper()}"})


HELPING = (Taker, Needy, Giver, Adder, Several)
CATALOGUE = catalogue_of([*BUILTIN, *HELPING])
