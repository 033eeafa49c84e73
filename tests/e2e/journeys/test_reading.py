"""A large run is read over and over by those who follow it, and the web process stays as it is."""

from __future__ import annotations

import time

import psutil

from tests.builders import chain, node, set_node
from tests.conftest import Stack

ITEMS = 50_000
CODE = f"return [{{'json': {{'n': at, 'name': f'Customer {{at}}', 'city': 'Oslo'}}}} for at in range({ITEMS})]"
MOST_GROWTH = 120 * 2**20  # a call that built the run once would take a hundred and more, and ten of them far over


def test_reading_a_large_run_over_and_over_does_not_let_web_grow(stack: Stack) -> None:
    client = stack.client(tier="enterprise")
    document = chain(node("many", "code", {"code": CODE}), set_node("each", x=1), timeout_s=120)
    made = client.post("/api/orchestrator/workflows/", json={"name": "Large", **document}).raise_for_status().json()
    started = client.post(f"/api/orchestrator/workflows/{made['id']}/execute/", json={"wait_s": 60}).json()
    url = f"/api/orchestrator/executions/{started['id']}/"
    end = time.monotonic() + 90
    while client.get(f"{url}status/").json()["status"] not in ("completed", "failed"):
        assert time.monotonic() < end
        time.sleep(0.2)
    rows = {row["node_id"]: row for row in client.get(url).raise_for_status().json()["node_runs"]}
    assert rows["many"]["item_counts"] == rows["each"]["item_counts"] == {"main": ITEMS}, rows
    pages = [
        url, f"{url}node-runs/", f"{url}node-runs/{rows['each']['id']}/",
        f"{url}node-runs/{rows['each']['id']}/items/?page=400&page_size=100",
        f"{url}node-runs/{rows['each']['id']}/items/?side=inputs&page=3&page_size=100",
        f"/api/streaming/executions/{started['id']}/events/",
    ]  # fmt: skip
    web = psutil.Process(stack.child("web").process.pid)
    before = most = web.memory_info().rss
    for _ in range(10):
        for page in pages:
            client.get(page).raise_for_status()
            most = max(most, web.memory_info().rss)
    assert most - before < MOST_GROWTH, (before, most)
