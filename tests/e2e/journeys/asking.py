"""What journeys ask of a stack: workflows made, started and deployed."""

from __future__ import annotations

import time
from typing import Any

import httpx

from tests.builders import edge, node

BASE = "/api/orchestrator"


def make(client: httpx.Client, document: dict[str, Any], name: str = "Test") -> str:
    body = {"name": f"{name} {time.monotonic_ns()}", **document}
    return str(client.post(f"{BASE}/workflows/", json=body).raise_for_status().json()["id"])


def execute(client: httpx.Client, workflow: str, value: Any = None, **fields: Any) -> dict[str, Any]:
    body = {"input": {} if value is None else value, "wait_s": 30, **fields}
    return dict(client.post(f"{BASE}/workflows/{workflow}/execute/", json=body).raise_for_status().json())


def deploy(client: httpx.Client, workflow: str) -> str:
    """Deploy and return the first webhook's URL."""
    reply = client.post(f"{BASE}/workflows/{workflow}/deploy/", json={})
    reply.raise_for_status()
    return next(str(trigger["url"]) for trigger in reply.json()["triggers"] if trigger["url"])


def hook(path: str, *nodes: dict[str, Any], slot: str | None = None, **params: Any) -> dict[str, Any]:
    credentials = {"auth": slot} if slot else {}
    trigger = node(
        "hook", "webhook_trigger", {"path": path, "response_mode": "last_node", **params}, credentials=credentials
    )
    ids = ["hook", *(entry["id"] for entry in nodes)]
    return {"nodes": [trigger, *nodes], "edges": [edge(one, two) for one, two in zip(ids, ids[1:], strict=False)]}
