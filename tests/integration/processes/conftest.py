"""A data folder of its own for each module, which other accounts may enter, and what a test sees of processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[3]
UNSET = ("DATABASE_URL", "REDIS_URL", "HEDDLE_PRODUCTION", "SECRET_KEY", "HEDDLE_CREDENTIAL_KEYS", "PORT")
LIMIT_S = 150


def environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of an installation in this folder: no demo, one worker, no jail tried at the start."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    slim = {"HEDDLE_DEMO": "off", "HEDDLE_WORKERS": "1", "HEDDLE_SANDBOX_AT_START": "off"}
    return {**kept, "HEDDLE_DATA_DIR": str(folder), **slim, **(more or {})}


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one of the checkout's programs to its end."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment(folder, more), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, timeout=LIMIT_S,
    )  # fmt: skip


def processes_of(folder: Path) -> list[psutil.Process]:
    """Return the living processes that belong to a data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            named = any(str(folder) in word for word in words)
            belongs = named or process.environ().get("HEDDLE_DATA_DIR") == str(folder)
            if belongs and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def wait_until(is_so: Callable[[], object], *, limit_s: float = LIMIT_S) -> None:
    end = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < end, "it did not become so"
        time.sleep(0.05)


def none_left(folder: Path) -> None:
    """Wait until nothing of this folder runs any more."""
    wait_until(lambda: not processes_of(folder))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="heddle-processes-", dir="/var/tmp")).resolve()
    made.chmod(0o755)
    yield made
    run(made, "scripts/stop_servers.py")
    for process in processes_of(made):
        process.kill()
    shutil.rmtree(made, ignore_errors=True)
