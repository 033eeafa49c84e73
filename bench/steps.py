"""What a step costs beside a node, and how long a node's words take to who listens."""

from __future__ import annotations

import asyncio
import statistics
import time
from uuid import UUID, uuid4

from asgiref.sync import sync_to_async
from django.utils import timezone

from bench.engine import Bench, chain, node
from core.json import loads_own
from executor.domain.new_run import NewRun
from executor.verbs import executions
from streaming.reader import Reader

COUNT = 50
SAYS = 20


async def step_cost(bench: Bench) -> dict[str, float]:
    """Compare one node that takes steps that write with as many nodes that write."""
    steps = await sync_to_async(bench.prepare)(chain(1, lambda at: node("w", "bench_write", steps=COUNT)))
    nodes = await sync_to_async(bench.prepare)(chain(COUNT, lambda at: node(f"w{at}", "bench_write")))
    of_steps, of_nodes = [], []
    for _ in range(8):
        of_steps.append(await bench.run(steps, {}) / COUNT)
        of_nodes.append(await bench.run(nodes, {}) / COUNT)
    step_ms, node_ms = statistics.median(of_steps[2:]), statistics.median(of_nodes[2:])
    return {"step_cost_ms": step_ms, "write_node_ms": node_ms, "step_cost_ratio": step_ms / node_ms}


async def emit_to_reader(bench: Bench) -> dict[str, float]:
    """Return the median time from a node's word to who reads the run's events, through Redis."""
    definition, layout, total = await sync_to_async(bench.prepare)(
        chain(1, lambda at: node("w", "bench_write", says=SAYS))
    )
    new = NewRun(uuid4(), None, "bench", definition, layout, "start", {}, total)

    def start() -> UUID:
        return executions.start(run=new, now=timezone.now()).execution_id

    execution_id = await sync_to_async(start)()
    delays: list[float] = []

    async def listen() -> None:
        async for event in Reader(execution_id, 0).events():
            if event is not None and event.type == "node.delta":
                delays.append((time.perf_counter() - float(loads_own(event.json)["data"]["text"])) * 1000)

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.5)
    bench.engine.ring(str(execution_id))
    await listening
    return {"emit_to_sse_ms": statistics.median(delays)}
