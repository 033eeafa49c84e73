"""Pure work for tests of compute processes: a child finds it by its name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from nodes.base import NodeFailed, NodeParams
from nodes.items import Item


class Shift(NodeParams):
    by: int = 1


def shifted(params: Shift, items: list[Item]) -> list[Item]:
    return [{**item, "json": {"n": item["json"]["n"] + params.by}} for item in items]


def echoed(*values: Any) -> list[Any]:
    return list(values)


def who() -> int:
    return os.getpid()


def forked_by() -> int:
    return os.getppid()


def spin(seconds: float) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
    return "done"


def fill(mebibytes: int) -> int:
    held = [bytearray(b"x" * 2**20) for _ in range(mebibytes)]
    return len(held)


def swell(bytes_: int) -> int:
    return len("x" * bytes_)


def big(count: int) -> list[dict[str, Any]]:
    return [{"json": {"n": n, "text": "x" * 100}} for n in range(count)]


def one_big(count: int) -> dict[str, Any]:
    return {"small": 1, "deep": {"rows": [{"n": n, "text": "y" * 50} for n in range(count)]}, "text": "z" * 500_000}


def refuse() -> None:
    raise NodeFailed("no_luck", "Not today", retryable=True, place=7)


def stumble() -> None:
    raise ZeroDivisionError("so it is")


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def environment() -> dict[str, str]:
    return dict(os.environ)


def chosen_first() -> str:
    return Path("/proc/self/oom_score_adj").read_text().strip()
