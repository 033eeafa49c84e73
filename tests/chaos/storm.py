"""`python -m tests.chaos.storm`: mixed runs while processes and servers are killed at random; then everything is checked.

It has servers, processes and a data folder of its own. Every effect goes to a counting server by its Idempotency-Key.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

DATA = Path(tempfile.mkdtemp(prefix="heddle-storm-", dir="/var/tmp"))
os.chmod(DATA, 0o755)
os.environ["HEDDLE_DATA_DIR"] = str(DATA)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_backend.settings")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
os.environ["HEDDLE_RATE_LIMITS"] = "off"

import django

django.setup()

import httpx
import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, close_old_connections, connection

from core import services as people
from executor.models import Execution, HumanTask, NodeJob
from executor.selectors import stored_events
from executor.why import reasons_of
from tests.builders import chain, edge, graph, node
from workflow_backend import embedded
from workflow_backend.supervisor.processes import Supervisor
from workflow_backend.supervisor.stack import ServerKeeper, choose_port, start_stack, wait_until_ready

ROOT = Path(__file__).resolve().parents[2]
BASE = "/api/orchestrator"
KINDS = {"chain": 2, "loop": 3, "map": 3, "approval": 1, "timer": 1, "remote": 2}  # effects of a run of each kind
SLOW_S = 0.15  # what an effect may take, so that some are cut off
OLD_LEASES = """
SELECT s.execution_id, s.status FROM executor_runstate s LEFT JOIN core_processheartbeat p ON p.id = s.worker_id
WHERE s.status = 'running' AND s.claimed_at < clock_timestamp() - interval '60 seconds'
  AND (p.id IS NULL OR p.beat_at < clock_timestamp() - interval '60 seconds')
