"""The demo: a user, a key, the example workflows, and an order export that runs through one of them, shown live."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from core.accounts import people
from core.accounts.authentication import ApiKeyInvalid, find_key
from core.models import ApiKey, User
from orchestrator.models import Workflow

EMAIL = "demo@heddle.local"
SMALL, ORDERS = "welcome", "orders_report"
MARKS = {
    "running": "[yellow]● running[/]",
    "completed": "[green]✓ done[/]",
    "failed": "[red]✗ failed[/]",
    "skipped": "[dim]– skipped[/]",
}


@dataclass(frozen=True, slots=True)
class Demo:
    """What a client needs to try the demo."""

    base_url: str
    email: str
    password: str
    api_key: str
    workflow_id: str


def prepare(base_url: str, checkout: Path, data_folder: Path) -> Demo:
    """Make the demo user, a fresh key and the example workflows; write `demo.json` into the data folder."""
    target = data_folder / "demo.json"
    password = _password_of(target)
    user = User.objects.filter(email=EMAIL).first()
    if user is None:
        user = people.register(
            email=EMAIL,
            password=password,
            name="Demo",
            is_staff=True,
            is_superuser=True,
            tier=User.Tier.ENTERPRISE,
            credits=1_000_000,
        )
    elif not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    key = _key_of(target, user)
    if key is None:
        ApiKey.objects.filter(user=user, name="demo").delete()
        _, key = people.create_key(user=user, name="demo")
    with httpx.Client(base_url=base_url, headers={"X-API-Key": key}, timeout=30) as client:
        ids = {
            name: _workflow(client, user, checkout / "examples" / f"{name}.json") for name in example_names(checkout)
        }
    demo = Demo(base_url, EMAIL, password, key, ids[SMALL])
    _write_private(target, {name: getattr(demo, name) for name in Demo.__slots__})
    return demo


def example_names(checkout: Path) -> list[str]:
    return sorted(path.stem for path in (checkout / "examples").glob("*.json"))


def _password_of(target: Path) -> str:
    try:
        return str(json.loads(target.read_text())["password"])
    except (OSError, ValueError, KeyError):
        return secrets.token_urlsafe(12)


def _key_of(target: Path, user: User) -> str | None:
    """Return the key of an earlier start while it is good: what uses it goes on."""
    try:
        text = str(json.loads(target.read_text())["api_key"])
        return text if find_key(text).user_id == user.pk else None
    except (OSError, ValueError, KeyError, ApiKeyInvalid):
        return None


def _write_private(path: Path, value: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        json.dump(value, file, indent=1)
    Path(draft).replace(path)


def _workflow(client: httpx.Client, user: User, path: Path) -> str:
    """Return the id of an example's workflow, made the first time."""
    document = json.loads(path.read_text())
    known = Workflow.objects.filter(owner_id=user.pk, name=document["name"], is_deleted=False).first()
    if known is not None:
        return str(known.pk)
    reply = client.post(
        "/api/orchestrator/workflows/", json={key: document[key] for key in document if key != "heddle"}
    )
    reply.raise_for_status()
    return str(reply.json()["id"])


