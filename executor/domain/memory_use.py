"""How much memory a run takes for its values, and the error of one that takes too much."""

from __future__ import annotations

from typing import Any

MEMORY_PER_BYTE = 8  # what a value takes in memory at most, for each byte of its JSON


def memory_limit(message: str) -> dict[str, Any]:
    """Return the error of a run that is too large."""
    place: dict[str, Any] = {"node_id": None, "node_label": None, "path": ""}
    return {"code": "memory_limit", "message": message, "retryable": False, "details": {}, **place}
