"""How many runs of a workflow may run at once: of all, or of those with the same key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from compiler.expressions import ExpressionFailed, ExpressionSyntaxError, Names, compile_template
from executor.run import trigger_items

MOST_KEY = 200


def limit_of(*, workflow_id: UUID, settings: Mapping[str, Any], value: Any) -> tuple[str | None, int | None]:
    """Return (key, how many at once) of a run, from `settings.concurrency`: `{max, key?}`, the key an expression.

    A key that cannot be evaluated counts as none, so that those runs share one limit.
    """
    asked = settings.get("concurrency")
    if not isinstance(asked, Mapping) or not isinstance(asked.get("max"), int) or asked["max"] < 1:
        return None, None
    key, text = f"workflow:{workflow_id}", asked.get("key")
    if isinstance(text, str) and text:
        items = trigger_items(value)
        names = Names(json=items[0].get("json", {}) if items else {}, items=items, event=value)
        try:
            key = f"{key}:{str(compile_template(text).evaluate(names))[:MOST_KEY]}"
        except (ExpressionFailed, ExpressionSyntaxError):
            key = f"{key}:"
    return key, int(asked["max"])
