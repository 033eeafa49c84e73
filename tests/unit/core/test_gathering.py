"""What many rows ask for at once is asked together, and what is wrong with one is that one's alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from core.outbox.gathering import LATER, Gathering

CALLS: list[list[int]] = []


def work(about: Sequence[int]) -> dict[int, Any]:
    CALLS.append(list(about))
    if 3 in about:
        raise ValueError("three")
    return {one: LATER if one > 100 and at > 1 else f"{one}!" for at, one in enumerate(about) if one != 4}


async def call(asked: Callable[..., Any], *arguments: Any) -> Any:
    await asyncio.sleep(0)
    return asked(*arguments)


def answers(numbers: Sequence[int]) -> list[Any]:
    async def go() -> list[Any]:
        gathering = Gathering(call, work)
        return await asyncio.gather(*map(gathering.answer, numbers), return_exceptions=True)

    CALLS.clear()
    return asyncio.run(asyncio.wait_for(go(), 10))


def test_what_is_asked_at_once_is_asked_together() -> None:
    assert answers([1, 2, 4, 1]) == ["1!", "2!", None, "1!"]
    assert CALLS == [[1, 2, 4]]


def test_one_that_raises_spoils_no_other() -> None:
    found = answers([1, 2, 3, 5])
    assert [str(one) for one in found] == ["1!", "2!", "three", "5!"]
    assert isinstance(found[2], ValueError)


def test_what_was_not_come_to_is_asked_for_again_until_it_is_answered() -> None:
    assert answers([101, 102, 103, 104, 105]) == ["101!", "102!", "103!", "104!", "105!"]
    assert CALLS == [[101, 102, 103, 104, 105], [103, 104, 105], [105]]


def test_one_that_waits_no_longer_takes_no_answer_from_another() -> None:
    async def go() -> str:
        gathering = Gathering(call, work)
        first, second = (asyncio.ensure_future(gathering.answer(1)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        return str(await second)

    assert asyncio.run(asyncio.wait_for(go(), 10)) == "1!"
