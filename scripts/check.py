"""All checks and tests, in one run: what `make test` and CI do. Names of steps as arguments run only those."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent
# Static checks import the settings but need no server.
NO_SERVERS = {"DATABASE_URL": "postgres://none:none@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
# Over a hundred processes are started: what each has to compile is kept, whatever is the habit here.
COMPILED_ONCE = {"PYTHONDONTWRITEBYTECODE": ""}

# Which lines tests reach is looked at where that costs little, as tracing takes as long again as what it traces: these
# are the tests of the compiler, which run here alone. The floor is in pyproject.toml.
MEASURED = [
    *(
        f"tests/unit/compiler/test_{name}.py"
        for name in (
            "compiler",
            "expressions",
            "further_expressions",
            "known_texts",
            "loops",
            "numbers_at_their_ends",
            "pages",
        )
    ),
    "tests/conformance/compiler/test_expression_agreement.py",
]
SERVER: dict[str, list[str]] = {
    "format": [str(BIN / "ruff"), "format", "--check", "."],
    "lint": [str(BIN / "ruff"), "check", "."],
    "imports": [str(BIN / "lint-imports"), "--no-cache"],
    "types": [str(BIN / "mypy"), "."],
    "strict": [str(BIN / "basedpyright")],
    "schema": [PYTHON, "manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull],
    "node docs": [PYTHON, "scripts/node_docs.py", "--check"],
    "permission docs": [PYTHON, "scripts/permission_docs.py", "--check"],
    "measured": [PYTHON, "-m", "coverage", "run", "-m", "pytest", "-q", *MEASURED],
    "coverage": [PYTHON, "-m", "coverage", "report", "--skip-covered"],
    "pins": [PYTHON, "scripts/pins_checked.py"],
    "schema docs": [PYTHON, "scripts/definition_docs.py", "--check"],
}
# What the tests in the browser need; it installs the page's packages too.
BROWSER: dict[str, list[str]] = {
    "page build": [PYTHON, "scripts/frontend.py", "build"],
    "chromium": [PYTHON, "scripts/chromium.py"],
}
PAGE: dict[str, list[str]] = {
    "page": [PYTHON, "scripts/frontend.py", "npm", "run", "--silent", "check"],
    "page client": [PYTHON, "scripts/frontend.py", "npm", "run", "--silent", "api:check"],
    "page tests": [PYTHON, "scripts/frontend.py", "npm", "run", "--silent", "test"],
    "page size": [PYTHON, "scripts/frontend.py", "npm", "run", "--silent", "size"],
}
# Tests of real processes run short of time on a busy machine: what fails three times has failed, the rest is told of.
# One process more than there are processors, since much of their time is spent in waiting; tests/parallel.py says how
# tests are dealt out.
SERVED: dict[str, list[str]] = {
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "tests": [
        PYTHON,
        "-m",
        "pytest",
        "-n",
        str(min(os.cpu_count() or 1, 4) + 1),
        "--dist",
        "loadscope",
        "--reruns",
        "2",
        "--reruns-delay",
        "1",
        "-rfER",
        "--durations=10",
        *(f"--ignore={one}" for one in MEASURED),
    ],
}

LIVE = "tests"  # shown as it comes
TWICE = {"schema"}  # "page client" makes and validates the same document
TOLD_AGAIN = 4000  # characters of what a failed step said last, repeated at the end, below a thousand dots
testing = Event()
failures: dict[str, str] = {}  # step -> what it said


def run(name: str, command: list[str], environment: dict[str, str]) -> bool:
    """Run one step and say how it went; its output is shown where it failed."""
    begin = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 (our own commands)
        command,
        cwd=ROOT,
        env={**os.environ, **COMPILED_ONCE, **environment},
        stdout=None if name == LIVE else subprocess.PIPE,
        stderr=None if name == LIVE else subprocess.STDOUT,
        text=True,
    )
    with process.stdout or contextlib.nullcontext():
        said = process.stdout.read() if process.stdout else ""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    failed = process.returncode != 0
    if failed:
        failures[name] = said
    between = "\n" if testing.is_set() else ""  # a line of dots is under way
    took = f"{time.monotonic() - begin:6.1f} s, processors {used.ru_utime + used.ru_stime:6.1f} s"
    sys.stdout.write(f"{between}{name:<16}{'FAILED' if failed else 'ok':>6}  {took}\n{said if failed else ''}")
    sys.stdout.flush()
    return not failed


def asked_of(steps: dict[str, list[str]], wanted: list[str]) -> list[tuple[str, list[str]]]:
    """Return those steps that were asked for: where none is named, all but those that another one does too."""
    return [(name, command) for name, command in steps.items() if (name in wanted if wanted else name not in TWICE)]


def run_static(steps: dict[str, list[str]], wanted: list[str]) -> bool:
    """Run steps that need no server, one after another; says whether all went well. Tests have the processor first."""
    went_well = [run(name, ["nice", *command], NO_SERVERS) for name, command in asked_of(steps, wanted)]
    return all(went_well)


def run_page(wanted: list[str], built: Event) -> bool:
    """Have what the browser needs as soon as can be, then look at the page."""
    try:
        went_well = [run(name, command, NO_SERVERS) for name, command in asked_of(BROWSER, wanted)]
    finally:
        built.set()
    return run_static(PAGE, wanted) and all(went_well)


def run_served(wanted: list[str], built: Event) -> bool:
    """Run what needs servers, on some of its own."""
    went_well = True
    with tempfile.TemporaryDirectory(prefix="heddle-test-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        environment = {"HEDDLE_DATA_DIR": folder}
        try:
            for name, command in asked_of(SERVED, wanted):
                if name == LIVE:
                    built.wait()
                    testing.set()
                went_well &= run(name, command, environment)
        finally:
            testing.clear()
            for data in (folder, *map(str, Path(folder).glob("gw*"))):  # each test process has servers of its own
                subprocess.run(  # noqa: S603 (our own program)
                    [PYTHON, "scripts/stop_servers.py"], cwd=ROOT, env={**os.environ, "HEDDLE_DATA_DIR": data},
                    stdout=subprocess.DEVNULL, check=False,
                )  # fmt: skip
    return went_well


def main(wanted: list[str]) -> int:
    os.environ.pop("FORCE_COLOR", None)
    built = Event()
    with ThreadPoolExecutor(3) as pool:
        lanes = [
            pool.submit(run_served, wanted, built),
            pool.submit(run_page, wanted, built),
            pool.submit(run_static, SERVER, wanted),
        ]
    went_well = [lane.result() for lane in lanes]
    for name, said in failures.items():
        sys.stdout.write(f"\nFAILED: {name}\n{said[-TOLD_AGAIN:]}")
    return 0 if all(went_well) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
