"""The functions and comparisons of JMESPath. Source: jmespath.org, specification of 2015.

Each takes the budget of its evaluation and what it was given. What it raises for a wrong kind of value, its caller
tells.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

from compiler.expressions.functions.output import stringify, to_json
from compiler.expressions.limits import Budget
from compiler.expressions.values import is_number, normal
from core.values.kinds import is_list

Find = Callable[[Any, Budget], Any]


class Expression(NamedTuple):
    """`&expression` among the arguments of a function."""

    find: Find


def same(value: Any, budget: Budget) -> Any:
    """Find the value itself."""
    return value


def equal(left: Any, right: Any, budget: Budget) -> bool:
    if type_name(left) != type_name(right):
        return False
    if isinstance(left, (list, dict)):  # parts may stand in them many times: what it takes is what they are as JSON
        return bool(to_json(left, budget) == to_json(right, budget))
    budget.touch(left, right)
    return bool(left == right)


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any, Budget], Any]:
    return lambda left, right, budget: test(left, right) if is_number(left) and is_number(right) else None


COMPARISONS: dict[str, Callable[[Any, Any, Budget], Any]] = {
    "==": equal,
    "!=": lambda left, right, budget: not equal(left, right, budget),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
}


def type_name(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names: dict[Any, str] = {str: "string", list: "array", dict: "object", int: "number", float: "number"}
    return names.get(type(value), "null")


def _keys_of(values: list[Any], by: Expression, budget: Budget) -> list[tuple[Any, Any]]:
    """Return entries with what they are ordered by: all numbers, or all texts. Raises: TypeError."""
    pairs = [(by.find(value, budget), value) for value in values]
    if len({type_name(key) for key, _ in pairs} - {"number"}) > 1 or any(
        type_name(key) not in ("number", "string") for key, _ in pairs
    ):
        raise TypeError
    if len({type_name(key) for key, _ in pairs}) > 1:
        raise TypeError
    return pairs


def _sort(budget: Budget, values: list[Any]) -> list[Any]:
    return _sort_by(budget, values, Expression(same))


def _sort_by(budget: Budget, values: list[Any], by: Expression) -> list[Any]:
    budget.spend(len(values))
    return [value for _, value in sorted(_keys_of(values, by, budget), key=lambda pair: pair[0])]


def _extreme(pick: Callable[..., Any]) -> Callable[..., Any]:
    def run(budget: Budget, values: list[Any], by: Expression = Expression(same)) -> Any:  # noqa: B008 (a constant)
        pairs = _keys_of(values, by, budget)
        return pick(pairs, key=itemgetter(0))[1] if pairs else None

    return run


def _to_number(budget: Budget, value: Any) -> Any:
    if is_number(value):
        return value
    try:
        number = float(value) if isinstance(value, str) and "_" not in value else math.nan
    except ValueError:
        return None
    return normal(number) if math.isfinite(number) else None


def _contains(budget: Budget, subject: Any, wanted: Any) -> bool:
    if isinstance(subject, str):
        return isinstance(wanted, str) and wanted in subject
    return any(equal(entry, wanted, budget) for entry in subject)


def _joined(budget: Budget, glue: str, texts: list[Any]) -> str:
    budget.grow(sum(map(len, texts)) + len(glue) * len(texts))
    return glue.join(texts)


def _merged(budget: Budget, *objects: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for one in objects:
        budget.spend(1 + len(one) // 8)
        made.update(one)
    return made


def _not_null(budget: Budget, *values: Any) -> Any:
    return next((value for value in values if value is not None), None)


_OF_ONE: dict[str, Callable[[Budget, Any], Any]] = {
    "abs": lambda budget, value: abs(value),
    "avg": lambda budget, values: normal(math.fsum(values) / len(values)) if values else None,
    "ceil": lambda budget, value: math.ceil(value),
    "floor": lambda budget, value: math.floor(value),
    "keys": lambda budget, value: list(value.keys()),
    "length": lambda budget, value: len(value),
    "reverse": lambda budget, value: value[::-1],
    "sum": lambda budget, values: normal(math.fsum(values)),
    "to_array": lambda budget, value: value if is_list(value) else [value],
    "to_string": lambda budget, value: value if isinstance(value, str) else stringify(to_json(value, budget)),
    "type": lambda budget, value: type_name(value),
    "values": lambda budget, value: list(value.values()),
}
_OF_TWO: dict[str, Callable[[Budget, Any, Any], Any]] = {
    "ends_with": lambda budget, text, end: text.endswith(end),
    "map": lambda budget, by, values: [by.find(value, budget) for value in values],
    "starts_with": lambda budget, text, begin: text.startswith(begin),
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **_OF_ONE,
    **_OF_TWO,
    "contains": _contains,
    "join": _joined,
    "max": _extreme(max),
    "max_by": _extreme(max),
    "merge": _merged,
    "min": _extreme(min),
    "min_by": _extreme(min),
    "not_null": _not_null,
    "sort": _sort,
    "sort_by": _sort_by,
    "to_number": _to_number,
}
