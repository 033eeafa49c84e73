"""`python -m bench.large_journal`: does the journal need partitions? The same runs before and after millions of rows."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

import uvloop
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

import bench.__main__  # noqa: F401 (sets Django up, with servers of its own)
from bench.engine import Bench, set_chain
from bench.waiting import queue, until
from executor.models import Execution, NodeRun
from orchestrator.executions import pruning
from workflow_backend import embedded

RUNS, NODES = 200, 20
# Ids count up as ours do (RFC 9562, version 7): a month of runs, then ours behind them.
FILL = """
WITH made AS (
    SELECT g, clock_timestamp() - make_interval(secs => 30 * 86400.0 * (%(runs)s - g) / %(runs)s) - interval '1 hour' AS at
    FROM generate_series(1, %(runs)s) g
), ids AS (
    SELECT g, at, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(g %% 4096), 3, '0')
        || '8' || substr(md5(g::text), 1, 15))::uuid AS id FROM made
), runs AS (
    INSERT INTO executor_execution (id, owner_id, workflow_id, workflow_name, definition_hash, layout_hash, mode, trigger,
        trigger_node_id, variables, labels, pinned, total, parent_path, child_index, depth, is_detached, is_reported,
        sub_workflows, request_hash, created_at, end_reason, warnings, nodes_executed, duration_ms, finished_at)
    SELECT id, %(owner)s, NULL, 'old', 'x', '', 'production', 'api', 'start', '{}', '{}', '{}', 20, '', 0, 0, false, false,
        '{}', '', at, 'finished', '[]', 20, 100, at FROM ids
), states AS (
    INSERT INTO executor_runstate (execution_id, owner_id, status, epoch, last_seq, commit_no, wakes, recoveries, running_ms,
        queued_at)
    SELECT id, %(owner)s, 'completed', 1, 42, 1, 0, 0, 100, at FROM ids
), told AS (
    INSERT INTO executor_eventbatch (execution_id, last_seq, events) SELECT id, 42, ('["' || repeat('x', 700) || '"]')::bytea FROM ids
)
INSERT INTO executor_noderun (id, execution_id, node_id, path, label, kind, status, effect, attempt, max_attempts, attempts,
    input_counts, outputs, output_counts, active_handles, pinned, reused, warnings, logs, started_at, finished_at)
SELECT gen_random_uuid(), id, 'n' || n, '', 'Node ' || n, 'set', 'completed', 'pure', 1, 1, '[]', '{"main": 1}',
    ('{"main": [{"json": {"a": "' || repeat(md5(n::text), 7) || '"}}]}')::bytea, '{"main": 1}', '["main"]', false, false, '[]', '[]', at, at
FROM ids, generate_series(1, 20) n
"""


async def rate(bench: Bench, prepared: tuple[str, str, int]) -> float:
    """Return node runs per second of short runs, 200 at a time."""
    begin = time.perf_counter()
    ids = await sync_to_async(queue)(prepared, RUNS)
    bench.engine.look_for_work()
    await until(ids, "completed")
    return RUNS * (NODES + 1) / (time.perf_counter() - begin)


def timed_ms(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def fill(runs: int, owner: str) -> None:
    with connection.cursor() as cursor:
        for part in range(runs // 20_000):
            cursor.execute(FILL, {"runs": 20_000, "owner": owner})
            sys.stdout.write(f"\r{(part + 1) * 20_000 * 20:,} rows")
            sys.stdout.flush()
        cursor.execute("VACUUM ANALYZE")
    sys.stdout.write("\n")


async def measure(runs: int) -> dict[str, float]:
    owner = "00000000-0000-0000-0000-0000000000aa"
    found: dict[str, float] = {}
    async with Bench(settings.REDIS_URL) as bench:
        prepared = await sync_to_async(bench.prepare)(set_chain(NODES))
        await rate(bench, prepared)
        found["empty_node_runs_per_s"] = statistics.median([await rate(bench, prepared) for _ in range(5)])
        await sync_to_async(fill)(runs, owner)
        await rate(bench, prepared)
        found["full_node_runs_per_s"] = statistics.median([await rate(bench, prepared) for _ in range(5)])

        def reading() -> float:
            ids = list(Execution.objects.filter(owner_id=owner).order_by("?").values_list("pk", flat=True)[:50])
            return statistics.median(timed_ms(partial(list, NodeRun.objects.filter(execution_id=one))) for one in ids)

        found["read_a_run_ms"] = await sync_to_async(reading)()
        found["list_page_ms"] = await sync_to_async(timed_ms)(
            lambda: list(Execution.objects.filter(owner_id=owner).order_by("-created_at")[:25])
        )
        settings.KEEP_RUNS_DAYS = 27  # a tenth of them
        pruned = asyncio.create_task(sync_to_async(timed_prune, thread_sensitive=False)())
        found["full_while_pruning_per_s"] = await rate(bench, prepared)
        count, seconds = await pruned
        found |= {"pruned_node_runs": count * 20, "pruned_node_runs_per_s": count * 20 / seconds}
    return found


def timed_prune() -> tuple[int, float]:
    begin = time.perf_counter()
    try:
        return pruning.prune(now=timezone.now()), time.perf_counter() - begin
    finally:
        connection.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200_000)
    asked = parser.parse_args()
    call_command("migrate", interactive=False, verbosity=0)
    try:
        figures = uvloop.run(measure(asked.runs))
        for name, value in figures.items():
            sys.stdout.write(f"{name:28} {value:,.1f}\n")
        ratio = figures["full_node_runs_per_s"] / figures["empty_node_runs_per_s"]
        sys.stdout.write(f"{'full ÷ empty':28} {ratio:.2f}\n")
    finally:
        connection.close()
        embedded.stop(settings.DATA_DIR)
