"""Numbers at the ends of what there is, and texts that read as such, in every node that computes with values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.json import dumps
from nodes.base import NodeFailed
from tests.thoroughness import examples
from tests.unit.nodes.running import run

LARGEST = 1.7976931348623157e308
NUMBERS: list[Any] = [
    0, -0.0, 1, -1.5, LARGEST, -LARGEST, 1e308, 5e-324, 2**53 + 1, 2**63, 2**64 - 1, -(2**63), 10**400, -(10**400),
    "1e308", "1e999", "-1e999", "9" * 350, "nan", "Infinity", "٣", "1_000", "0x10", " 5 ", "", None, True, [1], {"a": 1},
]  # fmt: skip
value = st.sampled_from(NUMBERS)
AGGREGATIONS = (
    "count", "count_unique", "sum", "average", "min", "max", "append", "concatenate", "first", "last",
)  # fmt: skip


def made_by(kind: str, params: dict[str, Any], *values: Any) -> dict[str, list[Any]] | str:
    """Return what a node made, or the code of its failure."""
    try:
        made = run(kind, params, *[{"n": one, "k": "x"} for one in values])
    except NodeFailed as exc:
        assert exc.node_code in ("invalid_value", "invalid_date", "invalid_output")
        return exc.node_code
    return made


def summary(aggregation: str) -> dict[str, Any]:
    return {"fields_to_summarize": [{"aggregation": aggregation, "field": "n", "output_field_name": "s"}]}


@given(st.lists(value, max_size=6), st.sampled_from(AGGREGATIONS))
@settings(max_examples=examples(300), deadline=None, derandomize=True)
def test_summaries(values: list[Any], aggregation: str) -> None:
    made_by("summarize", summary(aggregation), *values)


@given(st.lists(value, max_size=6), value)
@settings(max_examples=examples(200), deadline=None, derandomize=True)
def test_sorting_comparing_and_converting(values: list[Any], other: Any) -> None:
    made_by("sort", {"sort_fields": [{"field_name": "n"}]}, *values)
    made_by("remove_duplicates", {"compare": "selected_fields", "fields": ["n"]}, *values)
    for wanted in ("number", "string", "boolean"):
        field = {"name": "made", "type": wanted, "value": other}
        made_by("set", {"assignments": [field]}, *values)
    for operator in ("equals", "gt", "lte", "not_equals", "is_type", "length_gt"):
        case = {"left": other, "operator": operator, "right": values[0] if values else 1}
        made_by("if", {"conditions": [case]}, *values)


@given(
    value,
    st.sampled_from([0, 1, -1, 0.5, 1e9, -1e9]),
    st.sampled_from(["years", "months", "weeks", "days", "hours"]),
)
@settings(max_examples=examples(200), deadline=None, derandomize=True)
def test_dates(given_value: Any, amount: float, unit: str) -> None:
    for operation in (
        "add_to_date",
        "subtract_from_date",
        "format_date",
        "extract_date",
        "round_date",
        "get_time_between_dates",
    ):
        params = {"operation": operation, "date": given_value, "end_date": 0, "duration": amount, "time_unit": unit}
        made_by("date_time", params, 1)


@pytest.mark.parametrize(
    ("aggregation", "values", "expected"),
    [
        ("sum", [1e308, 1e308, -1e308], 1e308),
        ("sum", [LARGEST, LARGEST, -LARGEST, -LARGEST, 7], 7),
        ("average", [1e308, 1e308], 1e308),
        ("average", [LARGEST] * 3, LARGEST),
        ("sum", [1e308, 1e308], "invalid_value"),
        ("sum", [-1e308, "-1e308"], "invalid_value"),
        ("sum", ["1e999", 2, "-1e999"], 2),
        ("average", [10**400, 4], 4),
        ("sum", [0.1] * 10, 1),
    ],
)
def test_what_sums_come_to(aggregation: str, values: list[Any], expected: Any) -> None:
    made = made_by("summarize", summary(aggregation), *values)
    assert (made if isinstance(made, str) else made["main"][0]["s"]) == expected
    if not isinstance(made, str):
        dumps(made)
