"""`python -m tests.chaos.neighbours`: an ordinary user alone, then beside a hostile one; what he feels of that.

A whole stack of its own. The hostile user (`tests/chaos/hostile`) does all his kinds of work at once, rate limits off.
The bounds are ratios of two stretches of one run, beside bounds that are far from what is usual.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.installation import BASE, ROOT, Account, Installation

# isort: split
import psutil
from django.conf import settings
from django.db import close_old_connections

from executor.models import RunState
from tests.chaos.outcome import Outcome, ends_by_kind, in_words, lateness, where_the_time_went
from tests.chaos.tenant import Mailbox, Receiver, Tenant

WAITS = {"year_9999", "long_wait", "mail"}  # kinds whose runs may wait for a person or a moment
FINAL = ("completed", "failed", "cancelled", "timeout")


class Hostile:
    """The hostile user's program."""

    def __init__(self, account: Account, scale: float, only: Sequence[str]) -> None:
        self.account = account
        self.said: dict[str, Any] = {"kinds": [], "started": {}, "answers": {}}
        asked = {
            "base_url": account.base_url, "key": account.key, "user_id": str(account.user_id), "scale": scale,
            "database_url": settings.DATABASE_URL.replace("postgres://", "postgresql://"), "only": list(only),
        }  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.hostile"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, start_new_session=True,
        )  # fmt: skip
        _step_back(self._process.pid)
        self._line(json.dumps(asked))
        self._answer()

    def _line(self, text: str = "") -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(f"{text}\n")
            self._process.stdin.flush()

    def stop(self) -> None:
        """Start nothing more, and say what was started."""
        self._line()
        self.said = self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        return dict(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def _step_back(pid: int) -> None:
    """Let a process take what others leave: an attacker's calls are made on machines of his own."""
    psutil.Process(pid).nice(10)
    with contextlib.suppress(OSError), open(f"/proc/{pid}/autogroup", "w") as group:
        group.write("10")


@dataclass
class Watch:
    """What is seen of the processes meanwhile."""

    installation: Installation
    over: threading.Event = field(default_factory=threading.Event)
    health: Counter[str] = field(default_factory=Counter)
    unwell: Counter[str] = field(default_factory=Counter)
    most_mb: Counter[str] = field(default_factory=Counter)

    def look(self) -> None:
        while not self.over.wait(0.5):
            said = self.installation.health()
            self.health[said["status"]] += 1
            parts = said.get("components", {}).items()
            self.unwell.update(f"{name}: {part.get('reason')}" for name, part in parts if part.get("status") != "ok")
            for child in self.installation.supervisor.children:
                process = child.process
                if process is not None and process.poll() is None:
                    try:
                        used = psutil.Process(process.pid).memory_info().rss >> 20
                    except psutil.NoSuchProcess:
                        continue
                    self.most_mb[child.name] = max(self.most_mb[child.name], used)

    def in_words(self) -> list[str]:
        return [f"health: {dict(self.health)} {dict(self.unwell)}", f"most memory in MB: {dict(self.most_mb)}"]


def settle(hostile: Hostile, limit_s: float, *, stops: bool) -> list[str]:
    """Wait until no run is at work; in the short form, stop what is still there. Returns the runs that do not end."""
    if stops:
        _wait_for_the_end(hostile, limit_s / 3)
        own = {one for ids in hostile.said["started"].values() for one in ids}
        left = own.intersection(_active(hostile))
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda one: hostile.account.call("POST", f"{BASE}/executions/{one}/stop/", {}), left))
    return _wait_for_the_end(hostile, limit_s)


def _wait_for_the_end(hostile: Hostile, limit_s: float) -> list[str]:
    end = time.monotonic() + limit_s
    while (active := _active(hostile)) and time.monotonic() < end:
        time.sleep(0.5)
    return active


def _active(hostile: Hostile) -> list[str]:
    """Return the runs of everybody that have not ended, but for those that wait as they should."""
    close_old_connections()
    waiting = {one for kind in WAITS for one in hostile.said["started"].get(kind, [])}
    alive = RunState.objects.exclude(status__in=FINAL).values_list("execution_id", "status")
    return [str(one) for one, status in alive if not (status == "waiting" and str(one) in waiting)]


def tell(line: str) -> None:
    """Say on stderr how far it has come."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")


def measure(installation: Installation, asked: argparse.Namespace) -> Outcome:
    receiver, mailbox = Receiver(), asked.mailbox
    tenant = Tenant(installation.account("ordinary"), receiver, mailbox)
    tenant.begin()
    tenant.phase(2)  # what is made at first use is made now
    tell("the ordinary user is alone")
    quiet = tenant.phase(asked.quiet)
    tell("the hostile one begins")
    watch = Watch(installation)
    threading.Thread(target=watch.look, daemon=True).start()
    hostile = Hostile(installation.account("hostile"), asked.scale, asked.only)
    try:
        time.sleep(min(asked.seconds / 6, 5))
        beside = tenant.phase(asked.seconds)
        tell("the hostile one is stopped")
        hostile.stop()
        tenant.pause()
        watch.over.set()
        tell("runs come to their ends")
        active = settle(hostile, asked.settle, stops=asked.scale < 1)
        health = _healthy_again(installation)
        tell("the ordinary user is alone again")
        after = tenant.phase(asked.quiet)
        tell("all is counted")
        beside.failures += after.failures
        late, quiet_late = lateness(beside, tenant), lateness(quiet, tenant)
        quiet = max(quiet, after, key=lambda phase: phase.p95_s)  # the machine may have got other things to do
        ends = ends_by_kind(hostile.said["started"])
        times = [
            f"{name}: {where_the_time_went(phase, tenant)}" for name, phase in (("quiet", quiet), ("beside", beside))
        ]
    finally:
        tenant.close()
        hostile.close()
    deaths = installation.supervisor.ends
    return Outcome(
        quiet, beside, late, quiet_late, ends, active, deaths, health, hostile.said, [*watch.in_words(), *times]
    )


def _healthy_again(installation: Installation, limit_s: float = 60) -> str:
    end = time.monotonic() + limit_s
    while (said := installation.health())["status"] != "healthy" and time.monotonic() < end:
        time.sleep(0.5)
    return "healthy" if said["status"] == "healthy" else json.dumps(said)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quiet", type=float, default=60, help="seconds alone")
    parser.add_argument("--seconds", type=float, default=120, help="seconds beside the hostile user")
    parser.add_argument("--settle", type=float, default=600, help="seconds until all runs have ended")
    parser.add_argument("--scale", type=float, default=1, help="of the hostile crowds; below 1 their work is cut short")
    parser.add_argument("--only", nargs="*", default=[], help="only these kinds of hostile work")
    asked = parser.parse_args()
    asked.mailbox = Mailbox()
    smtp = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(asked.mailbox.port)}
    with Installation(**smtp) as installation:
        outcome = measure(installation, asked)
        problems, report = outcome.problems(), in_words(outcome)
    asked.mailbox.close()
    sys.stdout.write(
        "\n".join([*report, *(problems or ["the ordinary user got his share, and every run ended"])]) + "\n"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