"""


class Counting(ThreadingHTTPServer):
    """Counts effects by key; a key that comes again is no second effect."""

    def __init__(self) -> None:
        self.by_tag: dict[str, Counter[str]] = {}
        self.chance = random.Random()
        self.lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                time.sleep(server.chance.uniform(0, SLOW_S))
                with server.lock:
                    keys = server.by_tag.setdefault(self.path.strip("/"), Counter())
                    keys[self.headers.get("Idempotency-Key", "none")] += 1
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet."""

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@dataclass
class Storm:
    """One storm: what was started, what was killed."""

    chance: random.Random
    counting: Counting
    supervisor: Supervisor
    base_url: str
    key: str
    with_servers: bool
    kills: Counter[str] = field(default_factory=Counter)
    started: dict[str, tuple[str, str]] = field(default_factory=dict)  # execution id → (kind, tag)
    old_leases: set[str] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call the API until it answers: it may just be starting again."""
        end = time.monotonic() + 60
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
                raise RuntimeError(f"{method} {path} was not answered for a minute")
            time.sleep(0.2)

    # -- the workload ------------------------------------------------------------------------------------------------
    def documents(self) -> dict[str, Any]:
        def post(node_id: str) -> dict[str, Any]:
            url = f"{self.counting.url}/{{{{ $json.tag }}}}"
            retry = {"max_attempts": 5, "delay_s": 0.2, "backoff": 1}
            return node(node_id, "http_request", {"method": "POST", "url": url, "body": {}}, settings={"retry": retry})

        keep = {"assignments": [{"name": "tag", "value": "{{ $('start').first().json.tag }}"}]}
        one = self.make("one", chain(post("p")))
        looping = graph(
            [node("L", "loop", {"count": 3}), post("p"), node("z")],
            [edge("start", "L"), edge("L", "p", "loop"), edge("p", "L"), edge("L", "z", "done")],
        )
        mapping = graph(
            [
                node("s", "split_out", {"field_to_split_out": "parts"}),
                node("m", "map", {"workflow_id": one, "concurrency": 2}),
            ],
            [edge("start", "s"), edge("s", "m")],
        )
        asking = graph(
            [node("ask", "human_task", {"title": "Go?", "timeout_s": 3600}), post("p")],
            [edge("start", "ask"), edge("ask", "p", "approved")],
        )
        far = post("p")
        far["data"]["settings"] = {**far["data"]["settings"], "queue": "nodes"}
        return {
            "remote": self.make("remote", chain(far, node("k", "set", keep), post("b"))),
            "chain": self.make("chain", chain(post("a"), node("k", "set", keep), post("b"))),
            "loop": self.make("loop", looping),
            "map": self.make("map", mapping),
            "approval": self.make("approval", asking),
            "timer": self.make("timer", chain(node("w", "wait", {"seconds": 6}), post("p"))),
        }

    def make(self, name: str, document: dict[str, Any]) -> str:
        reply = self.call("POST", f"{BASE}/workflows/", {"name": name, **document})
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    def start_all(self, runs: int, seconds: float) -> None:
        workflows = self.documents()
        for number in range(runs):
            kind = self.chance.choice(list(KINDS))
            tag = f"run-{number}"
            value = {"tag": tag, "parts": [{"tag": tag}] * 3}
            reply = self.call(
                "POST", f"{BASE}/workflows/{workflows[kind]}/execute/", {"input": value}, **{"Idempotency-Key": tag}
            )
            assert reply.status_code in (200, 202), reply.text
            self.started[reply.json()["id"]] = kind, tag
            time.sleep(seconds / runs * 0.5)

    def answer(self) -> None:
        """Approve what is asked, over and over."""
        while not self.over.wait(0.5):
            for task in self.call("GET", f"{BASE}/hitl/pending/?page_size=100").json().get("results", []):
                self.call("POST", f"{BASE}/hitl/{task['id']}/respond/", {"action": "approve"})

    # -- the weather -------------------------------------------------------------------------------------------------
    def kill_until(self, end: float) -> None:
        names = ["worker-1", "worker-2", "web", "beat", *(["postgres", "valkey"] if self.with_servers else [])]
        weights = [4, 4, 2, 1, *([1, 1] if self.with_servers else [])]
        while time.monotonic() < end:
            time.sleep(self.chance.uniform(0.5, 2.5))
            name = self.chance.choices(names, weights)[0]
            if self._kill(name):
                self.kills[name] += 1

    def _kill(self, name: str) -> bool:
        try:
            if name in ("postgres", "valkey"):
                return self._kill_server(name)
            child = next(child for child in self.supervisor.children if child.name == name).process
            if child is None:
                return False
            os.kill(child.pid, signal.SIGKILL)
        except (ProcessLookupError, psutil.NoSuchProcess):
            return False
        return True

    def _kill_server(self, name: str) -> bool:
        if name == "postgres":
            pid = int((DATA / "services" / "postgres" / "postmaster.pid").read_text().split()[0])
            os.kill(pid, signal.SIGKILL)
            return True
        port = settings.REDIS_URL.rsplit(":", 1)[1].split("/")[0]
        for process in psutil.process_iter(["name", "cmdline"]):
            if "valkey" in (process.info["name"] or "") and any(port in part for part in process.info["cmdline"] or []):
                process.kill()
                return True
        return False

    # -- the judgement -----------------------------------------------------------------------------------------------
    def watch_leases(self) -> None:
        """Look for runs that stand in the name of somebody who has been silent for a minute."""
        while not self.over.wait(2):
            try:
                close_old_connections()
                with connection.cursor() as cursor:
                    cursor.execute(OLD_LEASES)
                    self.old_leases.update(str(row[0]) for row in cursor.fetchall())
            except DatabaseError:
                continue  # it is being started again
        connection.close()

    def wait_for_all(self, limit_s: float) -> None:
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            close_old_connections()
            alive = Execution.objects.filter(pk__in=self.started, finished_at=None).count()
            if not alive:
                return
            time.sleep(0.5)

    def problems(self) -> list[str]:
        found: list[str] = []
        for execution in Execution.objects.filter(pk__in=self.started).select_related("state"):
            kind, tag = self.started[str(execution.pk)]
            if execution.state.status != "completed":
                why = [reason["message"] for reason in reasons_of(execution)]
                jobs = list(NodeJob.objects.filter(execution_id=execution.pk).values_list("status", "epoch"))
                found.append(f"{tag} ({kind}) is {execution.state.status}: {execution.error} {why} {jobs}")
                continue
            keys = self.counting.by_tag.get(tag, Counter())
            if len(keys) != KINDS[kind]:
                found.append(f"{tag} ({kind}) had {len(keys)} effects, not {KINDS[kind]}: {sorted(keys)}")
            events = stored_events(execution.pk, 0, 10_000)
            if [event.seq for event in events] != list(range(1, len(events) + 1)):
                found.append(f"{tag} ({kind}) has a gap in its events")
            ended = Counter((event.node_id, event.path) for event in events if event.type == "node.completed")
            again = [place for place, times in ended.items() if times > 1]
            if again:
                found.append(f"{tag} ({kind}) ran finished nodes again: {again}")
        found += [f"{execution_id} had a lease older than a minute" for execution_id in self.old_leases]
        open_tasks = HumanTask.objects.filter(status="pending").count()
        return found + ([f"{open_tasks} tasks are still open"] if open_tasks else [])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--servers", action="store_true", help="kill PostgreSQL and Valkey too")
    asked = parser.parse_args()
    counting = Counting()
    os.environ["HTTP_ALLOWED_PRIVATE_HOSTS"] = counting.url.removeprefix("http://")
    call_command("migrate", interactive=False, verbosity=0)
    user = people.register(email="storm@example.org", password="a long enough password", tier="enterprise")
    _, key = people.create_key(user=user, name="storm")
    supervisor = Supervisor(str(ROOT), {}, quiet=True)
    port = choose_port(None)
    base_url = f"http://127.0.0.1:{port}"
    storm = Storm(random.Random(asked.seed), counting, supervisor, base_url, key, asked.servers)
    try:
        with ServerKeeper(supervisor, settings.DATA_DIR):
            start_stack(supervisor, port)
            wait_until_ready(supervisor, base_url)
            threading.Thread(target=supervisor.watch, daemon=True).start()
            threading.Thread(target=storm.answer, daemon=True).start()
            leases = threading.Thread(target=storm.watch_leases, daemon=True)
            leases.start()
            begin = time.monotonic()
            killer = threading.Thread(target=storm.kill_until, args=(begin + asked.seconds,))
            killer.start()
            storm.start_all(asked.runs, asked.seconds)
            killer.join()
            storm.wait_for_all(120)
            storm.over.set()
            leases.join(10)
            took = time.monotonic() - begin
            close_old_connections()
            problems = storm.problems()
    finally:
        supervisor.stop()
        connection.close()
        embedded.stop(settings.DATA_DIR)
        shutil.rmtree(DATA, ignore_errors=True)
    repeated = sum(times - 1 for keys in counting.by_tag.values() for times in keys.values())
    kinds = dict(Counter(kind for kind, _ in storm.started.values()))
    report = [
        f"seed {asked.seed}: {len(storm.started)} runs {kinds} in {took:.0f} s", f"killed: {dict(storm.kills)}",
        f"effects: {sum(len(keys) for keys in counting.by_tag.values())}, sent again with their key: {repeated}",
        *(problems or ["every run ended right, every effect once, no finished node ran again, no lease grew old"]),
    ]  # fmt: skip
    sys.stdout.write("\n".join(report) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
