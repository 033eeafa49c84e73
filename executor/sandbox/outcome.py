"""What a call of user code can come to: one of a few kinds, always data, never an exception of ours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nodes.abilities import CodeRequest

Kind = Literal["ok", "error", "result", "timeout", "cpu", "memory", "output", "forbidden", "unstorable", "crash"]
SIGKILL, SIGSYS, SIGXCPU = -9, -31, -24
OUT_OF_MEMORY, WALL_MISSING = 72, 71  # exit codes of a child


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may take. Sizes in bytes, times in seconds."""

    wall_s: float = 10
    cpu_s: int = 8
    memory_bytes: int = 256 * 2**20
    request_bytes: int = 64 * 2**20
    reply_bytes: int = 32 * 2**20

    def as_order(self) -> dict[str, Any]:
        return {
            "wall_s": self.wall_s, "cpu_s": self.cpu_s, "memory_bytes": self.memory_bytes,
            "request_bytes": self.request_bytes, "reply_bytes": self.reply_bytes,
        }  # fmt: skip


def order_of(request: CodeRequest) -> tuple[dict[str, Any], Limits]:
    """Return what a child is asked, and what that may take."""
    asked: dict[str, Any] = {
        "language": request.language, "code": request.code, "mode": request.mode, "items": request.items,
        "vars": dict(request.variables),
    }  # fmt: skip
    if request.static is not None:
        asked["static"] = dict(request.static)
    if request.class_name:
        asked |= {"class": request.class_name, "params": dict(request.params), "handles": list(request.handles)}
    return asked, Limits(request.limit_s, max(math.ceil(request.limit_s), 1), request.memory_bytes)


@dataclass(frozen=True, slots=True)
class Failure:
    """What came of one item for which the code failed, as an outcome of its own."""

    at: int
    kind: str
    type: str
    message: str
    line: int | None
    logs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended; `line` is one of the user's code."""

    kind: Kind
    items: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    logs: tuple[str, ...] = ()
    type: str = ""
    message: str = ""
    line: int | None = None
    failures: tuple[Failure, ...] = ()
    static: Any = None
    is_rounded: bool = False
    cpu_s: float = 0
    max_rss_bytes: int = 0


def _is_item(entry: Any) -> bool:
    """Tell whether an entry is an item; a child that broke its interpreter may send anything."""
    return isinstance(entry, dict) and isinstance(entry.get("json"), dict)


def _failures(said: Any) -> Iterator[Failure]:
    for entry in said if isinstance(said, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("at"), int):
            line = entry.get("line")
            yield Failure(
                entry["at"], str(entry.get("kind")), str(entry.get("type", ""))[:100],
                str(entry.get("message", ""))[:2000], line if isinstance(line, int) else None,
            )  # fmt: skip


def outcome_of(reply: Mapping[str, Any] | None, report: Mapping[str, Any], limits: Limits) -> Outcome:
    """Return what a reply, if there was one, and the parent's report on the child's end come to."""
    used: dict[str, Any] = {"cpu_s": float(report["cpu_s"]), "max_rss_bytes": int(report["max_rss_kb"]) * 1024}
    if report["killed"]:
        return Outcome("timeout", message=f"The code took longer than {limits.wall_s:g} s", **used)
    if reply is not None and report["exit"] == 0:
        said = reply.get("logs")
        logs = tuple(str(line) for line in said) if isinstance(said, list) else ()
        items = reply.get("items")
        if reply.get("kind") == "ok" and isinstance(items, list) and all(map(_is_item, items)):
            failures = tuple(_failures(reply.get("failures")))
            found: dict[str, Any] = {"static": reply.get("static"), "is_rounded": bool(reply.get("rounded"))}
            return Outcome("ok", items, logs, failures=failures, **found, **used)
        kind = reply.get("kind")
        return Outcome(
            kind if kind in ("error", "result", "unstorable", "timeout", "memory", "output", "forbidden") else "crash",
            logs=logs, type=str(reply.get("type", "")), message=str(reply.get("message", ""))[:2000],
            line=reply["line"] if isinstance(reply.get("line"), int) else None, **used,
        )  # fmt: skip
    code = report["exit"]
    if code == SIGSYS:
        return Outcome("forbidden", message="The code did what no code may do here", **used)
    if code == SIGXCPU or (code == SIGKILL and used["cpu_s"] >= limits.cpu_s):
        return Outcome("cpu", message=f"The code used more than {limits.cpu_s} s of processor time", **used)
    if code == OUT_OF_MEMORY:
        return Outcome("memory", message="The code needs more memory than it may have", **used)
    return Outcome("crash", message="The code brought its interpreter down", **used)
