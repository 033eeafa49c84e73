"""Which process a number means: process ids are used again, so a start time goes with each."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

FIELDS_BEFORE_START = 19  # after the name: see proc_pid_stat(5), field 22


def born(pid: int) -> str | None:
    """Return when a living process began, in the system's own words, or None if there is none of this number."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _born_elsewhere(pid)
    except (OSError, ValueError):
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else fields[FIELDS_BEFORE_START]


def _born_elsewhere(pid: int) -> str | None:
    """Ask ps where there is no /proc."""
    done = subprocess.run(  # noqa: S603 (fixed arguments)
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None


def lives(pid: int, start: str) -> bool:
    """Tell whether the very process that began then still lives."""
    return born(pid) == start


def end(pid: int, start: str, *, grace_s: float, group: bool = False) -> bool:
    """Ask a process to end, then make it; returns whether it is gone. `group`: kill its process group with it."""
    for number, limit_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 5.0)):
        if not lives(pid, start):
            return True
        try:
            if group and number == signal.SIGKILL:
                os.killpg(pid, number)
            else:
                os.kill(pid, number)
            os.kill(pid, signal.SIGCONT)  # one that was stopped hears nothing else
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        _wait(pid, start, limit_s)
    return not lives(pid, start)


def _wait(pid: int, start: str, limit_s: float) -> None:
    limit = time.monotonic() + limit_s
    with contextlib.suppress(ChildProcessError):
        while lives(pid, start) and time.monotonic() < limit:
            time.sleep(0.05)
