"""A sample holds each kind of case, and all of them where all are asked for."""

from __future__ import annotations

import pytest

from tests import thoroughness
from tests.thoroughness import examples, sample

CASES = [f"{kind}{at}" for at in range(5) for kind in "abc"]


def test_a_sample_holds_so_many_of_each_kind_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thoroughness, "TRIES_ALL", False)
    chosen = sample(CASES, kind=lambda case: case[0], of_each=2)
    assert sorted(case[0] for case in chosen) == ["a", "a", "b", "b", "c", "c"]
    assert chosen == [case for case in CASES if case in chosen]
    assert chosen == sample(CASES, kind=lambda case: case[0], of_each=2)
    assert (examples(400), examples(1)) == (100, 1)


def test_all_cases_are_tried_where_all_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thoroughness, "TRIES_ALL", True)
    assert sample(CASES, kind=lambda case: case[0]) == CASES
    assert examples(400) == 400