@dataclass(slots=True)
class Progress:
    """What the live table shows: a line per node, in the order in which they began."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    done: int = 0
    total: int = 1

    def take(self, event: dict[str, Any]) -> None:
        data, node_id = event["data"], event["node_id"]
        if event["type"] == "progress":
            self.done, self.total = data["done"], data["total"]
        elif event["type"] == "node.started":
            self.nodes[node_id] = {"label": data["label"], "in": sum(data["items_in"].values()), "status": "running"}
        elif event["type"] in ("node.completed", "node.failed", "node.skipped") and node_id:
            line = self.nodes.setdefault(node_id, {"label": data.get("label", node_id), "in": 0})
            line["status"] = event["type"].removeprefix("node.")
            line["out"] = data.get("items_out", {})
            line["ms"] = data.get("duration_ms")

    def shown(self) -> Group:
        table = Table(title="Order export to customer report", title_justify="left", expand=False)
        for name, justify in (
            ("node", "left"),
            ("items in", "right"),
            ("items out", "left"),
            ("ms", "right"),
            ("", "left"),
        ):
            table.add_column(name, justify="right" if justify == "right" else "left", no_wrap=True)
        for line in self.nodes.values():
            out = "  ".join(f"{name} {count}" for name, count in line.get("out", {}).items())
            milliseconds = "" if line.get("ms") is None else str(line["ms"])
            table.add_row(line["label"], str(line["in"]), out, milliseconds, MARKS.get(line["status"], line["status"]))
        return Group(table, ProgressBar(total=self.total, completed=self.done, width=40))


def show(demo: Demo, checkout: Path, directory_url: str, console: Console) -> bool:
    """Run the order export and show it; returns whether it went well."""
    orders = (checkout / "examples" / "orders.csv").read_bytes()
    with httpx.Client(base_url=demo.base_url, headers={"X-API-Key": demo.api_key}, timeout=90) as client:
        workflow = _by_name(client, json.loads((checkout / "examples" / f"{ORDERS}.json").read_text())["name"])
        url = (
            client.post(f"/api/orchestrator/workflows/{workflow}/deploy/", json={})
            .raise_for_status()
            .json()["triggers"][0]["url"]
        )
        replies: list[httpx.Response] = []
        failures: list[Exception] = []
        before = _newest(client, workflow)
        console.print(f"POST {len(orders) // 1024} KiB of orders to {url}")

        def call() -> None:
            try:
                replies.append(
                    httpx.post(
                        url,
                        content=orders,
                        headers={"Content-Type": "text/csv"},
                        params={"directory": directory_url},
                        timeout=90,
                    )
                )
            except httpx.HTTPError as exc:
                failures.append(exc)

        caller = threading.Thread(target=call, name="demo call", daemon=True)
        caller.start()
        execution = _wait_for_newer(client, workflow, before, caller)
        if execution is not None:
            _follow(client, execution, console)
        caller.join()
    return _report(replies, failures, console)


def _by_name(client: httpx.Client, name: str) -> str:
    found = client.get("/api/orchestrator/workflows/", params={"search": name}).raise_for_status().json()
    return str(found["results"][0]["id"])


def _newest(client: httpx.Client, workflow: str) -> str | None:
    found = client.get(
        "/api/orchestrator/executions/", params={"workflow_id": workflow, "page_size": 1}
    ).raise_for_status()
    results = found.json()["results"]
    return str(results[0]["id"]) if results else None


def _wait_for_newer(client: httpx.Client, workflow: str, before: str | None, caller: threading.Thread) -> str | None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        newest = _newest(client, workflow)
        if newest != before:
            return newest
        if not caller.is_alive():
            return None
        time.sleep(0.05)
    return None


def _follow(client: httpx.Client, execution: str, console: Console) -> None:
    progress = Progress()
    with (
        client.stream("GET", f"/api/streaming/executions/{execution}/stream/") as stream,
        Live(progress.shown(), console=console, refresh_per_second=12) as live,
    ):
        for event in _events(stream):
            progress.take(event)
            live.update(progress.shown())


def _events(stream: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in stream.iter_lines():
        if line.startswith("data: "):
            yield json.loads(line[6:])


def _report(replies: list[httpx.Response], failures: list[Exception], console: Console) -> bool:
    if failures or not replies or replies[0].status_code != 200:
        reason = failures[0] if failures else (replies[0].text[:500] if replies else "no answer")
        console.print(f"[red]The demo failed:[/] {reason}")
        return False
    body = replies[0].json()
    customers, rejected = body.get("customers", []), body.get("rejected", [])
    console.print(
        _table(
            "Revenue per customer (best ten)",
            customers[:10],
            ("customer_id", "name", "country", "orders", "items", "revenue"),
        )
    )
    console.print(
        _table(
            "Rejected rows (first five)", rejected[:5], ("order_id", "customer_id", "quantity", "unit_price", "reason")
        )
    )
    orders = sum(customer["orders"] for customer in customers)
    console.print(f"{orders} orders of {len(customers)} customers, {len(rejected)} rows rejected")
    return bool(customers) and bool(rejected)


def _table(title: str, rows: list[dict[str, Any]], names: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in names:
        numeric = bool(rows) and isinstance(rows[0].get(name), (int, float))
        table.add_column(
            name.replace("_", " "), justify="right" if numeric else "left", overflow="ellipsis", max_width=60
        )
    for row in rows:
        table.add_row(*(f"{row.get(name):,.2f}" if name == "revenue" else str(row.get(name) or "") for name in names))
    return table
