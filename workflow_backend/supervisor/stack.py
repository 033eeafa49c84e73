"""The processes of one installation."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import redis

from inference.embeddings.asking import WANTED
from workflow_backend import embedded
from workflow_backend.supervisor.ports import listen
from workflow_backend.supervisor.processes import Supervisor, cause_of

WORKERS = 2
KEEP_EVERY_S = 1
LOOK_FOR_WANTED_S = 0.3
WEB = ["workflow_backend.server", "--log-level", "warning"]
CELERY = ["celery", "-q", "-A", "workflow_backend"]
INFERENCE = ["-Q", "inference", "-P", "prefork", "-c", "1", "--prefetch-multiplier", "1"]
QUIETLY = ["--loglevel=WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]


def start_stack(supervisor: Supervisor, port: int | socket.socket, *, workers: int = WORKERS) -> None:
    """Start web on a port or a listening socket, workers and beat. Raises: PortTaken."""
    listener = listen(port) if isinstance(port, int) else port
    number = listener.getsockname()[1]
    supervisor.add("web", [*WEB, "--socket", str(listener.fileno())], listener=listener)
    for at in range(1, workers + 1):
        supervisor.add(f"worker-{at}", [*CELERY, "worker", "-n", f"worker{at}-{number}@heddle", *QUIETLY])
    supervisor.add("beat", [*CELERY, "beat", "--loglevel=WARNING", "--pidfile="])


def start_inference(supervisor: Supervisor, port: int) -> None:
    """Start the one process that holds the models of vectors, and the indexes."""
    supervisor.add("inference", [*CELERY, "worker", "-n", f"inference-{port}@heddle", *INFERENCE, *QUIETLY])


def wait_until_ready(supervisor: Supervisor, base_url: str, *, limit_s: float = 90, want: str = "healthy") -> None:
    """Return when the stack answers and all its parts are there. Raises: RuntimeError."""
    end = time.monotonic() + limit_s
    last = "no answer"
    while time.monotonic() < end:
        failed = supervisor.first_failure()
        if failed is not None and failed.process is not None and failed.crashes == 0:
            raise RuntimeError(f"{failed.name} ended {cause_of(failed.process.returncode)}; its last lines stand above")
        try:
            health = httpx.get(f"{base_url}/api/health/", timeout=3).json()
            last = str(health.get("status"))
        except (httpx.HTTPError, ValueError):
            health, last = {}, "no answer"
        if last == want:
            return
        refusal = _refusal_of_the_jail(health)
        if refusal is not None:
            supervisor.say("sandbox", f"this machine cannot lock user code up, so Code nodes will not run: {refusal}")
            return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not become {want} in {limit_s:g} s (last: {last})")


def _refusal_of_the_jail(health: dict[str, Any]) -> str | None:
    """Return why user code does not run, where that is all that is wrong: the rest of the house is open."""
    components = health.get("components", {})
    others = [part.get("status") for name, part in components.items() if name != "sandbox"]
    jail = components.get("sandbox", {})
    if jail.get("status") == "down" and others and set(others) == {"ok"}:
        return str(jail.get("reason") or "no reason is known")
    return None


class InferenceKeeper:
    """Starts the process of the queue `inference` when somebody first waits for it: it takes 400 MB."""

    def __init__(self, supervisor: Supervisor, redis_url: str, port: int) -> None:
        self._supervisor = supervisor
        self._redis = redis.Redis.from_url(redis_url, socket_timeout=1, socket_connect_timeout=1)
        self._port = port
        self._thread = threading.Thread(target=self._watch, name="inference keeper", daemon=True)

    def __enter__(self) -> InferenceKeeper:
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._supervisor.stopping.set()
        self._thread.join(5)

    def _watch(self) -> None:
        while not self._supervisor.stopping.wait(LOOK_FOR_WANTED_S):
            try:
                is_wanted = self._redis.exists(WANTED)
            except redis.RedisError:
                continue  # it is started again, or health is red
            if is_wanted:
                self._supervisor.say("inference", "starts now: documents or templates are read, or searched by meaning")
                start_inference(self._supervisor, self._port)
                return


class ServerKeeper:
    """Looks after the embedded servers as the supervisor does after its children: one that died is started again."""

    def __init__(self, supervisor: Supervisor, data_folder: Path) -> None:
        self._supervisor = supervisor
        self._data_folder = data_folder
        self._thread = threading.Thread(target=self._watch, name="servers", daemon=True)

    def __enter__(self) -> ServerKeeper:
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._supervisor.stopping.set()
        self._thread.join(30)

    def _watch(self) -> None:
        while not self._supervisor.stopping.wait(KEEP_EVERY_S):
            try:
                if embedded.started_again(self._data_folder):
                    self._supervisor.say("servers", "a server had died and is started again")
            except embedded.EmbeddedServerError as exc:
                self._supervisor.say("servers", str(exc))
