"""A node type that only waits: the compiler takes its catalogue as an argument."""

from __future__ import annotations

import asyncio
import time
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


class WriteParams(NodeParams):
    steps: int = 0
    says: int = 0


class Write(BatchNodeType[WriteParams]):
    """Change the world once: as the node itself, or step by step; or say what time it is."""

    kind = "bench_write"
    effect = "write"
    Params = WriteParams
    look = Look("Write", "Writes, for measurements.", "flow")

    async def run_all(self, params: WriteParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        for at in range(params.steps):
            await ctx.step(f"s{at}", _written)
        for _ in range(params.says):
            ctx.emit(f"{time.perf_counter()} ")
            await asyncio.sleep(0.2)  # longer than pieces are joined: each goes out at once
        return NodeResult({"main": [{"json": {}, "pairedItem": {"item": 0}}]})


async def _written(key: str) -> str:
    return key


CATALOGUE = catalogue_of([*BUILTIN, WaitMs, Write])
