"""`make run` from its start to its end: by a closed terminal, signals, killed processes, `make stop`, and a second one."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import httpx
import psutil
import psycopg
import pytest

from tests.integration.processes.conftest import LIMIT_S, ROOT, environment, none_left, processes_of, run, wait_until
from workflow_backend.supervisor import run_file
from workflow_backend.supervisor.identity import lives

pytestmark = pytest.mark.timeout(600)  # they start whole installations, beside whatever else the machine does
MAKE = ["make", "--no-print-directory", "-o", ".venv/.runtime", "-o", ".venv/bin/python"]
UP = [sys.executable, "manage.py", "up"]
TERMINAL = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])"]  # its window closes when it is killed
PRODUCTION = {
    "HEDDLE_PRODUCTION": "1", "HEDDLE_EMBEDDED": "1", "SECRET_KEY": secrets.token_urlsafe(60),
    "HEDDLE_CREDENTIAL_KEYS": f"k1:{base64.b64encode(os.urandom(32)).decode()}", "ALLOWED_HOSTS": "example.org",
    "HEDDLE_TRUSTED_PROXIES": "1",
}  # fmt: skip


@dataclass
class Started:
    """A running command and what it has said."""

    process: subprocess.Popen[bytes]
    reading: int
    said: str = ""
    reader: Thread = field(init=False)

    def __post_init__(self) -> None:
        self.reader = Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while chunk := os.read(self.reading, 65536):
                self.said += chunk.decode(errors="replace")

    def has_said(self, text: str) -> None:
        with contextlib.suppress(AssertionError):
            wait_until(lambda: text in self.said or self.process.poll() is not None)
        assert text in self.said, self.said

    def ended(self) -> int:
        return self.process.wait(LIMIT_S)


@contextlib.contextmanager
def started(folder: Path, command: list[str], **more: str) -> Iterator[Started]:
    """Start a command with pipes, as a service manager would."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(folder, more), stdin=subprocess.DEVNULL, stdout=writing,
        stderr=writing, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # the tests may run by nohup
    )  # fmt: skip
    os.close(writing)
    try:
        yield Started(process, reading)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(LIMIT_S)
        os.close(reading)


def children_of(folder: Path) -> set[str]:
    running = run_file.read(folder)
    return {child.name for child in running.children} if running else set()


def wait_for_children(folder: Path) -> run_file.Running:
    wait_until(lambda: children_of(folder) == {"web", "worker-1", "beat"})
    running = run_file.read(folder)
    assert running is not None
    return running


def test_a_second_start_harms_nothing_and_a_closed_terminal_ends_everything(folder: Path) -> None:
    """In production, with servers of its own: no demo user, and a probe that no redirect reaches."""
    with started(folder, [*TERMINAL, *MAKE, "run"], **PRODUCTION) as first:
        _second_start_and_killed_worker(folder, first)
        first.process.kill()
        none_left(folder)
    assert not (folder / run_file.FILE).exists()


def _second_start_and_killed_worker(folder: Path, first: Started) -> None:
    first.has_said("Heddle serves on")
    running = wait_for_children(folder)
    assert httpx.get(f"{running.url}/api/health/").json()["status"] == "healthy"
    assert httpx.get(f"{running.url}/api/openapi", headers={"Host": "example.org"}).status_code == 301
    services = json.loads((folder / "services.json").read_text())
    with psycopg.connect(
        host="127.0.0.1", port=services["postgres_port"], user="heddle", password=services["password"], dbname="heddle"
    ) as connection:
        assert connection.execute("SELECT count(*) FROM core_user").fetchone() == (0,)

    second = subprocess.run(
        [*MAKE, "run"], cwd=ROOT, env=environment(folder, {**PRODUCTION, "PORT": "1"}), capture_output=True, text=True,
        check=False, timeout=LIMIT_S,
    )  # fmt: skip
    assert second.returncode != 0
    assert f"already running on {running.url}, pid {running.supervisor.pid}; `make stop` ends it" in second.stderr
    assert httpx.get(f"{running.url}/api/health/").json()["status"] == "healthy"

    worker = next(child for child in running.children if child.name == "worker-1")
    os.kill(worker.pid, signal.SIGKILL)
    first.has_said("ended by SIGKILL; starts again at once")
    wait_until(lambda: worker not in wait_for_children(folder).children)


def test_a_killed_make_ends_everything_though_nobody_reads_what_is_said(folder: Path) -> None:
    with started(folder, [*MAKE, "run"]) as make:
        wait_until(lambda: run_file.is_held(folder))
        assert [child.name() for child in psutil.Process(make.process.pid).children()] != ["sh"]  # no shell in between
        make.process.kill()
    none_left(folder)
    assert not (folder / run_file.FILE).exists()


def test_nohup_survives_a_hang_up_and_a_killed_supervisor_takes_everything_along(folder: Path) -> None:
    with started(folder, ["nohup", *UP]) as up:
        wait_until(lambda: run_file.is_held(folder))
        up.process.send_signal(signal.SIGHUP)
        running = wait_for_children(folder)
        up.process.kill()
        none_left(folder)
    assert not any(lives(child.pid, child.start) for child in running.children)
    stopped = run(folder, "scripts/stop_servers.py")
    assert (stopped.returncode, stopped.stdout) == (0, "heddle: nothing runs here\n")


def test_make_stop_ends_the_supervisor_first_and_names_what_it_ended(folder: Path) -> None:
    with started(folder, UP) as up:
        running = wait_for_children(folder)
        os.kill(running.supervisor.pid, signal.SIGSTOP)  # somebody pressed Ctrl-Z
        stopped = subprocess.run(
            [*MAKE, "stop"],
            cwd=ROOT,
            env=environment(folder),
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_S,
        )
        assert stopped.returncode == 0, stopped.stdout + stopped.stderr
        assert processes_of(folder) == []
        up.ended()
    for process in (running.supervisor, *running.children):
        assert f"{process.name} (pid {process.pid})" in stopped.stdout
    assert "PostgreSQL (pid " in stopped.stdout
    assert "Valkey (pid " in stopped.stdout
    assert "stopping (SIGTERM)" in up.said
    assert "started again" not in up.said  # the servers did not come back


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_midst_of_a_start_leaves_nothing(folder: Path, number: signal.Signals) -> None:
    with started(folder, UP) as up:
        up.has_said("PostgreSQL and Valkey are started")
        wait_until(lambda: run_file.is_held(folder))
        up.process.send_signal(number)
        assert up.ended() in (0, 128 + number)
    assert processes_of(folder) == []
    assert "Traceback" not in up.said
