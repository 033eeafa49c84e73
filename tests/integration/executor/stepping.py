"""A node that takes steps, as an agent does: what it makes is counted by name and key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar

from django.utils import timezone

from nodes.base import Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType, WaitFor
from nodes.items import Item

MADE: list[tuple[str, str]] = []  # name of a step and its key, each time that its work was done


class StepsParams(NodeParams):
    how: str = "chain"
    seconds: float = 0.05


class Steps(NodeType[StepsParams]):
    """Two steps that write, what its params say between them, and what all of them gave."""

    kind = "steps"
    effect: ClassVar[Effect] = "write"
    Params = StepsParams
    look = Look("Steps", "Only for tests.", "flow")

    async def run(self, params: StepsParams, item: Item, ctx: NodeContext) -> NodeResult:
        first = await ctx.step("first", made("first", 1), kind="model", given={"prompt": "p"})
        between = await BETWEEN[params.how](params, ctx)
        last = await ctx.step("last", made("last", 2))
        return NodeResult.of({**item["json"], "first": first, "between": between, "last": last})


def made(name: str, value: Any) -> Callable[[str], Awaitable[Any]]:
    """Return a step's work that is counted."""

    async def work(key: str) -> Any:
        MADE.append((name, key))
        return value

    return work


async def _chain(params: StepsParams, ctx: NodeContext) -> Any:
    return await ctx.step("middle", made("middle", "m"), effect="pure")


async def _timer(params: StepsParams, ctx: NodeContext) -> Any:
    return await ctx.ask("pause", WaitFor("timer", timezone.now() + timedelta(seconds=params.seconds)))


async def _signal(params: StepsParams, ctx: NodeContext) -> Any:
    return (await ctx.ask("word", WaitFor("signal", signal="go"))).get("payload")


async def _side_by_side(params: StepsParams, ctx: NodeContext) -> Any:
    """One of three waits for a signal; the others take their time."""

    async def slow(name: str) -> Any:
        async def work(key: str) -> str:
            await asyncio.sleep(params.seconds)
            MADE.append((name, key))
            return name

        return await ctx.step(name, work)

    return [
        str(found)
        for found in await ctx.side_by_side([lambda: slow("t0"), lambda: _signal(params, ctx), lambda: slow("t2")])
    ]


async def _together(params: StepsParams, ctx: NodeContext) -> Any:
    """Two that write beside one that waits for a moment."""
    first, second, _ = await ctx.side_by_side(
        [lambda: ctx.step("t0", made("t0", 0)), lambda: ctx.step("t1", made("t1", 1)), lambda: _timer(params, ctx)]
    )
    return [first, second]


async def _fails_beside_a_wait(params: StepsParams, ctx: NodeContext) -> Any:
    """One fails while nobody else goes on: the other waits for a word that never comes."""

    async def bad(key: str) -> None:
        await asyncio.sleep(params.seconds)
        raise NodeFailed("no_luck", "never", retryable=True)

    return await ctx.side_by_side([lambda: _signal(params, ctx), lambda: ctx.step("bad", bad)])


async def _asks_then_works(params: StepsParams, ctx: NodeContext) -> Any:
    """Wait for a word, and then take time: of two items the one waits while the other works."""
    word = await _signal(params, ctx) if "#wait" in str(ctx.trigger_input) and ctx.idempotency_key.endswith(":0") else 0

    async def slow(key: str) -> str:
        await asyncio.sleep(params.seconds)
        MADE.append(("slow", key))
        return "slow"

    return [word, await ctx.step("slow", slow)]


async def _changes_what_it_gets(params: StepsParams, ctx: NodeContext) -> Any:
    async def listed(key: str) -> list[int]:
        return [1]

    found = await ctx.step("list", listed)
    found.append(2)
    if sum(name == "flaky" for name, _ in MADE) < 2:
        MADE.append(("flaky", ""))
        raise NodeFailed("no_luck", "not yet", retryable=True)
    return found


async def _waits_in_a_step(params: StepsParams, ctx: NodeContext) -> Any:
    async def work(key: str) -> Any:
        return await ctx.wait(WaitFor("timer", timezone.now()))

    return await ctx.step("waits", work)


async def _flaky(params: StepsParams, ctx: NodeContext) -> Any:
    async def work(key: str) -> str:
        MADE.append(("flaky", key))
        if sum(name == "flaky" for name, _ in MADE) < 2:
            raise NodeFailed("no_luck", "not yet", retryable=True)
        return "lucky"

    return await ctx.step("flaky", work)


async def _hang(params: StepsParams, ctx: NodeContext) -> Any:
    async def work(key: str) -> None:
        MADE.append(("hang", key))
        await asyncio.sleep(60)

    return await ctx.step("hang", work)


async def _fails(params: StepsParams, ctx: NodeContext) -> Any:
    """The second of three fails: the others end with it."""

    async def bad(key: str) -> None:
        await asyncio.sleep(params.seconds)
        raise NodeFailed("no_luck", "never")

    async def long(key: str) -> None:
        await asyncio.sleep(60)

    return await ctx.side_by_side(
        [lambda: ctx.step("long", long), lambda: ctx.step("bad", bad), lambda: _signal(params, ctx)]
    )


async def _twice(params: StepsParams, ctx: NodeContext) -> Any:
    return await ctx.side_by_side([lambda: _hang(params, ctx), lambda: _hang(params, ctx)])


async def _misnamed(params: StepsParams, ctx: NodeContext) -> Any:
    return await ctx.step("a/b:0", made("misnamed", 0))


async def _surrogate(params: StepsParams, ctx: NodeContext) -> Any:
    return await ctx.step("surrogate", made("surrogate", "\ud800"))


async def _huge(params: StepsParams, ctx: NodeContext) -> Any:
    return await ctx.step("huge", made("huge", "x" * (9 * 2**20)))


BETWEEN: dict[str, Callable[[StepsParams, NodeContext], Awaitable[Any]]] = {
    "chain": _chain,
    "timer": _timer,
    "signal": _signal,
    "side by side": _side_by_side,
    "together": _together,
    "fails beside a wait": _fails_beside_a_wait,
    "asks then works": _asks_then_works,
    "changes": _changes_what_it_gets,
    "waits in a step": _waits_in_a_step,
    "flaky": _flaky,
    "hang": _hang,
    "fails": _fails,
    "twice": _twice,
    "misnamed": _misnamed,
    "surrogate": _surrogate,
    "huge": _huge,
}
