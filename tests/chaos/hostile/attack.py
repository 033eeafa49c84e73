"""What the kinds of hostile work share: a user's key, strangers' connections, a server of his own, and what came of it."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg

BASE = "/api/orchestrator"
STRANGER = "127.0.0.2"  # strangers come from another address than the users do


@dataclass
class Attack:
    """One hostile user at work. `scale` is 1 in the long form and less in the short one."""

    base_url: str
    key: str
    user_id: str
    database_url: str
    scale: float
    server_url: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    started: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # kind → executions
    answers: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _workflows: dict[str, str] = field(default_factory=dict)
    _making: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        pools = httpx.Limits(max_connections=100)
        self.client = httpx.Client(
            base_url=self.base_url, headers={"X-API-Key": self.key}, timeout=20, limits=pools, trust_env=False
        )
        self.stranger = httpx.Client(
            base_url=self.base_url, timeout=20, transport=httpx.HTTPTransport(local_address=STRANGER, limits=pools)
        )

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.base_url)
        return str(parts.hostname), int(parts.port or 80)

    def note(self, kind: str, what: object) -> None:
        self.answers[kind][str(what)] += 1

    def post(self, kind: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Call the API as the hostile user, and note how it answered."""
        content = {"json": body} if body is not None else {}
        reply = self.client.post(path, **content, **more)
        self.note(kind, reply.status_code)
        return reply

    def workflow(self, name: str, document: dict[str, Any], *, deployed: bool = False) -> str | None:
        """Make a workflow of this name, once; None where it is refused."""
        with self._making:
            if name not in self._workflows:
                self._workflows[name] = self._make(name, document, deployed=deployed)
            return self._workflows[name] or None

    def _make(self, name: str, document: dict[str, Any], *, deployed: bool) -> str:
        reply = self.client.post(f"{BASE}/workflows/", json={"name": name, **document})
        made = str(reply.json()["id"]) if reply.status_code == 201 else ""
        if made and deployed:
            reply = self.client.post(f"{BASE}/workflows/{made}/deploy/", json={})
        if reply.status_code not in (200, 201):
            self.note(name, f"{reply.status_code} {reply.json().get('code')}")
            return ""
        return made

    def run(self, kind: str, document: dict[str, Any], value: Any = None, **more: Any) -> str | None:
        """Start a run of a workflow that is named after its kind; returns its id."""
        workflow_id = self.workflow(kind, document)
        if workflow_id is None:
            return None
        path = f"{BASE}/workflows/{workflow_id}/execute/"
        return self._noted(kind, self.post(kind, path, {"input": value or {}, **more}))

    def run_raw(self, kind: str, document: dict[str, Any], content: str) -> str | None:
        """The same with a body that is sent as it is."""
        workflow_id = self.workflow(kind, document)
        if workflow_id is None:
            return None
        path = f"{BASE}/workflows/{workflow_id}/execute/"
        headers = {"content-type": "application/json"}
        return self._noted(kind, self.post(kind, path, content=content.encode(), headers=headers))

    def _noted(self, kind: str, reply: httpx.Response) -> str | None:
        if reply.status_code not in (200, 202):
            return None
        execution_id = str(reply.json()["id"])
        self.started[kind].add(execution_id)
        return execution_id

    def sql(self, statement: str, *parameters: object) -> None:
        """Move a run's own times back, as if so much had gone by."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statement.encode(), parameters)


@dataclass(frozen=True)
class Kind:
    """A kind of hostile work: `act` is done again and again, with a pause between, until it is over."""

    name: str
    act: Callable[[Attack, str], None]
    pause_s: float = 2.0
    threads: int = 1
    is_long: bool = False  # only in the long form
