"""What a tool gave, as JSON: for a model that asked for it, and for the journal."""

from __future__ import annotations

from typing import Any

from nodes.base import NodeFailed, NodeResult


def given_by(made: NodeResult) -> dict[str, Any]:
    """Return {"result": JSON, "files": references by name}: one item's fields, or a list of the fields of several."""
    items = [item for entries in made.outputs.values() for item in entries]
    result: Any = [item.get("json", {}) for item in items]
    files: dict[str, Any] = {}
    for item in items:
        for name, reference in (item.get("binary") or {}).items():
            files[name if name not in files else f"{name}_{len(files) + 1}"] = reference
    return {"result": result[0] if len(items) == 1 else result, "files": files, "error": None}


def failed_with(exc: NodeFailed) -> dict[str, Any]:
    """Return a failure in the same shape: {"result": None, "error": {"code", "message", "details"}}."""
    error = {"code": exc.node_code, "message": exc.message, "details": dict(exc.details)}
    return {"result": None, "files": {}, "error": error}
