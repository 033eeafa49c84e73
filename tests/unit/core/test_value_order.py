"""One order of all values, one equality for groups, numbers as text has them, paths that are read as they are written."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.values.compare import equals, identity, order, sort_key, text_of
from core.values.numbers import is_exact, read_number, total
from core.values.paths import copied, get_path, has_path, last_name, remove_path, set_path

NUMBERS = st.integers(-(2**64), 2**64) | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [7615917337495251231, 7615917337495251232, 7615917337495251000, 0, 1, 1.0, 9.5, 10, 1e16, 2**53, 2**53 + 1]
)  # fmt: skip
TEXTS = st.text(max_size=6) | NUMBERS.map(str) | st.sampled_from(
    ["9", "10", "100", "1.0", "1_000", "NaN", "", "2026-03-05", "2026-03-05T00:00:00Z", "2026-03-05T01:00+01:00", "20260305", "١٢"]
)  # fmt: skip
PLAIN = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(["a", "b", "a.b", "nr.", "0", "1", "x y", ".", "a[0]", "price.usd"])
PATHS = st.sampled_from(
    ["a", "b", "a.b", "a.b.c", "nr.", "a[0]", "a.0", "a[1].b", 'a["x y"]', ".", "price.usd", "a..b"]
)
OBJECTS = st.dictionaries(KEYS, st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2), max_leaves=4), max_size=4)  # fmt: skip


@given(VALUES, VALUES, VALUES)
def test_the_order_is_total_and_transitive(one: Any, two: Any, three: Any) -> None:
    assert order(one, one) == 0
    assert order(one, two) == -order(two, one)
    if order(one, two) <= 0 and order(two, three) <= 0:
        assert order(one, three) <= 0
    if order(one, two) == 0:
        assert order(one, three) == order(two, three)


@given(VALUES, VALUES, VALUES)
def test_identity_is_an_equality_and_lies_within_the_others(one: Any, two: Any, three: Any) -> None:
    assert identity(one) == identity(one)
    assert equals(one, two) == equals(two, one)
    if identity(one) == identity(two):
        assert hash(identity(one)) == hash(identity(two))
        assert equals(one, two)
        assert (identity(two) == identity(three)) == (identity(one) == identity(three))
    if equals(one, two):
        assert order(one, two) == 0, "what is equal stands together"


@given(st.lists(VALUES, max_size=6), st.randoms())
def test_sorting_does_not_depend_on_how_things_stood(values: list[Any], chance: Any) -> None:
    mixed = list(values)
    chance.shuffle(mixed)

    assert [sort_key(value) for value in sorted(values, key=sort_key)] == [
        sort_key(value) for value in sorted(mixed, key=sort_key)
    ]


@given(OBJECTS, PATHS, st.integers())
def test_what_is_written_at_a_path_is_read_there(source: dict[str, Any], path: str, new: int) -> None:
    before = repr(source)
    made = set_path(source, path, new)

    assert get_path(made, path) == new
    assert get_path(copied(made, {}, path), path) == new or path not in made
    assert repr(source) == before, "a copy is made"
    if has_path(source, path):
        assert set_path(source, path, get_path(source, path)) == source
        assert set(made) == set(source), "what stood there is replaced, nothing is put beside it"


@given(OBJECTS, PATHS)
def test_what_is_removed_is_gone_or_was_before(source: dict[str, Any], path: str) -> None:
    gone = remove_path(source, path)

    if not has_path(source, path):
        assert gone == source
    elif path in source:
        assert path not in gone
        assert len(gone) == len(source) - 1


@given(st.integers(-(2**63), 2**64 - 1))
def test_whole_numbers_are_read_exactly(number: int) -> None:
    assert read_number(str(number)) == number
    assert is_exact(str(number), number)
    assert total([number, 1]) == number + 1
    assert equals(number, str(number))
    assert not equals(number, number + 1)


@pytest.mark.parametrize(
    "text", ["1_000", "NaN", "Infinity", "-inf", "١٢", "0x10", "", " ", "1e", ".", "+", "1 000", "1e999"]
)
def test_what_is_no_number(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "number", "exact"),
    [("12", 12, True), (" -1.50 ", -1.5, True), ("+3", 3, True), (".5", 0.5, True), ("1.", 1.0, True), ("1e3", 1000.0, True),
     ("0.1", 0.1, True), ("19999.99", 19999.99, True), ("12345678901234567.89", 12345678901234567.89, False),
     ("123456789012345678901234567890", 123456789012345678901234567890, False)],
)  # fmt: skip
def test_numbers_in_text(text: str, number: float, exact: bool) -> None:
    assert read_number(text) == number
    assert is_exact(text, number) is exact


@pytest.mark.parametrize(
    ("values", "expected"),
    [([9.5, "10", "9"], ["9", 9.5, "10"]), (["10", "9", 9.5], ["9", 9.5, "10"]), (["9", "10", "100"], ["9", "10", "100"]),
     ([[1], {}, "a", 1, True, None, "2026-01-01"], [None, True, 1, "2026-01-01", "a", [1], {}])],
)  # fmt: skip
def test_in_order(values: list[Any], expected: list[Any]) -> None:
    assert sorted(values, key=sort_key) == expected


def test_sums_lose_nothing() -> None:
    assert total([7615917337495251231, 1]) == 7615917337495251232
    assert total([0.1] * 10) == 1
    assert total([1, 2], 2) == 1.5
    assert total([2**60, 0.5, -(2**60)]) == 0.5
    assert total([1e308, 1e308, -1e308]) == 1e308
    with pytest.raises(OverflowError):
        total([1e308, 1e308])
    assert math.isfinite(total([10**400, -(10**400), 1]))


def test_text_of_values() -> None:
    assert [text_of(value) for value in ("a", True, None, {"a": 1}, [1, "x"], 1.5)] == [
        "a", "true", "", '{"a":1}', '[1,"x"]', "1.5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "name"), [("a", "a"), ("a.b", "b"), ("nr.", "nr"), ("a[0]", "a"), ('a["x y"]', "x y"), (".", ".")]
)
def test_last_names(path: str, name: str) -> None:
    assert last_name(path) == name
