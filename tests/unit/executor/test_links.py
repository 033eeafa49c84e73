"""Links of many items are followed in the time that there are links, and others have their turn meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from compiler.compiler import compile_definition
from compiler.definition import read
from executor.domain.ledger import Ledger, Outcome
from executor.domain.lifecycle import NodeStatus
from executor.domain.links import LOST, MOST_FOLLOWED, PAUSE_EACH, Follower
from executor.node.names import EarlierNode, node_finder
from nodes.builtin import BUILTIN
from nodes.items import Item, Items
from nodes.registry import catalogue_of
from tests.builders import chain, node


def ledger_of(**outputs: Items) -> Ledger:
    """Return what a run knows that gave these items one node after the other, the last of which reads."""
    plan = compile_definition(read(chain(*map(node, outputs), node("reader"))), catalogue_of(BUILTIN))[0].plan
    ledger = Ledger(plan, plan.root)
    for node_id, items in outputs.items():
        ledger.outcomes[node_id] = Outcome(NodeStatus.COMPLETED, {"main": items})
    ledger.outcomes["start"] = Outcome(NodeStatus.COMPLETED, {"main": outputs["source"]})
    return ledger


def made_of(*places: int) -> Item:
    return {"json": {}, "pairedItem": [{"item": at} for at in places]}


def together(many: int) -> dict[str, Items]:
    """Many items that are put into one, and taken out of it again."""
    source: Items = [{"json": {"n": n}, "pairedItem": {"item": n}} for n in range(many)]
    return {"source": source, "all": [made_of(*range(many))], "out": [made_of(0) for _ in range(many)]}


def followed(ledger: Ledger, most: int) -> tuple[int, list[Any]]:
    follower = Follower("source", most=most)
    edges = ledger.plan.incoming["reader"]
    found = [follower.origin(ledger, edges, "main", at) for at in range(len(ledger.outcomes["out"].outputs["main"]))]
    return follower.followed, found


@pytest.mark.parametrize("most", [1, 10**6])
def test_the_links_followed_grow_with_the_items_and_not_with_their_square(most: int) -> None:
    few, _ = followed(ledger_of(**together(100)), most)
    many, found = followed(ledger_of(**together(1000)), most)
    assert few <= 3 * 100
    assert many <= 3 * 1000
    if most > 1:
        numbers = {tuple(item["json"]["n"] for _, item in origin.items) for origin in found}
        assert (numbers, {origin.is_lost for origin in found}) == ({tuple(range(1000))}, {False})
    else:
        assert many <= 5, "the second origin ends it"
        assert {origin.item is None for origin in found} == {True}


def test_expressions_of_all_items_share_what_was_followed() -> None:
    ledger = ledger_of(**together(500))
    find = node_finder(ledger, ledger.plan.graph, "reader", "main")
    for at in range(500):
        view = find("source")
        assert isinstance(view, EarlierNode)
        assert view.item_of(at) is None
    view = find("source")
    assert isinstance(view, EarlierNode)
    assert view.follower.followed <= 5


def test_one_item_whose_links_are_too_many_is_lost_in_the_same_way_for_each_that_leads_to_it() -> None:
    many = MOST_FOLLOWED + 2
    ledger = ledger_of(**together(many))
    follower = Follower("source", most=10**6)
    edges = ledger.plan.incoming["reader"]
    assert [follower.origin(ledger, edges, "main", at) for at in range(3)] == [LOST] * 3
    assert follower.followed <= many


def test_a_long_way_is_paused() -> None:
    many = 5 * PAUSE_EACH
    ledger = ledger_of(**together(many))
    pauses = sum(1 for _ in Follower("source", most=10**6).steps(ledger, ledger.plan.incoming["reader"], "main", 0))
    assert pauses == 5
