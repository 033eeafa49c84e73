"""The size of JSON is known before it is written."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.values import size as module
from core.values.size import Sizes, TooLarge, json_size

ENOUGH = 2**40
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(st.characters(codec="utf-8"))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=40,
)


@given(VALUES)
def test_a_value_is_as_large_as_what_is_written(value: Any) -> None:
    assert json_size(value, ENOUGH) == len(orjson.dumps(value))


@given(value=VALUES, small=st.integers(50, 2000), slice_=st.integers(1, 4))
def test_large_values_are_counted_part_by_part_to_the_same_size(value: Any, small: int, slice_: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SMALL", small)
        patch.setattr(module, "SLICE", slice_)
        assert json_size([value, value], ENOUGH) == len(orjson.dumps([value, value]))


def test_shared_values_count_each_time_they_would_be_written() -> None:
    text = "x" * 4_000_000
    fields = {f"f{at:03}": text for at in range(400)}

    assert json_size(fields, ENOUGH) == 400 * (4_000_002 + len('"f000":,')) + 1
    assert json_size({"a": [fields] * 1000}, 64 * 2**20) > 64 * 2**20


def test_a_value_that_doubles_at_each_level_is_refused_at_once() -> None:
    value: Any = ["x" * 1000]
    for _ in range(60):
        value = [value, value]

    assert json_size(value, 2**30) > 2**30


def test_what_json_cannot_hold_is_counted_as_something() -> None:
    assert json_size(10**5000, ENOUGH) >= 5000
    assert json_size({"a": "\ud800" * 10}, ENOUGH) >= 10
    assert json_size([object(), {1: 2}], ENOUGH) > 0


def test_values_count_against_one_limit() -> None:
    sizes = Sizes(100)
    sizes.add("x" * 48)
    sizes.add("x" * 48)

    with pytest.raises(TooLarge):
        sizes.add("")
