"""A node type for the storm: steps that write to the counting server, side by side too, and a wait between them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar

from django.utils import timezone

from core.http.requests import request_of
from nodes.base import Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType, WaitFor
from nodes.items import Item

WRITES = 4  # effects of one run


class StormStepsParams(NodeParams):
    url: str


class StormSteps(NodeType[StormStepsParams]):
    """Write once, twice at a time, wait in the midst of it, write again; and speak all the while."""

    kind = "storm_steps"
    effect: ClassVar[Effect] = "write"
    Params = StormStepsParams
    look = Look("Steps", "Only for tests.", "flow")

    async def run(self, params: StormStepsParams, item: Item, ctx: NodeContext) -> NodeResult:
        await ctx.step("first", _posted(params, ctx))
        pause = WaitFor("timer", timezone.now() + timedelta(seconds=3))
        await ctx.side_by_side(
            [
                lambda: ctx.step("left", _posted(params, ctx)),
                lambda: ctx.ask("pause", pause),
                lambda: ctx.step("right", _posted(params, ctx)),
            ]
        )
        await ctx.step("last", _posted(params, ctx))
        return NodeResult.of(item["json"])


def _posted(params: StormStepsParams, ctx: NodeContext) -> Callable[[str], Awaitable[Any]]:
    async def work(key: str) -> int:
        for word in range(5):
            ctx.emit(f"{word} ")
            await asyncio.sleep(0.02)
        request = request_of("POST", params.url, body=b"{}", idempotency_key=key)
        reply = await ctx.http.send(request)
        if reply.status != 200:
            raise NodeFailed("no_luck", str(reply.status), retryable=True)
        return reply.status

    return work


NODE_TYPES = (StormSteps,)
