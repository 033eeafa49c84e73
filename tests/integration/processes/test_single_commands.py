"""A single command: it says which servers it starts, they end with it, and what needs none starts none."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.processes.conftest import ROOT, environment, none_left, processes_of, run, wait_until
from workflow_backend import embedded
from workflow_backend.embedded.need import needs_servers

ASK = ["-c", "import sys, workflow_backend.settings; print('asked', flush=True); sys.stdin.readline()"]


def asking(folder: Path) -> subprocess.Popen[str]:
    """Start a command that uses the servers until it is told to end."""
    process = subprocess.Popen(
        [sys.executable, *ASK], cwd=ROOT, env=environment(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "asked\n"
    return process


def test_servers_that_a_command_starts_are_named_and_end_with_its_last_user(folder: Path) -> None:
    first = asking(folder)
    try:
        second = run(folder, *ASK)
        assert second.returncode == 0
        assert "started" not in second.stderr  # the first one did
        assert {name for name, _ in embedded.processes(folder)} == {"PostgreSQL", "Valkey"}
    finally:
        first.communicate("\n", timeout=30)
    none_left(folder)

    alone = run(folder, "manage.py", "showmigrations", "core")
    assert alone.stderr.count("PostgreSQL and Valkey are started") == 1, alone.stderr
    none_left(folder)


def test_a_killed_command_leaves_no_servers(folder: Path) -> None:
    with asking(folder) as process:
        assert embedded.processes(folder)
        process.send_signal(signal.SIGKILL)
    none_left(folder)


def test_stopping_names_the_servers_and_says_when_there_are_none(folder: Path) -> None:
    with asking(folder) as process:
        stopped = run(folder, "scripts/stop_servers.py")
        process.kill()
    assert stopped.returncode == 0
    assert "PostgreSQL (pid " in stopped.stdout
    assert "Valkey (pid " in stopped.stdout
    wait_until(lambda: not embedded.processes(folder))
    none_left(folder)
    again = run(folder, "scripts/stop_servers.py")
    assert (again.returncode, again.stdout) == (0, "heddle: nothing runs here\n")


@pytest.mark.parametrize(
    ("command", "code"), [(["--help"], 0), (["migrate", "--help"], 0), (["migrat"], 1), (["check"], 0)]
)
def test_help_a_mistyped_name_and_a_static_check_start_nothing(tmp_path: Path, command: list[str], code: int) -> None:
    done = run(tmp_path, "manage.py", *command)
    assert done.returncode == code, done.stderr
    assert "started" not in done.stderr
    assert not (tmp_path / "services.json").exists()
    assert processes_of(tmp_path) == []


def test_what_uses_a_database_is_told_from_what_does_not() -> None:
    apps = ["django.contrib.staticfiles", "workflow_backend.apps.WorkflowBackendConfig"]
    for words in ("manage.py up", "manage.py migrate", "manage.py check --database default", "/bin/celery -A x worker",
                  "pytest", "-c", "/bin/psql -h localhost"):  # fmt: skip
        assert needs_servers(words.split(), apps), words
    for words in ("manage.py", "manage.py help up", "manage.py uo", "manage.py spectacular", "/bin/celery --help",
                  "celery/__main__.py worker --help", "/bin/mypy .", "mypy/__main__.py"):  # fmt: skip
        assert not needs_servers(words.split(), apps), words


def test_stopping_leaves_alone_who_has_the_numbers_of_servers_that_were_killed(tmp_path: Path) -> None:
    """The process has the id of the old PostgreSQL, and something mute listens where Valkey did."""
    with socket.socket() as mute, subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        (tmp_path / "services" / "postgres").mkdir(parents=True)
        (tmp_path / "services" / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n/x\n0\n1\n")
        known = {"postgres_port": 1, "valkey_port": mute.getsockname()[1], "password": "x"}
        (tmp_path / "services.json").write_text(json.dumps({**known, "folder": str(tmp_path / "services")}))
        assert embedded.processes(tmp_path) == []
        done = run(tmp_path, "scripts/stop_servers.py")
        assert (done.returncode, done.stdout) == (0, "heddle: nothing runs here\n"), done.stderr
        assert stranger.poll() is None
        stranger.kill()
