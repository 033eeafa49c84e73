"""Compute processes: what goes in and comes out, what ends a child, and that the worker's loop never stands still."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any

import psutil
import pytest

from executor.compute.pool import Compute, Turn
from executor.domain import node_time
from executor.isolation.guest.forks import STEP
from nodes.base import NodeFailed
from tests.integration.executor import compute_work

OUT = 1000.0  # a cost at which work leaves the loop


def with_compute(**settings: Any) -> Callable[..., Callable[..., None]]:
    def decorated(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
        async def run(**given: Any) -> None:
            compute = Compute(**settings)
            try:
                await test(compute=compute, **given)
            finally:
                compute.close()

        @wraps(test)
        def in_a_loop(**given: Any) -> None:
            asyncio.run(run(**given))

        del in_a_loop.__wrapped__  # pytest would look for a fixture `compute`
        return in_a_loop

    return decorated


async def out(turn: Turn, work: Callable[..., Any], *arguments: Any) -> Any:
    return await turn.call(work, arguments, OUT)


async def failure_of(turn: Turn, work: Callable[..., Any], *arguments: Any) -> NodeFailed:
    with pytest.raises(NodeFailed) as found:
        await out(turn, work, *arguments)
    return found.value


@with_compute()
async def test_small_work_stays_where_it_is_and_starts_no_process(compute: Compute) -> None:
    assert await compute.turn("a").call(compute_work.who, (), 1) == os.getpid()
    assert compute.process_id is None


@with_compute()
async def test_a_turn_has_one_child_and_the_next_turn_another(compute: Compute) -> None:
    turn, other = compute.turn("a"), compute.turn("a")
    pids = [await out(turn, compute_work.who) for _ in range(3)]
    turn.close()
    pids.append(await out(other, compute_work.who))
    other.close()

    assert len({*pids, os.getpid()}) == 3
    assert pids[0] == pids[1] == pids[2]
    assert compute.places.free == compute.places.places


@with_compute()
async def test_the_kernel_chooses_a_child_before_everybody_else(compute: Compute) -> None:
    turn = compute.turn("a")
    assert await out(turn, compute_work.chosen_first) == "1000"
    turn.close()


@with_compute()
async def test_the_loop_goes_on_while_a_process_that_was_killed_is_torn_down(compute: Compute) -> None:
    turn = compute.turn("a")
    await out(turn, compute_work.who)
    zygote = compute._zygote
    assert zygote is not None
    torn_down = threading.Event()
    reap = zygote.process.wait

    def slowly() -> int:
        assert torn_down.wait(20)
        return reap()

    zygote.process.wait = slowly  # type: ignore[method-assign, assignment]
    zygote.process.poll = lambda: None  # type: ignore[method-assign]
    began = time.monotonic()
    zygote.kill()
    assert time.monotonic() - began < 1
    torn_down.set()
    turn.close()


@with_compute()
async def test_params_items_bytes_and_texts_arrive_as_they_were(compute: Compute) -> None:
    turn = compute.turn("a")
    items = [{"json": {"n": n}, "pairedItem": {"item": n}} for n in range(5000)]
    made = await out(turn, compute_work.shifted, compute_work.Shift(by=2), items)
    values = [b"\x00\xff", "ü" * 300_000, None, {"a": [1, 2.5]}, [], list(range(100)), {}, "", True]

    assert made == compute_work.shifted(compute_work.Shift(by=2), items)
    assert (await out(turn, compute_work.echoed, *values[1:])) == values[1:]
    assert await out(turn, compute_work.one_big, 20_000) == compute_work.one_big(20_000)
    assert await out(turn, compute_work.swell, 5) == 5


@with_compute()
async def test_failures_come_back_as_they_were_raised(compute: Compute) -> None:
    turn = compute.turn("a")
    refused = await failure_of(turn, compute_work.refuse)
    stumbled = await failure_of(turn, compute_work.stumble)

    assert (refused.node_code, refused.message, refused.retryable, refused.details) == (
        "no_luck", "Not today", True, {"place": 7},
    )  # fmt: skip
    assert (stumbled.node_code, stumbled.message) == ("node_failed", "ZeroDivisionError: so it is")


@with_compute(memory_bytes=64 * 2**20)
async def test_each_way_a_child_falls_has_a_code_and_the_next_turn_works(compute: Compute) -> None:
    found = [
        (await failure_of(compute.turn("a"), compute_work.fill, 500)).node_code,  # the watch sees it grow
        (await failure_of(compute.turn("a"), compute_work.swell, 2**40)).node_code,  # the kernel refuses it
        (await failure_of(compute.turn("a"), compute_work.big, 1_000_000)).node_code,
        (await failure_of(compute.turn("a"), compute_work.crash)).node_code,
        (await failure_of(compute.turn("a"), compute_work.echoed, "x" * (9 * 2**20))).node_code,
    ]
    assert found == ["compute_memory", "compute_memory", "compute_memory", "compute_crash", "compute_memory"]
    assert await out(compute.turn("a"), compute_work.spin, 0) == "done"


@with_compute(output_bytes=2**20)
async def test_a_result_that_is_too_large_is_not_taken(compute: Compute) -> None:
    assert (await failure_of(compute.turn("a"), compute_work.big, 10_000)).node_code == "invalid_output"
    assert (await failure_of(compute.turn("a"), compute_work.one_big, 20_000)).node_code == "invalid_output"


@with_compute()
async def test_the_time_of_the_node_ends_the_child_at_once(compute: Compute) -> None:
    turn = compute.turn("a")
    pid = await out(turn, compute_work.who)
    with pytest.raises(TimeoutError):
        async with node_time.Limited(0.2):
            await out(turn, compute_work.spin, 60)

    await gone(pid)
    assert compute.places.free == compute.places.places


@with_compute()
async def test_a_call_that_is_cancelled_leaves_neither_child_nor_place_behind(compute: Compute) -> None:
    turn = compute.turn("a")
    pid = await out(turn, compute_work.who)
    task = asyncio.create_task(out(turn, compute_work.spin, 60))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])

    await gone(pid)
    assert compute.places.free == compute.places.places


@with_compute(places=1)
async def test_waiting_for_a_place_is_not_the_time_of_the_node(compute: Compute) -> None:
    first, second = compute.turn("a"), compute.turn("b")
    busy = asyncio.create_task(out(first, compute_work.spin, 0.6))
    await asyncio.sleep(0.1)
    async with node_time.Limited(0.3):
        assert await out(second, compute_work.spin, 0.01) == "done"
    first.close()
    assert await busy == "done"


@with_compute()
async def test_calls_under_way_are_made_again_when_the_zygote_is_killed(compute: Compute) -> None:
    turn = compute.turn("a")
    await out(turn, compute_work.who)
    lost = compute.process_id
    assert lost is not None
    task = asyncio.create_task(out(turn, compute_work.spin, 0.5))
    await asyncio.sleep(0.1)
    os.kill(lost, signal.SIGKILL)

    assert await task == "done"
    assert compute.process_id not in (None, lost)


def group_of(process: int) -> str:
    """Return how far a process steps back with all of its session, where the kernel groups sessions."""
    group = Path(f"/proc/{process}/autogroup")
    return group.read_text().strip().partition(" ")[2] if group.exists() else ""


@with_compute()
async def test_the_house_goes_first_where_the_processor_is_short(compute: Compute) -> None:
    turn = compute.turn("a")
    child = int(await out(turn, compute_work.who))
    zygote = compute.process_id
    assert zygote is not None
    mine = psutil.Process().nice()
    assert [psutil.Process(pid).nice() for pid in (zygote, child)] == [
        min(mine + step, 19) for step in (STEP, STEP + 2)
    ]
    assert group_of(zygote) in ("", f"nice {STEP}")
    turn.close()


@with_compute()
async def test_whoever_comes_finds_a_place_beside_many_calls_of_one_owner(compute: Compute) -> None:
    greedy = [asyncio.create_task(out(compute.turn("greedy"), compute_work.spin, 30)) for _ in range(40)]
    await asyncio.sleep(0.1)
    for owner in range(5):
        turn = compute.turn(owner)
        assert await asyncio.wait_for(out(turn, compute_work.spin, 0.01), 10) == "done"
        turn.close()

    assert compute.places.held_by("greedy") == 3
    for task in greedy:
        task.cancel()
    await asyncio.wait(greedy)
    assert compute.places.free == compute.places.places


@with_compute()
async def test_the_loop_goes_on_while_megabytes_come_and_go(compute: Compute) -> None:
    turn = compute.turn("a")
    await out(turn, compute_work.who)
    items = compute_work.big(60_000)
    longest = 0.0

    async def heartbeat() -> None:
        nonlocal longest
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.001)
            longest = max(longest, time.monotonic() - began)

    beat = asyncio.create_task(heartbeat())
    (found,) = await out(turn, compute_work.echoed, items)
    deep = await out(turn, compute_work.one_big, 150_000)
    beat.cancel()

    assert found == items
    assert len(deep["deep"]["rows"]) == 150_000
    assert longest < 1


@with_compute()
async def test_a_zygote_without_work_ends_and_the_next_call_starts_another(compute: Compute) -> None:
    turn = compute.turn("a")
    await out(turn, compute_work.who)
    first = compute.process_id
    compute.rest()
    assert compute.process_id == first  # a turn holds a child
    turn.close()
    compute.rest()

    assert compute.process_id is None
    assert await out(turn, compute_work.forked_by) not in (first, os.getpid())


@with_compute()
async def test_a_child_has_no_environment_and_ends_with_the_pool(compute: Compute) -> None:
    os.environ["HEDDLE_SOMETHING_SECRET"] = "x"
    turn = compute.turn("a")
    assert not [name for name in await out(turn, compute_work.environment) if name.startswith("HEDDLE")]
    pids = [await out(turn, compute_work.who), compute.process_id]
    compute.close()
    for pid in pids:
        assert pid is not None
        await gone(pid)


async def gone(pid: int) -> None:
    """Wait until a process is over."""
    async with asyncio.timeout(5):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.005)
