"""Runs that wait, maps, and fairness: an engine in this process, rows counted in PostgreSQL."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any
from uuid import UUID, uuid4

import psutil
from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone

from bench.engine import Bench, edge, node, timed_raw
from core.json import dumps
from executor.domain.new_run import NewRun
from executor.models import RunState
from executor.sql import journal_sql
from executor.verbs import verbs

CHILD = "00000000-0000-0000-0000-0000000000b1"
WAITING = 10_000
ANSWERED = 1000
MAPPED = 10_000


def queue(
    prepared: tuple[str, str, int], count: int, *, owner: UUID | None = None, value: Any = None, **more: Any
) -> list[str]:
    """Queue runs without telling anybody."""
    now, owner, records = timezone.now(), owner or uuid4(), []
    for _ in range(count):
        run = NewRun(
            owner, None, "bench", prepared[0], prepared[1], "start", {"n": 1} if value is None else value,
            prepared[2], **more,
        )  # fmt: skip
        records.append(run.as_record(now))
    with connection.cursor() as cursor:
        for at in range(0, count, 500):
            cursor.execute(journal_sql.START, {"runs": dumps(records[at : at + 500]).decode()})
    return [str(record["id"]) for record in records]


def in_status(ids: list[str], status: str) -> int:
    return RunState.objects.filter(execution_id__in=[UUID(one) for one in ids], status=status).count()


async def until(ids: list[str], status: str, limit_s: float = 300) -> None:
    end = time.monotonic() + limit_s
    while await sync_to_async(in_status)(ids, status) < len(ids):
        assert time.monotonic() < end, f"not all became {status}"
        await asyncio.sleep(0.05)


def total_bytes() -> int:
    tables = ("execution", "runstate", "noderun", "eventbatch", "wait", "signal", "humantask")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size('executor_' || t)) FROM unnest(%s::text[]) AS t", [list(tables)]
        )
        return int(cursor.fetchone()[0])


def signal_all(ids: list[str]) -> None:
    for execution_id in ids:
        verbs.signal(execution_id=UUID(execution_id), name="go", payload=None)


async def waiting_runs(bench: Bench) -> dict[str, float]:
    """10,000 runs that wait for a signal: bytes of each, memory of the worker; then 1,000 are answered at once."""
    document = {
        "nodes": [node("start", "manual_trigger"), node("w", "wait", mode="signal", signal="go")],
        "edges": [edge("start", "w")],
    }
    prepared = await sync_to_async(bench.prepare)(document)
    warm = await sync_to_async(queue)(prepared, 200)
    bench.engine.look_for_work()
    await until(warm, "waiting")
    memory = psutil.Process().memory_info().rss
    before = await sync_to_async(total_bytes)()
    ids = await sync_to_async(queue)(prepared, WAITING)
    bench.engine.look_for_work()
    await until(ids, "waiting")
    after = await sync_to_async(total_bytes)()
    grown = psutil.Process().memory_info().rss - memory
    chosen = ids[:ANSWERED]
    begin = time.perf_counter()
    await sync_to_async(signal_all)(chosen)
    bench.engine.look_for_work()
    await until(chosen, "completed")
    return {
        "waiting_bytes_per_run": (after - before) / WAITING,
        "waiting_memory_growth_mb": grown / 2**20,
        "resume_1000_s": time.perf_counter() - begin,
    }


async def mapped(bench: Bench) -> dict[str, float]:
    """A Map over 10,000 items, each a run of its own with a trivial node, against as many raw LangGraph steps."""
    child = await sync_to_async(bench.prepare)(
        {"nodes": [node("start", "manual_trigger"), node("x", "no_op")], "edges": [edge("start", "x")]}
    )
    parent = await sync_to_async(bench.prepare)(
        {
            "nodes": [node("start", "manual_trigger"), node("m", "map", workflow_id=CHILD, concurrency=100)],
            "edges": [edge("start", "m")],
        }
    )
    below = {
        "workflow_id": CHILD, "workflow_name": "child", "version": None, "definition_hash": child[0],
        "layout_hash": child[1], "trigger_node_id": "start", "total": child[2],
    }  # fmt: skip
    items = [{"n": number} for number in range(MAPPED)]
    ids = await sync_to_async(queue)(parent, 1, value=items, sub_workflows={CHILD: below})
    begin = time.perf_counter()
    bench.engine.ring(ids[0])
    await until(ids, "completed")
    per_s = MAPPED / (time.perf_counter() - begin)
    raw_per_s = 1000 / (await timed_raw(1000, 2) / 1000)
    return {"map_items_per_s": per_s, "map_vs_langgraph": per_s / raw_per_s}


def start_delays(ids: list[str]) -> list[float]:
    rows = RunState.objects.filter(execution_id__in=[UUID(one) for one in ids]).values_list("queued_at", "started_at")
    return [(started - queued).total_seconds() for queued, started in rows if started is not None]


async def fairness(bench: Bench) -> dict[str, float]:
    """One user queues 2,000 runs, then another 10: how long those wait for their start."""
    document = {"nodes": [node("start", "manual_trigger"), node("w", "wait_ms", ms=20)], "edges": [edge("start", "w")]}
    prepared = await sync_to_async(bench.prepare)(document)
    many = await sync_to_async(queue)(prepared, 2000, owner=uuid4())
    bench.engine.look_for_work()
    await asyncio.sleep(0.2)
    few = await sync_to_async(queue)(prepared, 10, owner=uuid4())
    for one in few:
        bench.engine.ring(one)
    await until(few, "completed")
    delays = sorted(await sync_to_async(start_delays)(few))
    await until(many, "completed")
    return {"fair_wait_p95_s": statistics.quantiles(delays, n=20)[-1]}
