"""How many runs of one owner a process takes."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fairness.room import HeldByOwners, may_have_one_more


def taken(places: int, owners: int) -> list[int]:
    """Return how many places each comes to hold where each in turn takes all that he may."""
    held, free = [0] * owners, places
    for number in range(owners):
        while may_have_one_more(held[number], free):
            held[number] += 1
            free -= 1
    return held


@pytest.mark.parametrize(("places", "most"), [(1, 1), (2, 1), (3, 2), (4, 3), (8, 6), (10, 7), (100, 75)])
def test_an_owner_alone_comes_to_some_three_quarters_of_the_places(places: int, most: int) -> None:
    assert taken(places, 1) == [most]


@given(st.integers(1, 300), st.integers(1, 30))
def test_each_who_comes_finds_a_place_as_long_as_one_is_free(places: int, owners: int) -> None:
    held = taken(places, owners)
    assert held == sorted(held, reverse=True)
    assert sum(held) <= places
    assert sum(held) < places or held.count(0) < owners, "nobody has all of them"
    assert 0 not in held or sum(held) == places, "one that is free is taken by who has none"
    assert owners > 3 or places < 17 or sum(held) < places, "three who take what they can leave one to a fourth"


def test_an_owner_is_held_back_until_a_place_is_given_back() -> None:
    held, greedy, other = HeldByOwners(), uuid4(), uuid4()
    for _ in range(75):
        held.took(greedy)
    assert held.asked(25) == {"most": 25, "holders": [greedy], "held": [75]}
    assert held.somebody_is_held_back(25)
    held.took(other)
    held.gave_back(greedy)
    assert not held.somebody_is_held_back(26)
    held.gave_back(other)
    assert held.asked(26)["holders"] == [greedy], "nothing is kept of who holds nothing"
