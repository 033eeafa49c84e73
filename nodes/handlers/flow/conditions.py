"""Conditions, as If, Filter and Switch share them: `{left, operator, right}`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import re2
from pydantic import BaseModel, ConfigDict, Field

from core.values.compare import equals, is_empty, moment_of, order, text_of
from nodes import costs
from nodes.base import NodeContext, NodeFailed

Operator = Literal[
    "equals", "not_equals", "gt", "gte", "lt", "lte", "contains", "not_contains", "starts_with", "not_starts_with",
    "ends_with", "not_ends_with", "matches", "not_matches", "exists", "not_exists", "empty", "not_empty", "is_true",
    "not_is_true", "length_equals", "length_gt", "length_lt", "after", "before", "is_type",
]  # fmt: skip
Combinator = Literal["and", "or"]
LABELS = {
    "equals": "Equals", "not_equals": "Does not equal", "gt": "Is greater than", "gte": "Is at least",
    "lt": "Is less than", "lte": "Is at most", "contains": "Contains", "not_contains": "Does not contain",
    "starts_with": "Starts with", "not_starts_with": "Does not start with", "ends_with": "Ends with",
    "not_ends_with": "Does not end with", "matches": "Matches the pattern", "not_matches": "Does not match the pattern",
    "exists": "Exists", "not_exists": "Does not exist", "empty": "Is empty", "not_empty": "Is not empty",
    "is_true": "Is true", "not_is_true": "Is not true", "length_equals": "Has the length",
    "length_gt": "Is longer than", "length_lt": "Is shorter than", "after": "Is after", "before": "Is before",
    "is_type": "Is of type",
}  # fmt: skip


class Condition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    left: Any = None
    operator: Operator = Field(default="equals", json_schema_extra={"option_labels": dict(LABELS)})
    right: Any = None


class ConditionOptions(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    case_sensitive: bool = True


SHORT = 10_000  # characters
AT_A_GLANCE = frozenset({"exists", "empty", "is_true", "is_type", "length_equals", "length_gt", "length_lt"})
CONDITIONS = Field(min_length=1, title="Conditions")


def holds(conditions: Iterable[Condition], combinator: Combinator, *, case_sensitive: bool = True) -> bool:
    """Tell whether conditions hold together. Raises: NodeFailed "invalid_condition"."""
    results = (_holds(condition, case_sensitive=case_sensitive) for condition in conditions)
    return all(results) if combinator == "and" else any(results)


async def decided(
    conditions: Sequence[Condition], combinator: Combinator, *, case_sensitive: bool, ctx: NodeContext
) -> bool:
    """Tell whether conditions hold together, in a process of its own where their values are large.

    Raises: NodeFailed "invalid_condition".
    """
    costs_ms = [
        _cost_ms(side)
        for condition in conditions
        if not case_sensitive or condition.operator.removeprefix("not_") not in AT_A_GLANCE
        for side in (condition.left, condition.right)
    ]
    if not any(costs_ms):
        return holds(conditions, combinator, case_sensitive=case_sensitive)
    sent = [[condition.left, condition.operator, condition.right] for condition in conditions]
    return await ctx.compute(hold_sent, sent, combinator, case_sensitive, cost_ms=sum(costs_ms))


def hold_sent(sent: list[list[Any]], combinator: Combinator, case_sensitive: bool) -> bool:
    conditions = [Condition(left=left, operator=operator, right=right) for left, operator, right in sent]
    return holds(conditions, combinator, case_sensitive=case_sensitive)


def _cost_ms(side: Any) -> float:
    if isinstance(side, str):
        return costs.of_text(side, 20) if len(side) > SHORT else 0.0
    return costs.of_slow_value(side, 600) if isinstance(side, (list, dict)) else 0.0


def _holds(condition: Condition, *, case_sensitive: bool) -> bool:
    name = condition.operator
    negated = name.startswith("not_")
    test = TESTS[name.removeprefix("not_") if negated else name]
    left, right = condition.left, condition.right
    if not case_sensitive:
        left, right = _folded(left), _folded(right)
    return test(left, right) != negated


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _contains(left: Any, right: Any) -> bool:
    whole: Any = left
    if isinstance(left, (list, tuple)):
        return any(equals(entry, right) for entry in whole)
    if isinstance(left, dict):
        return text_of(right) in whole
    return left is not None and text_of(right) in text_of(left)


def _matches(left: Any, right: Any) -> bool:
    text = text_of(right)
    flags = ""
    if len(text) > 1 and text.startswith("/") and text.rfind("/") > 0:
        text, flags = text[1 : text.rfind("/")], text[text.rfind("/") + 1 :]
    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(f"(?i){text}" if "i" in flags else text, options)
    except re2.error as exc:
        raise NodeFailed("invalid_condition", f"{text[:100]!r} is not a regular expression that can be used") from exc
    return pattern.search(text_of(left)) is not None


def _length(value: Any) -> int:
    whole: Any = value
    return len(whole) if isinstance(value, (str, list, dict)) else 0


def _is_true(left: Any, right: Any) -> bool:
    if isinstance(left, str):
        return left.strip().lower() == "true"
    return left is True or (type(left) is int and left == 1)


def _comparable(test: Callable[[int], bool]) -> Callable[[Any, Any], bool]:
    return lambda left, right: left is not None and right is not None and test(order(left, right))


def _in_time(test: Callable[[int], bool]) -> Callable[[Any, Any], bool]:
    """Return a test of times; what is no time on both sides is compared as any values are."""

    def holds_(left: Any, right: Any) -> bool:
        one = moment_of(left) if isinstance(left, str) else None
        other = moment_of(right) if isinstance(right, str) else None
        if one is None or other is None:
            return _comparable(test)(left, right)
        return test((one > other) - (one < other))

    return holds_


TYPES = {"string": str, "array": list, "object": dict, "boolean": bool}


def _is_type(left: Any, right: Any) -> bool:
    if right == "number":
        return isinstance(left, (int, float)) and not isinstance(left, bool)
    return isinstance(left, TYPES.get(str(right), ()))


TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": equals,
    "gt": _comparable(lambda sign: sign > 0),
    "gte": _comparable(lambda sign: sign >= 0),
    "lt": _comparable(lambda sign: sign < 0),
    "lte": _comparable(lambda sign: sign <= 0),
    "after": _in_time(lambda sign: sign > 0),
    "before": _in_time(lambda sign: sign < 0),
    "contains": _contains,
    "starts_with": lambda left, right: text_of(left).startswith(text_of(right)),
    "ends_with": lambda left, right: text_of(left).endswith(text_of(right)),
    "matches": _matches,
    "exists": lambda left, right: left is not None,
    "empty": lambda left, right: is_empty(left),
    "is_true": _is_true,
    "length_equals": lambda left, right: equals(_length(left), right),
    "length_gt": lambda left, right: order(_length(left), right) > 0,
    "length_lt": lambda left, right: order(_length(left), right) < 0,
    "is_type": _is_type,
}
