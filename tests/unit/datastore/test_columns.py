"""Which values columns take, and how they keep them."""

from __future__ import annotations

from typing import Any

import pytest

from core.datastore.columns import Column, Columns, cell, checked, digest
from core.datastore.errors import InvalidCell, InvalidColumn, UnknownColumn
from core.datastore.rows import total


def kept(kind: str, value: Any) -> Any:
    return cell(Column("c1", "a", kind), value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", "a", "a"), ("text", "", ""), ("number", 2**53 + 1, 2**53 + 1), ("number", -(2**63), -(2**63)),
        ("number", "9007199254740993", 9007199254740993), ("number", 5.0, 5), ("number", "1.5", 1.5),
        ("number", 1e20, 1e20), ("boolean", "TRUE", True), ("boolean", False, False), ("date", "2026-02-28", "2026-02-28"),
        ("date", "2026-02-28T12:00:00+02:00", "2026-02-28T10:00:00.000Z"),
        ("date", "0005-01-01T00:00:00.12345Z", "0005-01-01T00:00:00.123Z"), ("json", {"a": [1, None]}, {"a": [1, None]}),
        ("text", None, None), ("json", None, None),
    ],
)  # fmt: skip
def test_what_fits_is_kept(kind: str, value: Any, expected: Any) -> None:
    found = kept(kind, value)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 5), ("text", "a\x00b"), ("text", "\ud800"), ("number", 2**63), ("number", "99999999999999999999"),
        ("number", float("nan")), ("number", True), ("number", "1e5000"), ("number", ""), ("boolean", 1), ("date", "soon"),
        ("date", "2026-02-30"), ("date", "0001-01-01T00:00:00+14:00"), ("json", {"a": "\x00"}), ("json", {1: 2}),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(kind: str, value: Any) -> None:
    with pytest.raises(InvalidCell) as refused:
        kept(kind, value)
    assert refused.value.details["column"] == "a"


def test_a_value_as_deep_as_values_may_be_fits_and_a_deeper_one_does_not() -> None:
    value: Any = 1
    for _ in range(100):
        value = [value]
    assert kept("json", value) == value
    with pytest.raises(InvalidCell):
        kept("json", [value])


@pytest.mark.parametrize("name", ["", "1a", "a:b", "a,b", "a\n", " a", "a ", "id", "Created_At", "a" * 61, "a\x00"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidColumn):
        checked([Column("c1", name, "text")])


def test_names_that_differ_in_case_alone_are_one() -> None:
    with pytest.raises(InvalidColumn):
        checked([Column("c1", "Größe", "text"), Column("c2", "größe", "text")])
    checked([Column("c1", "Größe", "text"), Column("c2", "a b-c_1", "text")])


def test_an_unknown_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(UnknownColumn, match=r"'b'.*: a"):
        Columns((Column("c1", "a", "text"),), None).cells({"b": 1})


def test_keys_that_are_equal_have_one_digest() -> None:
    assert digest(kept("number", 5.0)) == digest(kept("number", "5"))
    assert digest(kept("number", 2**53)) != digest(kept("number", 2**53 + 1))
    assert digest("5") != digest(5)
    assert digest(kept("number", 1e17)) == digest(kept("number", 10**17)), "the database holds one number"


def test_sums_of_whole_numbers_are_exact_and_of_others_as_people_count() -> None:
    assert total(2**53, 1, "n") == 2**53 + 1
    assert total(0.1, 0.2, "n") == 0.3
    assert total(None, 5, "n") == 5
    for before, by in ((2**63 - 1, 1), (-(2**63), -1), (1.7e308, 1.7e308)):
        with pytest.raises(InvalidCell):
            total(before, by, "n")
