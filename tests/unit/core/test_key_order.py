"""The order of keys, where the database would change it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.definition import read
from core.database.packing import NodesField
from core.forms.fields import fields_of, in_written_order
from core.json import dumps
from core.json.key_order import AS_WRITTEN, as_written, is_in_stored_order, noted
from executor.domain.answers import as_sent, as_stored
from tests.builders import graph, node


@pytest.mark.parametrize(
    ("value", "is_kept"),
    [({"b": 1, "zeta": 2}, True), ({"zeta": 1, "b": 2}, False), ({"b": 1, "a": 2}, False), ([{"a": [{"bb": 1, "a": 2}]}], False),
     ({"zz": 1, "é": 2}, True), ({"é": 1, "zz": 2}, False), (None, True), ("text", True), ({}, True)],
)  # fmt: skip
def test_what_is_stored_in_its_own_order_is_known(value: Any, is_kept: bool) -> None:
    assert is_in_stored_order(value) is is_kept


def test_a_definition_whose_params_stand_in_another_order_is_another_one() -> None:
    def hashed(params: dict[str, Any]) -> str:
        return read(graph([node("n", "set", params)], [])).hash

    assert hashed({"zeta": 1, "b": 2}) != hashed({"b": 2, "zeta": 1})
    assert hashed({"zeta": 1, "b": 2}) == hashed({"zeta": 1, "b": 2})


def test_params_that_were_changed_by_who_does_not_know_of_their_order_count() -> None:
    field = NodesField()
    stored = [{"id": "n", "data": {"params": {"a": 1}}, "params_as_written": '{"b":1,"a":1}'}]

    assert field.from_db_value(stored, None, None) == [{"id": "n", "data": {"params": {"a": 1}}}]


def test_a_form_says_in_which_order_its_fields_stand() -> None:
    names = ["name", "email", "age", "when"]
    form = in_written_order({"type": "object", "properties": {name: {"type": "string"} for name in names}})
    stored = {"properties": {name: form["properties"][name] for name in sorted(names, key=lambda one: (len(one), one))}}

    assert [field.name for field in fields_of(stored)] == names
    already = {"properties": {"a": {"type": "string"}, "bb": {"type": "string"}}}
    assert in_written_order(already) is already


def test_what_was_sent_as_an_answer_keeps_its_order() -> None:
    answer = {"by": "signal", "payload": {"zeta": 1, "b": 2}}
    stored = as_stored(answer)

    assert stored["payload_text"] == '{"zeta":1,"b":2}'
    given = as_sent({**stored, "payload": {"b": 2, "zeta": 1}})
    assert given == answer
    assert list(given["payload"]) == ["zeta", "b"]
    assert as_stored({"by": "time"}) == {"by": "time"}


KEYS = st.sampled_from(["zeta", "b", "alpha", "é", "", "10", "2", AS_WRITTEN])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def as_the_database_has_it(value: Any) -> Any:
    """Return a value as jsonb gives it back."""
    if isinstance(value, list):
        return [as_the_database_has_it(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    names = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
    return {name: as_the_database_has_it(value[name]) for name in names}


@given(JSON)
def test_what_is_noted_comes_back_as_it_was_written(value: Any) -> None:
    back = as_written(as_the_database_has_it(noted(value)))

    assert dumps(back) == dumps(value)


@given(st.dictionaries(KEYS, JSON, max_size=4), JSON)
def test_what_somebody_changes_who_does_not_know_of_the_order_counts(value: dict[str, Any], other: Any) -> None:
    stored = as_the_database_has_it(noted(value))
    changed = {**stored, "changed": other}

    assert as_written(changed)["changed"] == other
