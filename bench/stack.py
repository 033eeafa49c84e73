"""The whole stack over HTTP, against no-op Celery tasks in the same run."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import redis
from celery import Celery

CLIENTS = 10
RUNS = 800


def noop_tasks(redis_url: str, count: int = 3000) -> dict[str, float]:
    """Measure no-op tasks per second through the workers, and one's round trip, by a counter in Redis."""
    app = Celery("bench", broker=redis_url)
    with redis.Redis.from_url(redis_url) as store:

        def done() -> int:
            return int(store.get("bench:noop") or 0)

        def send() -> None:
            app.send_task("bench.noop", queue="default", ignore_result=True)

        store.delete("bench:noop")
        for _ in range(50):
            send()
        _wait_until(lambda: done() >= 50)
        trips = []
        for at in range(60):
            begin = time.perf_counter()
            send()
            while done() < 51 + at:
                time.sleep(0.0002)
            trips.append((time.perf_counter() - begin) * 1000)
        store.delete("bench:noop")
        begin = time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: send(), range(count)))
        _wait_until(lambda: done() >= count)
        seconds = time.perf_counter() - begin
    app.close()
    return {"celery_noop_per_s": count / seconds, "celery_roundtrip_ms": statistics.median(trips)}


def _wait_until(is_so: Any, limit_s: float = 60) -> None:
    end = time.monotonic() + limit_s
    while not is_so() and time.monotonic() < end:
        time.sleep(0.002)


def webhook_document(path: str = "bench") -> dict[str, Any]:
    nodes: list[dict[str, Any]] = [
        {
            "id": "hook",
            "type": "webhook_trigger",
            "data": {"label": "hook", "params": {"path": path, "response_mode": "last_node"}},
        }
    ]
    for at in range(10):
        params = {"assignments": [{"name": f"x{at}", "value": "{{ $json.body.n }}"}]}
        nodes.append({"id": f"s{at}", "type": "set", "data": {"label": f"s{at}", "params": params}})
    edges = [
        {"id": f"e{at}", "source": one["id"], "target": two["id"]}
        for at, (one, two) in enumerate(zip(nodes, nodes[1:], strict=False))
    ]
    return {"name": "bench", "nodes": nodes, "edges": edges}


class Caller:
    """One connection to the webhook. `http.client`, since a richer client would take as long as the run it measures."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._path = parts.path
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def call(self) -> None:
        self._connection.request("POST", self._path, b'{"n": 1}', {"content-type": "application/json"})
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"the webhook answered {response.status}: {body[:200]!r}")


def over_http(base_url: str, key: str) -> dict[str, float]:
    with httpx.Client(base_url=base_url, headers={"X-API-Key": key}, timeout=60) as client:
        made = client.post("/api/orchestrator/workflows/", json=webhook_document()).raise_for_status().json()
        deployed = client.post(f"/api/orchestrator/workflows/{made['id']}/deploy/", json={}).raise_for_status().json()
    url = deployed["triggers"][0]["url"]
    caller = Caller(url)
    for _ in range(200):
        caller.call()
    times = []
    for _ in range(150):
        begin = time.perf_counter()
        caller.call()
        times.append((time.perf_counter() - begin) * 1000)

    def work(count: int) -> None:
        own = Caller(url)
        for _ in range(count):
            own.call()

    begin = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(work, [RUNS // CLIENTS] * CLIENTS))
    return {"http_runs_per_s": RUNS / (time.perf_counter() - begin), "http_p50_ms": statistics.median(times)}


def idle_memory(pid: int, base_url: str) -> dict[str, float]:
    """Add up a worker and its children, once its jail was tried: before that it is not idle."""
    end = time.monotonic() + 30
    with httpx.Client(base_url=base_url) as client:
        while client.get("/api/health/").json()["components"]["sandbox"]["status"] != "ok" and time.monotonic() < end:
            time.sleep(0.2)
    time.sleep(3)  # so much later both workers have told of theirs
    process = psutil.Process(pid)
    total = process.memory_info().rss + sum(child.memory_info().rss for child in process.children(recursive=True))
    return {"worker_idle_mb": total / 2**20}


def recovery(base_url: str, key: str, supervisor: Any) -> dict[str, float]:
    """Kill the worker that runs something; measure until another one goes on with it."""
    nodes = [
        {"id": "start", "type": "manual_trigger", "data": {"label": "start"}},
        {"id": "w", "type": "wait", "data": {"label": "w", "params": {"seconds": 4}}},
    ]
    document = {"name": "recovery", "nodes": nodes, "edges": [{"id": "e", "source": "start", "target": "w"}]}
    with httpx.Client(base_url=base_url, headers={"X-API-Key": key}, timeout=60) as client:
        workflow = client.post("/api/orchestrator/workflows/", json=document).raise_for_status().json()["id"]
        path = f"/api/orchestrator/workflows/{workflow}/execute/"
        started = client.post(path, json={}).raise_for_status().json()["id"]
        run = f"/api/orchestrator/executions/{started}/"
        while client.get(f"{run}status/").json()["status"] != "running":
            time.sleep(0.02)
        begin = time.perf_counter()
        for child in supervisor.children:
            if child.name.startswith("worker") and child.process is not None:
                child.process.kill()
        while client.get(run).json()["recoveries"] == 0 or client.get(f"{run}status/").json()["status"] == "pending":
            time.sleep(0.05)
            if time.perf_counter() - begin > 60:
                break
        return {"recovery_s": time.perf_counter() - begin}
