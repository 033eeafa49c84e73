"""What thousands of child runs are given is looked at a little at a time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from executor.waits import children
from nodes.base import NodeFailed

MANY = 20_000


def fitted(inputs: list[Any]) -> tuple[list[Any], int]:
    """Return the inputs as they are stored, and how often others had their turn meanwhile."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def go() -> list[Any]:
        task = asyncio.create_task(others())
        try:
            return [found async for found in children._fit(inputs)]
        finally:
            task.cancel()

    return asyncio.run(go()), turns


def test_the_loop_serves_others_while_inputs_are_looked_at() -> None:
    inputs = [{"n": at, "text": "x" * 100, "list": [at] * 20} for at in range(MANY)]
    found, turns = fitted(inputs)
    assert found == list(enumerate(inputs))
    assert turns > 5


def test_a_large_input_is_looked_at_beside_the_loop() -> None:
    large = {"list": [[at] for at in range(200_000)]}
    found, turns = fitted([large])
    assert found == [(0, large)]
    assert turns > 1


def test_an_input_that_cannot_be_stored_is_refused() -> None:
    with pytest.raises(NodeFailed, match="An input of a sub-workflow cannot be stored"):
        fitted([{"n": 1}, {"n": "\0"}])
