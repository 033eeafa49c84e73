"""A node type that only waits: the compiler takes its catalogue as an argument."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from nodes.base import BatchNodeType, Look, NodeContext, NodeParams, NodeResult
from nodes.builtin import BUILTIN
from nodes.items import Items
from nodes.registry import catalogue_of


class WaitParams(NodeParams):
    ms: float = 50


class WaitMs(BatchNodeType[WaitParams]):
    """Wait once, whatever comes in, then hand one item on."""

    kind = "wait_ms"
    effect = "read"
    Params = WaitParams
    look = Look("Wait", "Waits, for measurements.", "flow")

    async def run_all(self, params: WaitParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        await asyncio.sleep(params.ms / 1000)
        return NodeResult({"main": [{"json": {}, "pairedItem": {"item": 0}}]})


CATALOGUE = catalogue_of([*BUILTIN, WaitMs])
