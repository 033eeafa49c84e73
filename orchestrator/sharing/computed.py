"""Whether what comes before a node decides what it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_computed(value: Any) -> bool:
    """Tell whether a param, or anything within it, is an expression."""
    if isinstance(value, str):
        return "{{" in value
    if isinstance(value, Mapping):
        return any(is_computed(one) for one in value.values())
    return isinstance(value, (list, tuple)) and any(is_computed(one) for one in value)
