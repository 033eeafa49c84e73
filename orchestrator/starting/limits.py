"""What of a workflow decides when its runs get a worker: how many may run at once, and which of an owner's go first."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from compiler.expressions import ExpressionFailed, ExpressionSyntaxError, Names, compile_template
from compiler.known import expression_weight, remembered
from executor.run.state import trigger_items
from orchestrator.compiling.evaluating import in_processor_time

logger = logging.getLogger(__name__)
MOST_KEY = 200
MOST_PRIORITY = 10
KEY_S = 0.1  # of processor time: it is evaluated at each start, by whoever calls


def queueing_of(*, workflow_id: UUID, settings: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """Return `limit_key`, `limit_max` and `priority` of a run with the input `value`.

    `settings.concurrency` is `{max, key?}`, the key an expression; `settings.priority` from -10 to 10, higher first.
    A key that cannot be evaluated counts as none, so that those runs share one limit; so does one that takes longer
    than `KEY_S` of processor time, whatever else the process does.
    """
    priority = settings.get("priority") or 0
    fixed = {"priority": max(-MOST_PRIORITY, min(MOST_PRIORITY, priority)) if isinstance(priority, int) else 0}
    asked = settings.get("concurrency")
    if not isinstance(asked, Mapping) or not isinstance(asked.get("max"), int) or asked["max"] < 1:
        return {"limit_key": None, "limit_max": None, **fixed}
    key, text = f"workflow:{workflow_id}", asked.get("key")
    if isinstance(text, str) and text:
        key = f"{key}:{_key(text, workflow_id, value)}"
    return {"limit_key": key, "limit_max": int(asked["max"]), **fixed}


def _key(text: str, workflow_id: UUID, value: Any) -> str:
    items = trigger_items(value)
    names = Names(json=items[0].get("json", {}) if items else {}, items=items, event=value)
    try:
        with in_processor_time(KEY_S):
            return str(_compiled(text).evaluate(names))[:MOST_KEY]
    except (ExpressionFailed, ExpressionSyntaxError) as exc:
        logger.warning("the key of a limit counts as none: %s", exc, extra={"workflow_id": str(workflow_id)})
        return ""


_compiled = remembered(compile_template, 4 * 1024 * 1024, expression_weight)
