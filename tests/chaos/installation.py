"""An installation of its own: servers, processes and a data folder, thrown away at the end.

Import it in programs only, before anything of Django: it sets the environment of this process and of its children.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import UUID

DATA = Path(tempfile.mkdtemp(prefix="heddle-chaos-", dir="/var/tmp"))
os.chmod(DATA, 0o755)
os.environ["HEDDLE_DATA_DIR"] = str(DATA)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_backend.settings")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
os.environ["HEDDLE_RATE_LIMITS"] = "off"
os.environ["HTTP_ALLOWED_PRIVATE_HOSTS"] = "127.0.0.1"

import django

django.setup()

import httpx
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from core.accounts import people
from workflow_backend import embedded
from workflow_backend.supervisor.ports import choose_port
from workflow_backend.supervisor.processes import Supervisor
from workflow_backend.supervisor.stack import ServerKeeper, start_stack, wait_until_ready

ROOT = Path(__file__).resolve().parents[2]
BASE = "/api/orchestrator"
PATIENCE_S = 240


@dataclass(frozen=True)
class Account:
    """A user of the installation, by his API key."""

    base_url: str
    user_id: UUID
    key: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Call the API until it answers: it may just be starting again. Raises: RuntimeError after minutes."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                reply = httpx.request(
                    method, self.base_url + path, json=body, headers={"X-API-Key": self.key, **headers}, timeout=10
                )
                if reply.status_code < 500:
                    return reply
            except httpx.HTTPError:
                pass
            if time.monotonic() > end:
                raise RuntimeError(f"{method} {path} was not answered for minutes")
            time.sleep(0.2)

    def make(self, name: str, document: dict[str, Any]) -> str:
        """Make a workflow and return its id."""
        reply = self.call("POST", f"{BASE}/workflows/", {"name": name, **document})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    def make_table(self, document: dict[str, Any]) -> None:
        """Make a data table."""
        reply = self.call("POST", "/api/data-tables/", document)
        assert reply.status_code == 201, reply.text

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return all rows of a data table, by its name."""
        tables = self.call("GET", "/api/data-tables/?page_size=100").json()["results"]
        table_id = next(table["id"] for table in tables if table["name"] == name)
        found: list[dict[str, Any]] = []
        page: str | None = f"/api/data-tables/{table_id}/rows/?page_size=100"
        while page:
            reply = self.call("GET", page).json()
            found += reply["results"]
            page = (reply.get("next") or "").removeprefix(self.base_url) or None
        return found

    def deploy(self, workflow_id: str) -> dict[str, Any]:
        """Deploy a workflow and return what the API says of it."""
        reply = self.call("POST", f"{BASE}/workflows/{workflow_id}/deploy/", {})
        assert reply.status_code == 200, reply.text
        return dict(reply.json())


class Watched(Supervisor):
    """A supervisor that counts how often each child ended by itself, and keeps all lines in a file."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        super().__init__(str(ROOT), environment)
        self.ends: Counter[str] = Counter()
        self._log = log.open("a")

    def say(self, name: str, line: str) -> None:
        if line.startswith("ended ") and "; starts again " in line:
            self.ends[name] += 1
        self._log.write(f"{name:>8} | {line}\n")
        self._log.flush()


class Installation:
    """Web, two workers, beat, PostgreSQL and Valkey, as `make run` starts them; a context manager."""

    def __init__(self, **environment: str) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        log = Path(os.environ.get("HEDDLE_CHAOS_LOG") or DATA / "processes.log")
        self.supervisor = Watched(log, environment)
        self.port = choose_port(None)
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._keeper = ServerKeeper(self.supervisor, settings.DATA_DIR)

    def account(self, name: str) -> Account:
        """Make a user with an API key."""
        user = people.register(email=f"{name}@example.org", password="a long enough password", tier="enterprise")
        return Account(self.base_url, user.pk, people.create_key(user=user, name=name)[1])

    def __enter__(self) -> Self:
        self._keeper.__enter__()
        try:
            start_stack(self.supervisor, self.port)
            wait_until_ready(self.supervisor, self.base_url)
        except BaseException:
            self.__exit__()
            raise
        threading.Thread(target=self.supervisor.watch, daemon=True).start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._keeper.__exit__(*problem)
        self.supervisor.stop()
        connection.close()
        embedded.stop(settings.DATA_DIR)
        shutil.rmtree(DATA, ignore_errors=True)

    def health(self) -> dict[str, Any]:
        """Return what health says, `{"status": "silent"}` where it says nothing."""
        try:
            return dict(httpx.get(f"{self.base_url}/api/health/", timeout=5).json())
        except (httpx.HTTPError, ValueError):
            return {"status": "silent"}

    def age_s(self, name: str) -> float:
        """Return for how long a process has lived; that of a server is not known, and long."""
        ages = {child.name: time.monotonic() - child.started for child in self.supervisor.children}
        return ages.get(name, float("inf"))

    def kill(self, name: str) -> bool:
        """Kill a process or a server without a word; returns whether there was one."""
        pids = dict(embedded.processes(settings.DATA_DIR))
        pids |= {child.name: child.process.pid for child in self.supervisor.children if child.process is not None}
        try:
            os.kill(pids[name], signal.SIGKILL)
        except (KeyError, ProcessLookupError):
            return False
        return True
