"""What of a workflow decides when its runs get a worker: how many may run at once, and which of an owner's go first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from compiler.expressions import ExpressionFailed, ExpressionSyntaxError, Names, compile_template
from executor.run import trigger_items

MOST_KEY = 200
MOST_PRIORITY = 10


def queueing_of(*, workflow_id: UUID, settings: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """Return `limit_key`, `limit_max` and `priority` of a run with the input `value`.

    `settings.concurrency` is `{max, key?}`, the key an expression; `settings.priority` from -10 to 10, higher first.
    A key that cannot be evaluated counts as none, so that those runs share one limit.
    """
    priority = settings.get("priority") or 0
    fixed = {"priority": max(-MOST_PRIORITY, min(MOST_PRIORITY, priority)) if isinstance(priority, int) else 0}
    asked = settings.get("concurrency")
    if not isinstance(asked, Mapping) or not isinstance(asked.get("max"), int) or asked["max"] < 1:
        return {"limit_key": None, "limit_max": None, **fixed}
    key, text = f"workflow:{workflow_id}", asked.get("key")
    if isinstance(text, str) and text:
        items = trigger_items(value)
        names = Names(json=items[0].get("json", {}) if items else {}, items=items, event=value)
        try:
            key = f"{key}:{str(compile_template(text).evaluate(names))[:MOST_KEY]}"
        except (ExpressionFailed, ExpressionSyntaxError):
            key = f"{key}:"
    return {"limit_key": key, "limit_max": int(asked["max"]), **fixed}
