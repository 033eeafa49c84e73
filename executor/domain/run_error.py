"""Errors as they are stored and shown: what went wrong, and at which node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict


class NodeError(TypedDict):
    """What went wrong in a node's turn. `code` is stable, `message` for people, `details` by code."""

    code: str
    message: str
    retryable: bool
    details: dict[str, Any]


class NodePlace(TypedDict):
    """Which node run it was; all of it empty for an error of the run itself."""

    node_id: str | None
    node_label: str | None
    path: str


class RunError(NodeError, NodePlace):
    """An error of a node run or of a run, with its place. Contract: `RunError` of the OpenAPI document."""


def of_run(code: str, message: str) -> RunError:
    """Return an error of a run that is no node's."""
    return {
        "code": code, "message": message, "retryable": False, "details": {}, "node_id": None, "node_label": None,
        "path": "",
    }  # fmt: skip


def at_place(error: Mapping[str, Any], place: NodePlace) -> RunError:
    """Return an error of a node's turn with its place; `retryable` and `details` may be left out of it."""
    return {
        "code": error["code"], "message": error["message"], "retryable": error.get("retryable", False),
        "details": error.get("details") or {}, **place,
    }  # fmt: skip
