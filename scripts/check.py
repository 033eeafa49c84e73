"""All checks and tests, in one run: what `make test` and CI do. Names of steps as arguments run only those."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent
# Static checks import the settings but need no server.
NO_SERVERS = {"DATABASE_URL": "postgres://none:none@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}

SERVER: dict[str, list[str]] = {
    "format": [str(BIN / "ruff"), "format", "--check", "."],
    "lint": [str(BIN / "ruff"), "check", "."],
    "imports": [str(BIN / "lint-imports"), "--no-cache"],
    "types": [str(BIN / "mypy"), "."],
    "strict": [str(BIN / "basedpyright")],
    "schema": [PYTHON, "manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull],
    "node docs": [PYTHON, "scripts/node_docs.py", "--check"],
}
PAGE: dict[str, list[str]] = {
    "page": [PYTHON, "scripts/frontend.py", "npm", "run", "--silent", "check"],
    "page client": [PYTHON, "scripts/frontend.py", "npm", "run", "--silent", "api:check"],
    "page tests": [PYTHON, "scripts/frontend.py", "npm", "run", "--silent", "test"],
    "page build": [PYTHON, "scripts/frontend.py", "build"],
    "page size": [PYTHON, "scripts/frontend.py", "npm", "run", "--silent", "size"],
    "chromium": [PYTHON, "scripts/chromium.py"],
}
# Tests of real processes run short of time on a busy machine: what fails three times has failed, the rest is told of.
SERVED: dict[str, list[str]] = {
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "tests": [
        PYTHON,
        "-m",
        "pytest",
        "-n",
        str(min(os.cpu_count() or 1, 4)),
        "--dist",
        "loadgroup",
        "--reruns",
        "2",
        "--reruns-delay",
        "1",
    ],
}


def run(name: str, command: list[str], environment: dict[str, str]) -> bool:
    """Run one step and say how it went; its output is shown where it failed."""
    begin = time.monotonic()
    live = name == "tests"
    done = subprocess.run(  # noqa: S603 (our own commands)
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=None if live else subprocess.PIPE,
        stderr=None if live else subprocess.STDOUT,
        text=True,
        check=False,
    )
    mark = "ok" if done.returncode == 0 else "FAILED"
    said = done.stdout or "" if done.returncode and not live else ""
    sys.stdout.write(f"{name:<12}{mark:>8}  {time.monotonic() - begin:6.1f} s\n{said}")
    sys.stdout.flush()
    return done.returncode == 0


def run_static(steps: dict[str, list[str]], wanted: list[str]) -> bool:
    """Run steps that need no server, one after another; says whether all went well."""
    asked = [(name, command) for name, command in steps.items() if not wanted or name in wanted]
    went_well = [run(name, command, NO_SERVERS) for name, command in asked]
    return all(went_well)


def main(wanted: list[str]) -> int:
    os.environ.pop("FORCE_COLOR", None)
    with ThreadPoolExecutor(2) as pool:  # each of them keeps one core busy
        went_well = all(list(pool.map(run_static, (SERVER, PAGE), (wanted, wanted))))
    with tempfile.TemporaryDirectory(prefix="heddle-test-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        environment = {"HEDDLE_DATA_DIR": folder}
        try:
            for name, command in SERVED.items():
                if not wanted or name in wanted:
                    went_well &= run(name, command, environment)
        finally:
            for data in (folder, *map(str, Path(folder).glob("gw*"))):  # each test process has servers of its own
                subprocess.run(  # noqa: S603
                    [PYTHON, "scripts/stop_servers.py"], cwd=ROOT, env={**os.environ, "HEDDLE_DATA_DIR": data},
                    stdout=subprocess.DEVNULL, check=False,
                )  # fmt: skip
    return 0 if went_well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
