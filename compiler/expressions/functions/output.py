"""Values on their way out of an expression, and `JSON.stringify`."""

from __future__ import annotations

import math
from typing import Any

from compiler.expressions.errors import ExpressionFailed, JsError
from compiler.expressions.limits import MAX_RESULT, Budget
from compiler.expressions.values import UNDEFINED, Function, HostObject, in_order, number_text
from core.json import dumps_text, text_pieces

MAX_RESULT_DEPTH = 200
LOOK_EACH = 8192  # bytes


def to_json(value: Any, budget: Budget) -> Any:
    """Return a JSON value.

    Undefined becomes null (left out of objects), times become text. Bounded in size and depth.
    """
    left = [MAX_RESULT]
    look_at = [MAX_RESULT - LOOK_EACH]

    def pay(size: int) -> None:
        left[0] -= size
        if left[0] < look_at[0]:
            look_at[0] = left[0] - LOOK_EACH
            budget.look()
        if left[0] < 0:
            raise ExpressionFailed(
                f"the result of the expression is larger than {MAX_RESULT} bytes", "expression_limit"
            )

    def convert(value: Any, depth: int) -> Any:
        if value is None or value is UNDEFINED or isinstance(value, (bool, int)):
            pay(4)
            return None if value is UNDEFINED else value
        if isinstance(value, str):
            pay(len(value) + 2)
            return value
        if isinstance(value, float):
            pay(8)
            return value if math.isfinite(value) else None
        if depth > MAX_RESULT_DEPTH:
            raise ExpressionFailed(
                f"the result of the expression is nested deeper than {MAX_RESULT_DEPTH}", "expression_limit"
            )
        whole: Any = value
        if isinstance(value, list):
            pay(2)
            return [convert(entry, depth + 1) for entry in whole]
        if isinstance(value, dict):
            pay(2 + sum(map(len, whole)))
            return {
                key: convert(entry, depth + 1)
                for key, entry in in_order(whole).items()
                if entry is not UNDEFINED and not isinstance(entry, Function)
            }
        return convert(value.to_json(), depth + 1) if isinstance(value, HostObject) else None

    return convert(value, 0)


def cloned(value: Any, budget: Budget) -> Any:
    """Return a copy that shares no list and no object; moments and the like do not change, and stand in both."""
    budget.spend()
    whole: Any = value
    if isinstance(value, list):
        return [cloned(entry, budget) for entry in whole]
    if isinstance(value, dict):
        return {key: cloned(entry, budget) for key, entry in whole.items()}
    if isinstance(value, Function):
        raise JsError("a function could not be cloned")
    return value


def stringify(value: Any, indent: int | str | None = None) -> str:
    """Write a JSON value as `JSON.stringify` does."""
    if indent:
        return _indented(_plain(value), indent)
    return dumps_text(_plain(value), is_compact=True)


def _indented(value: Any, indent: int | str) -> str:
    """Write a value line by line; deep ones are mostly margin, so the text is bounded as it grows."""
    pieces: list[str] = []
    left = MAX_RESULT
    for piece in text_pieces(value, indent=indent):
        left -= len(piece)
        if left < 0:
            raise ExpressionFailed(
                f"a value of the expression is larger than {MAX_RESULT} characters", "expression_limit"
            )
        pieces.append(piece)
    return "".join(pieces)


class _Number(float):
    def __repr__(self) -> str:
        return number_text(float(self))


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e21 else _Number(value)
    whole: Any = value
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in whole.items()}
    return [_plain(entry) for entry in whole] if isinstance(value, list) else value
