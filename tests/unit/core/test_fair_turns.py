"""Who is next, without loop, thread or clock."""

from __future__ import annotations

from core.fairness.turns import FairTurns


def served(turns: FairTurns[str]) -> list[str]:
    found: list[str] = []
    while (next_one := turns.serve()) is not None:
        found.append(next_one[1])
    return found


def test_one_alone_leaves_a_place_and_who_comes_takes_it() -> None:
    turns: FairTurns[str] = FairTurns(4)
    for number in range(10):
        turns.join("many", f"many {number}")
    assert served(turns) == ["many 0", "many 1", "many 2"]
    turns.join("one", "one 0")
    assert served(turns) == ["one 0"]


def test_while_others_wait_half_is_the_most() -> None:
    turns: FairTurns[str] = FairTurns(4)
    for number in range(10):
        turns.join("a", f"a {number}")
        turns.join("b", f"b {number}")
    assert served(turns) == ["a 0", "b 0", "a 1", "b 1"]
    turns.give_back("a")
    assert served(turns) == ["a 2"], "each keeps his half"


def test_places_that_change_their_owner_count_for_the_new_one() -> None:
    turns: FairTurns[str] = FairTurns(4)
    for number in range(5):
        turns.join("network", f"{number}")
    assert served(turns) == ["0", "1", "2"]
    for _ in range(3):
        turns.hand_over("network", "user")
    assert (turns.held_by("network"), turns.held_by("user"), turns.free) == (0, 3, 1)
    assert served(turns) == ["3"], "the rest are of somebody who has nothing"


def test_nothing_is_remembered_of_who_has_gone() -> None:
    turns: FairTurns[str] = FairTurns(2)
    turns.join("a", "first")
    turns.join("a", "second")
    assert served(turns) == ["first"]
    turns.leave("a", "second")
    turns.leave("a", "second")
    turns.hand_over("a", "b")
    turns.give_back("b")
    assert turns.is_at_rest
