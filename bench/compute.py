"""Computing beside the loop: how long a small call in a child takes, and what the zygote weighs."""

from __future__ import annotations

import statistics
import time

import psutil

from executor.compute.pool import Compute
from nodes.handlers.data.csv_data import CsvParams, row_items

CALLS = 200
TEXT = "name,number\none,1\n"
PARAMS = CsvParams()


async def called_ms(compute: Compute) -> float:
    """Return how long one turn takes that makes one call in a child."""
    turn = compute.turn("bench")
    begin = time.perf_counter()
    found = await turn.call(row_items, (TEXT, PARAMS, 0), 1000)
    took = (time.perf_counter() - begin) * 1000
    turn.close()
    assert found.outputs["main"][0]["json"] == {"name": "one", "number": "1"}
    return took


async def figures() -> dict[str, float]:
    compute = Compute()
    found = {"compute_start_ms": await called_ms(compute)}
    for _ in range(20):
        await called_ms(compute)
    found["compute_call_ms"] = statistics.median([await called_ms(compute) for _ in range(CALLS)])
    zygote = psutil.Process(compute.process_id)
    found["compute_zygote_mb"] = zygote.memory_info().rss / 2**20
    compute.close()
    return found
