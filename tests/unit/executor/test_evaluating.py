"""Params of many items, evaluated in a child: each once, however often one of them is tried again."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from compiler.definition import read
from compiler.expressions import Names
from compiler.graph import link
from executor import evaluating
from executor.compute.pool import Turn
from executor.evaluating import Evaluation
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
    node = link(read(chain(set_node("s", x="{{ $json.n }}"))), builtin_catalogue()).nodes["s"]
    child = Child()
    evaluation = Evaluation(node, Names(items=[{"json": {"n": at}} for at in range(500)]), cast("Turn", child))

    async def all_of(*items: int) -> list[Any]:
        return [(await evaluation.values(at, []))["assignments"][0]["value"] for at in items]

    assert asyncio.run(all_of(0, 1, 2, 1, 0, 3)) == [0, 1, 2, 1, 0, 3]
    assert child.asked == [(0, 500), (1, 2), (0, 1)]
