"""`make bench`: measure everything, print a table, write bench/results/latest.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import secrets
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_backend.settings")
# Servers of its own, empty: runs that an earlier measurement left would be worked on beside this one.
OWN_FOLDER = None if "HEDDLE_DATA_DIR" in os.environ else tempfile.mkdtemp(prefix="heddle-bench-", dir="/var/tmp")
os.environ.setdefault("HEDDLE_DATA_DIR", OWN_FOLDER or "")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
os.environ["HEDDLE_RATE_LIMITS"] = "off"

import django
import uvloop

django.setup()

from django.conf import settings
from django.core.management import call_command
from rich.console import Console
from rich.table import Table

from bench import agents, compute, engine, frontend, jail, knowledge, mcp, neighbours, outbox, stack, steps, waiting
from core.accounts import people
from workflow_backend import embedded
from workflow_backend.supervisor.ports import choose_port
from workflow_backend.supervisor.processes import Supervisor
from workflow_backend.supervisor.stack import start_stack, wait_until_ready

# key: (bound, whether smaller is better)
WANTED: dict[str, tuple[float, bool]] = {
    "engine_chain_ratio": (1.5, True),
    "http_vs_celery": (0.13, False),
    "http_vs_roundtrip": (8, True),
    "fanout_ratio": (1.15, True),
    "makespan_median": (1.08, True),
    "makespan_worst": (1.15, True),
    "compile_ratio": (3, True),
    "journal_bytes_ratio": (2.2, True),
    "step_cost_ratio": (2, True),
    "emit_to_sse_ms": (50, True),
    "expression_path_us": (1.5, True),
    "worker_idle_mb": (180, True),
    "recovery_s": (15, True),
    "fair_wait_p95_s": (2, True),
    "neighbour_share": (0.7, False),
    "compute_call_ms": (4, True),
    "sandbox_call_p50_ms": (3, True),
    "sandbox_1000_items_ms": (10, True),
    "sandbox_calls_per_s": (500, False),
    "sandbox_parent_mb": (25, True),
    "outbox_per_s": (300, False),
    "agent_overhead_ms": (8, True),
    "agent_vs_langgraph": (1.5, True),
    "streams_100_lag_p99_ms": (100, True),
    "tokens_to_sse_ms": (60, True),
    "mcp_call_ms": (5, True),
    "rag_hit5": (0.9, False),
    "query_p50_ms": (40, True),
    "frontend_first_screen_js_kb": (200, True),
    "frontend_first_screen_css_kb": (25, True),
    "frontend_editor_route_js_kb": (140, True),
    "frontend_markdown_js_kb": (30, True),
    "frontend_painted_ms": (1000, True),
    "frontend_drag_fps": (50, False),
    "frontend_drag_p95_ms": (34, True),
    "frontend_pan_fps": (50, False),
    "frontend_key_ms": (50, True),
    "frontend_flood_task_ms": (200, True),
    "frontend_large_output_ms": (500, True),
}


async def engine_figures() -> dict[str, float]:
    async with engine.Bench(settings.REDIS_URL) as bench:
        found = await engine.chain_ratio(bench)
        found |= await engine.fanout(bench)
        found |= await engine.makespans(bench)
        found |= await engine.journal_bytes(bench)
        found |= await steps.step_cost(bench)
        found |= await steps.emit_to_reader(bench)
        found |= await waiting.fairness(bench)
        found |= await waiting.mapped(bench)
        found |= await waiting.waiting_runs(bench)
    return found


def _key() -> str:
    """Return the key of a new user."""
    email = f"bench-{secrets.token_hex(4)}@example.org"
    user = people.register(email=email, password=secrets.token_urlsafe(16), tier="enterprise")
    return people.create_key(user=user, name="bench")[1]


def stack_figures() -> dict[str, float]:
    key, hostile_key = _key(), _key()
    receiver = outbox.Receiver()
    environment = {"HEDDLE_BENCH": "1", "HTTP_ALLOWED_PRIVATE_HOSTS": receiver.address}
    supervisor = Supervisor(str(ROOT), environment, quiet=True)
    port = choose_port(None)
    base_url = f"http://127.0.0.1:{port}"
    try:
        start_stack(supervisor, port)
        wait_until_ready(supervisor, base_url)
        threading.Thread(target=supervisor.watch, daemon=True).start()
        worker = next(child for child in supervisor.children if child.name == "worker-1").process
        found = stack.idle_memory(worker.pid, base_url) if worker else {}
        found |= stack.noop_tasks(settings.REDIS_URL)
        found |= stack.over_http(base_url, key)
        found |= outbox.throughput(base_url, receiver)
        found |= neighbours.neighbour_share(base_url, key, hostile_key)
        found |= frontend.speed(base_url)
        found |= stack.recovery(base_url, key, supervisor)
    finally:
        supervisor.stop()
    found["http_vs_celery"] = found["http_runs_per_s"] / found["celery_noop_per_s"]
    found["http_vs_roundtrip"] = found["http_p50_ms"] / found["celery_roundtrip_ms"]
    return found


PARTS: dict[str, Callable[[], dict[str, float]]] = {
    "expressions": engine.expression_path,
    "compiler": engine.compile_ratio,
    "compute": lambda: uvloop.run(compute.figures()),
    "jail": lambda: uvloop.run(jail.figures()),
    "knowledge": knowledge.figures,
    "bundle": frontend.sizes,
    "mcp": mcp.figures,
    "agents": lambda: uvloop.run(agents.figures()),
    "stack": stack_figures,
    "engine": lambda: uvloop.run(engine_figures()),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure; all where none is named")
    wanted = parser.parse_args().parts or list(PARTS)
    console = Console(width=100)
    found: dict[str, float] = {}
    call_command("migrate", interactive=False, verbosity=0)
    if {"bundle", "stack"} & set(wanted):
        frontend.build()
    try:
        for title in wanted:
            with console.status(f"measuring: {title}"):
                found |= PARTS[title]()
            console.print(f"measured: {title}")
            if wanted == list(PARTS):
                _write(found)
    finally:
        if settings.EMBEDDED:
            embedded.stop(settings.DATA_DIR)
        if OWN_FOLDER is not None:
            shutil.rmtree(OWN_FOLDER, ignore_errors=True)
    console.print(_table(found))
    return 0


def _write(found: dict[str, float]) -> None:
    target = ROOT / "bench" / "results" / "latest.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    about: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    rounded = {key: round(value, 3) for key, value in found.items()}
    target.write_text(json.dumps({**rounded, "about": about}, indent=1) + "\n")


def _table(found: dict[str, float]) -> Table:
    table = Table(title="Heddle's measures", title_justify="left")
    for name in ("key", "measured", "wanted", ""):
        table.add_column(name, justify="right" if name in ("measured", "wanted") else "left")
    for key in [*(key for key in WANTED if key in found), *(key for key in found if key not in WANTED)]:
        bound = WANTED.get(key)
        wanted = f"{'≤' if bound[1] else '≥'} {bound[0]:g}" if bound else ""
        met = "" if not bound else ("yes" if (found[key] <= bound[0]) == bound[1] or found[key] == bound[0] else "no")
        table.add_row(key, f"{found[key]:.3f}", wanted, met)
    return table


if __name__ == "__main__":
    sys.exit(main())
