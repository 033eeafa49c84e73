"""What a task is about, as an answer page shows it: names and values, lists of records as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.json import dumps

MOST_ROWS = 50


def rows_of(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return {"name", "text"} of each value, with {"columns", "rows", "more"} in place of the text of records."""
    return [{"name": name.replace("_", " "), **_shown(value)} for name, value in context.items()]


def _shown(value: Any) -> dict[str, Any]:
    if isinstance(value, list) and value and all(_is_flat(one) for one in value):
        columns = list(dict.fromkeys(name for record in value for name in record))
        rows = [[_text(record.get(name)) for name in columns] for record in value[:MOST_ROWS]]
        return {"columns": columns, "rows": rows, "more": max(len(value) - MOST_ROWS, 0)}
    if isinstance(value, list) and all(not isinstance(one, dict | list) for one in value):
        return {"text": ", ".join(map(_text, value))}
    return {"text": _text(value)}


def _is_flat(value: Any) -> bool:
    return isinstance(value, dict) and not any(isinstance(one, dict | list) for one in value.values())


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else dumps(value).decode()
