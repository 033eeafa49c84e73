"""The jail: how long a call takes, how many there are in a second, what a parent weighs."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any

import psutil

from executor.sandbox.outcome import Limits
from executor.sandbox.pool import Pool

LIMITS = Limits()
CALLS = 300


def asked(items: list[Any], code: str = "return items") -> dict[str, Any]:
    return {"language": "python", "mode": "all_items", "items": items, "code": code, "vars": {}}


async def timed_ms(pool: Pool, request: dict[str, Any], times: int) -> float:
    """Return the median of calls one after another."""
    took = []
    for _ in range(times):
        begin = time.perf_counter()
        outcome = await pool.run(request, LIMITS)
        took.append((time.perf_counter() - begin) * 1000)
        assert outcome.kind == "ok", outcome
    return statistics.median(took)


async def figures() -> dict[str, float]:
    one = Pool(1)
    begin = time.perf_counter()
    await one.start()
    found = {"sandbox_start_ms": (time.perf_counter() - begin) * 1000}
    await timed_ms(one, asked([{"json": {"n": 1}}]), 20)
    found["sandbox_call_p50_ms"] = await timed_ms(one, asked([{"json": {"n": 1}}]), CALLS)
    script = {**asked([{"json": {"n": 1}}]), "language": "javascript"}
    found["sandbox_javascript_p50_ms"] = await timed_ms(one, script, CALLS)
    items = [{"json": {"n": n, "name": f"customer {n}", "tags": ["a", "b"]}} for n in range(1000)]
    doubling = "for item in items:\n    item['json']['n'] *= 2\nreturn items"
    found["sandbox_1000_items_ms"] = await timed_ms(one, asked(items, doubling), 50)
    parent = next(iter(one._all))
    memory = psutil.Process(parent.process.pid).memory_full_info()
    found["sandbox_parent_mb"] = memory.rss / 2**20
    one.close()

    two = Pool(2)
    await two.start()
    request = asked([{"json": {"n": 1}}])
    await asyncio.gather(*(two.run(request, LIMITS, owner=number % 2) for number in range(20)))
    begin = time.perf_counter()
    await asyncio.gather(*(two.run(request, LIMITS, owner=number % 2) for number in range(2 * CALLS)))
    found["sandbox_calls_per_s"] = 2 * CALLS / (time.perf_counter() - begin)
    two.close()
    return found
