"""Runs that were started with much: a claim brings none of it along, however many wait, and each gets its own."""

from __future__ import annotations

import random
from typing import Any

import pytest

from executor.domain.claimed import ClaimedRun
from executor.driver.run_driver import RunDriver
from executor.process.engine_thread import EngineThread
from tests.builders import chain, node, set_node
from tests.integration.executor.running import finished, queue

pytestmark = pytest.mark.django_db(transaction=True)
DOCUMENT = chain(set_node("size", n="{{ $json.text.length }}", of="{{ $json.of }}", text=None), node("z"))


def test_large_inputs_are_no_part_of_a_claim(engine: EngineThread, monkeypatch: pytest.MonkeyPatch) -> None:
    claims: list[ClaimedRun] = []
    drive = RunDriver.run

    async def seen(self: RunDriver, claimed: ClaimedRun, **more: Any) -> None:
        claims.append(claimed)
        await drive(self, claimed, **more)

    monkeypatch.setattr(RunDriver, "run", seen)
    sizes = [10, 50_000, 3_000_000, 10, 2_000_000]
    letters = random.Random(1).choices("abcdefghijklmnop", k=max(sizes))
    text = "".join(letters)
    ids = [queue(DOCUMENT, {"text": text[:size], "of": at}) for at, size in enumerate(sizes)]
    for execution_id in ids:
        engine.ring(str(execution_id))

    runs = [finished(execution_id) for execution_id in ids]
    assert [(run.output[0]["json"]["n"], run.output[0]["json"]["of"]) for run in runs] == [
        (size, at) for at, size in enumerate(sizes)
    ]
    by_id = {claimed.execution_id: claimed for claimed in claims}
    assert [by_id[execution_id].are_large for execution_id in ids] == [size > 10 for size in sizes]
    assert all(claimed.input is None for claimed in claims if claimed.are_large)


def test_what_may_be_much_beside_an_input_comes_as_well(engine: EngineThread) -> None:
    text = "".join(random.Random(2).choices("abcdefghijklmnop", k=100_000))
    document = chain(set_node("size", n="{{ $vars.text.length }}"), node("z"))
    execution_id = queue(document, {}, variables={"text": text})
    engine.ring(str(execution_id))

    assert finished(execution_id).output[0]["json"]["n"] == 100_000
