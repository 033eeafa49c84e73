"""Params of many items, evaluated in a child: each once, however often one of them is tried again."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from compiler.definition import read
from compiler.expressions import Names
from compiler.graph import link
from executor.compute.pool import Turn
from executor.node import evaluating
from executor.node.evaluating import Evaluation, LateMappings
from nodes.base import ChildResult, NodeContext
from nodes.handlers.flow.sub_workflow import mapped
from nodes.registry import builtin_catalogue
from tests.builders import chain, set_node


class Child:
    """Evaluates here, and notes for which items it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    async def call(self, work: Any, arguments: tuple[Any, ...], cost_ms: float) -> Any:
        self.asked.append(arguments[-2:])
        return work(*arguments)


def test_an_item_that_is_tried_again_has_no_other_evaluated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluating, "ONE_S", -1.0)
    graph = link(read(chain(set_node("s", x="{{ $json.n }}"))), builtin_catalogue())
    child = Child()
    names = Names(items=[{"json": {"n": at}} for at in range(500)])
    evaluation = Evaluation(graph.nodes["s"], names, cast("Turn", child), graph)

    async def all_of(*items: int) -> list[Any]:
        return [(await evaluation.values(at, []))["assignments"][0]["value"] for at in items]

    assert asyncio.run(all_of(0, 1, 2, 1, 0, 3)) == [0, 1, 2, 1, 0, 3]
    assert child.asked == [(0, 500), (1, 2), (0, 1)]


def test_what_thousands_of_results_are_mapped_to_leaves_the_loop_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them takes no time: all of them may take no more than the items of one list."""
    monkeypatch.setattr(evaluating, "ALL_S", -1.0)
    graph = link(read(chain(set_node("s", x=1))), builtin_catalogue())
    child = Child()
    results = [ChildResult("id", "completed", [{"json": {"n": at}}] * (at % 3)) for at in range(2000)]

    class Ctx:
        evaluated = staticmethod(LateMappings(graph.nodes["s"], Names(items=[]), cast("Turn", child), graph).on)

    mapping = {"n": "{{ $json.n }}", "at": "{{ $itemIndex }}", "of": "{{ $input.all().length }}"}
    made = asyncio.run(mapped(results, mapping, [{"item": 0}] * 2000, cast("NodeContext", Ctx())))

    expected = [{"n": at, "at": number, "of": at % 3} for at in range(2000) for number in range(at % 3)]
    assert [item["json"] for item in made.outputs["success"]] == expected
    assert child.asked == [(0, len(expected) - 1)]  # of the lists from the one on that the second item is in


def test_a_node_named_by_what_an_expression_works_out_is_found_in_a_child_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluating, "ALL_S", -1.0)
    graph = link(read(chain(set_node("s", x="{{ $('no' + $json.n) }}"))), builtin_catalogue())
    child = Child()
    names = Names(items=[{"json": {"n": at}} for at in range(3)])
    evaluation = Evaluation(graph.nodes["s"], names, cast("Turn", child), graph)

    async def go() -> list[Any]:
        return [await asyncio.gather(evaluation.values(at, []), return_exceptions=True) for at in range(3)]

    failures = [failure for [failure] in asyncio.run(go())]
    assert {failure.node_code for failure in failures} == {"expression_error"}, "there is no such node"
    assert child.asked == [(1, 3), (1, 3)], "once more with all there are, and none of them here"
