"""Places among owners: shares, order, and that none is lost however waiters are cancelled."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Hashable
from functools import wraps
from typing import Any

import pytest

from core.fairness.loop_places import FairPlaces


def in_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @wraps(test)
    def run(**given: Any) -> None:
        asyncio.run(test(**given))

    return run


async def settled() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def asking(places: FairPlaces, owner: str, times: int) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(places.take(owner)) for _ in range(times)]
    await settled()
    return tasks


async def ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize(("places", "most"), [(1, 1), (2, 1), (4, 3), (200, 199)])
@in_a_loop
async def test_one_owner_alone_leaves_a_place_for_who_comes_next(places: int, most: int) -> None:
    shared = FairPlaces(places)
    greedy = await asking(shared, "greedy", places + 5)

    assert shared.held_by("greedy") == most
    other = await asking(shared, "other", 1)
    assert other[0].done() == (places > 1)
    await ended(*greedy, *other)


@in_a_loop
async def test_while_others_wait_nobody_is_given_more_than_half() -> None:
    shared = FairPlaces(4)
    greedy = await asking(shared, "greedy", 20)
    others = await asking(shared, "other", 20)

    assert (shared.held_by("greedy"), shared.held_by("other")) == (3, 1)
    shared.give_back("greedy")  # over its half: the other one is next
    await settled()
    assert (shared.held_by("greedy"), shared.held_by("other")) == (2, 2)
    shared.give_back("other")
    await settled()
    assert (shared.held_by("greedy"), shared.held_by("other")) == (2, 2)
    await ended(*greedy, *others)


@in_a_loop
async def test_who_holds_least_is_next_then_who_waits_with_fewest_then_who_was_served_longest_ago() -> None:
    shared = FairPlaces(1)
    await shared.take("first")
    many, few, again = await asking(shared, "many", 3), await asking(shared, "few", 1), await asking(shared, "first", 1)
    order: list[str] = []
    owner: Hashable = "first"
    for _ in range(5):
        shared.give_back(owner)
        await settled()
        (holder,) = shared._turns._held
        owner = str(holder)
        order.append(owner)

    assert order == ["few", "first", "many", "many", "many"]
    await ended(*many, *few, *again)


@in_a_loop
async def test_a_waiter_cancelled_in_the_turn_it_was_served_puts_its_place_back() -> None:
    shared = FairPlaces(1)
    await shared.take("one")
    (waiter,) = await asking(shared, "two", 1)
    shared.give_back("one")
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter

    assert shared.free == 1
    await asyncio.wait_for(shared.take("three"), 1)


@in_a_loop
async def test_work_for_nobody_in_particular_is_an_owner_like_others() -> None:
    shared = FairPlaces(2)
    await asyncio.wait_for(shared.take(None), 1)
    assert (shared.held_by(None), shared.free) == (1, 1)


@pytest.mark.parametrize("seed", range(5))
@in_a_loop
async def test_no_place_is_lost_or_given_twice_however_waiters_are_cancelled(seed: int) -> None:
    chance = random.Random(seed)
    shared = FairPlaces(4)
    at_work: Counter[str] = Counter()

    async def work(owner: str) -> None:
        async with shared.place(owner):
            at_work[owner] += 1
            assert at_work.total() <= 4
            assert at_work[owner] <= 3
            try:
                for _ in range(chance.randrange(4)):
                    await asyncio.sleep(0)
            finally:
                at_work[owner] -= 1

    tasks: list[asyncio.Task[None]] = []
    for _ in range(400):
        tasks.append(asyncio.create_task(work(chance.choice("aaaaaaabcd"))))
        for _ in range(chance.randrange(3)):
            chance.choice(tasks).cancel()
            await asyncio.sleep(0)
    done = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)

    assert {type(outcome) for outcome in done} == {type(None), asyncio.CancelledError}
    assert (shared.free, shared.waiting, shared.is_at_rest) == (4, 0, True)
