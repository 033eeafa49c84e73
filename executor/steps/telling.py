"""What the events of a run tell of a step, beside that it began and ended: tools, thoughts and plans.

All of it is made of what the step's row shows, so it holds no secret, and it is stored with that row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from core.json import beginning
from core.values.kinds import is_object
from core.values.size import json_size
from executor.domain import events
from executor.domain.records import EventRecord, NodeRunRow
from executor.domain.run_error import NodeError
from executor.domain.step_names import KIND

MOST_SHOWN = 2048  # bytes of arguments and results
MOST_THOUGHT = 16 * 1024  # characters
CUT = "…"
TOOL, MODEL, PLAN = f"{KIND}tool", f"{KIND}model", f"{KIND}plan"


def begun(row: NodeRunRow, given: Any) -> Iterator[EventRecord]:
    """Tell of a step that begins; `given` is what its row shows."""
    if row.kind == TOOL:
        yield events.of_step("tool.started", row, row.started_at, _call(given))


def ended(row: NodeRunRow, at: datetime, given: Any, value: Any) -> Iterator[EventRecord]:
    """Tell of a step that has ended: a tool may have failed in it, which its model is told."""
    shown: Mapping[str, Any] = value if is_object(value) else {}
    if row.kind == TOOL:
        error = shown.get("error")
        data = {**_call(given), "result": short(shown.get("result")), "ms": _ms(row, at)}
        if is_object(error):
            data["error"] = _error(error)
        yield events.of_step("tool.failed" if error else "tool.completed", row, at, data)
    if row.kind == MODEL and isinstance(shown.get("thinking"), str) and shown["thinking"]:
        yield events.of_step("thinking", row, at, {"text": _thought(shown["thinking"])})
    if row.kind == PLAN:
        yield events.of_step("planning", row, at, {"plan": shown.get("plan", [])})


def failed(row: NodeRunRow, at: datetime, given: Any, error: NodeError | None) -> Iterator[EventRecord]:
    """Tell of a step that has failed as a whole."""
    if row.kind == TOOL:
        data = {**_call(given), "result": None, "ms": _ms(row, at), "error": _error(error or {})}
        yield events.of_step("tool.failed", row, at, data)


def short(value: Any) -> Any:
    """Return a value, or the beginning of its JSON as a text."""
    if json_size(value, MOST_SHOWN) <= MOST_SHOWN:
        return value
    text = value if isinstance(value, str) else beginning(value, MOST_SHOWN)
    return text[:MOST_SHOWN].encode()[: MOST_SHOWN - len(CUT.encode())].decode(errors="ignore") + CUT


def _call(given: Any) -> dict[str, Any]:
    shown: Mapping[str, Any] = given if is_object(given) else {}
    return {"tool": shown.get("tool"), "arguments": short(shown.get("arguments"))}


def _error(error: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": error.get("code"), "message": short(error.get("message"))}


def _ms(row: NodeRunRow, at: datetime) -> int:
    return round((at - row.started_at).total_seconds() * 1000)


def _thought(text: str) -> str:
    return text if len(text) <= MOST_THOUGHT else text[:MOST_THOUGHT] + CUT
