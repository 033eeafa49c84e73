"""What people are asked when a node fails that is set to ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from compiler.graph import Node
from nodes.base import WaitFor

TIME_TO_ANSWER_S = 3 * 24 * 3600.0
ACTIONS = ("retry", "skip", "stop")


def _is_open(node: Node, action: str) -> bool:
    """Whether a node lets people say this: without an output to go on by, nothing can be skipped."""
    return action != "skip" or node.type is None or node.type.onward(node.params) is not None


def recovery_question(node: Node, error: Mapping[str, Any], now: datetime) -> WaitFor:
    """Return the question what to do about a failure; unanswered, the failure stands."""
    task = {
        "type": "error_recovery",
        "title": f"{node.label} failed",
        "message": error["message"],
        "context": {"error": {key: error.get(key) for key in ("code", "message", "details", "node_id", "path")}},
        "options": [{"value": action, "label": action.capitalize()} for action in ACTIONS if _is_open(node, action)],
        "timeout_s": TIME_TO_ANSWER_S,
        "on_timeout": "fail",
    }
    return WaitFor("human_task", now + timedelta(seconds=TIME_TO_ANSWER_S), None, task)
