"""What an ordinary user keeps of his throughput beside a hostile one."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from bench.engine import edge, node
from bench.stack import Caller, webhook_document

CALLERS = 4
PAUSE_S = 0.1  # of each caller, after each answer
SPAN_S = 8.0
AT_WORK = 24  # runs that the hostile user keeps at work
PAGE = f"<div>{'<p>x</p>' * 3000}</div>"


def hostile_documents() -> list[tuple[dict[str, Any], Any]]:
    """Return workflows with their inputs, each of which asks for much more than its size says."""

    def one(name: str, kind: str, **params: Any) -> dict[str, Any]:
        nodes = [node("start", "manual_trigger"), node("x", kind, **params)]
        nodes[1]["data"]["settings"] = {"timeout_s": 10}
        return {"name": name, "nodes": nodes, "edges": [edge("start", "x")]}

    selector = {"extraction_values": [{"key": "x", "css_selector": "p ~ p ~ p ~ p ~ p"}]}
    split = node("s", "split_out", field_to_split_out="list")
    pairs = one("pairs", "merge", mode="combine_by_field", field="k")
    pairs["nodes"].append(split)
    pairs["edges"] = [
        edge("start", "s"),
        edge("s", "x", into="input_1"),
        {**edge("s", "x", into="input_2"), "id": "second"},
    ]
    return [
        (one("selector", "html_extract", **selector), {"data": PAGE}),
        (pairs, {"list": [{"k": 1}] * 2000}),
        (one("names", "csv"), {"data": ",".join(["a"] * 2000) + "\n1"}),
        (one("rows", "split_out", field_to_split_out="l", include="all_other_fields"),
         {"l": [0] * 40_000, **{f"k{at}": at for at in range(400)}}),
        (one("endless", "code", code="while True:\n    pass", limit_s=10), {}),
        (one("memory", "code", code="x = []\nwhile True:\n    x.append('y' * 1000000)", memory_mb=512), {}),
    ]  # fmt: skip


def throughput(url: str) -> float:
    """Return the runs a second of callers who pause between their calls."""
    end = time.perf_counter() + SPAN_S

    def work(_: int) -> int:
        own, count = Caller(url), 0
        while time.perf_counter() < end:
            own.call()
            count += 1
            time.sleep(PAUSE_S)
        return count

    with ThreadPoolExecutor(CALLERS) as pool:
        return sum(pool.map(work, range(CALLERS))) / SPAN_S


def neighbour_share(base_url: str, key: str, hostile_key: str) -> dict[str, float]:
    """Measure a user alone, then beside another who keeps many bad runs at work."""
    with httpx.Client(base_url=base_url, headers={"X-API-Key": key}, timeout=60) as client:
        made = client.post("/api/orchestrator/workflows/", json={**webhook_document("neighbour"), "name": "quiet"})
        workflow_id = made.raise_for_status().json()["id"]
        deployed = client.post(f"/api/orchestrator/workflows/{workflow_id}/deploy/", json={}).raise_for_status()
    url = deployed.json()["triggers"][0]["url"]
    throughput(url)
    alone = throughput(url)
    over = threading.Event()
    with httpx.Client(base_url=base_url, headers={"X-API-Key": hostile_key}, timeout=60) as client:
        worker = threading.Thread(target=_keep_at_work, args=(client, over))
        worker.start()
        time.sleep(3)
        beside = throughput(url)
        over.set()
        worker.join()
    return {"neighbour_share": beside / alone, "neighbour_runs_per_s": beside}


def _keep_at_work(client: httpx.Client, over: threading.Event) -> None:
    """Start bad runs, so that there are always so many; stop what is left at the end."""
    paths = []
    for document, value in hostile_documents():
        made = client.post("/api/orchestrator/workflows/", json=document).raise_for_status().json()
        paths.append((f"/api/orchestrator/workflows/{made['id']}/execute/", value))
    alive = "/api/orchestrator/executions/?status=pending,running&page_size=100"
    for path, value in itertools.cycle(paths):
        if over.is_set():
            break
        if client.get(alive).json()["count"] < AT_WORK:
            client.post(path, json={"input": value}).raise_for_status()
        else:
            over.wait(0.2)
    while left := client.get(alive).json()["results"]:
        for run in left:
            client.post(f"/api/orchestrator/executions/{run['id']}/stop/", json={})
        time.sleep(0.2)
