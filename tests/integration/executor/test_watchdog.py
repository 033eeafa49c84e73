"""A loop that stands still says in whose node."""

from __future__ import annotations

import logging
import time
from typing import Any
from uuid import uuid4

import pytest

from executor.process.engine_thread import EngineThread
from nodes.base import BatchNodeType, NodeContext, NodeParams, NodeResult
from nodes.builtin import BUILTIN
from nodes.items import Items
from nodes.registry import catalogue_of
from tests.builders import chain, node, set_node
from tests.integration.executor import running
from tests.integration.executor.running import Behave, run

pytestmark = pytest.mark.django_db(transaction=True)


def stand() -> None:
    time.sleep(0.8)


class Hog(Behave):
    """Keeps the loop to itself."""

    kind = "hog"

    async def run(self, params: Any, item: Any, ctx: NodeContext) -> NodeResult:
        stand()
        return NodeResult.of({})


class AllHog(BatchNodeType[NodeParams]):
    kind = "all_hog"
    Params = NodeParams
    look = running.LOOK

    async def run_all(self, params: NodeParams, inputs: Any, ctx: NodeContext) -> NodeResult:
        made: Items = []
        stand()
        return NodeResult.items(made)


class Stiff(Behave):
    """Holds the interpreter too: no other thread can look."""

    kind = "stiff"

    async def run(self, params: Any, item: Any, ctx: NodeContext) -> NodeResult:
        began = time.monotonic()
        while time.monotonic() - began < 0.8:
            sum(range(60_000_000))
        return NodeResult.of({})


@pytest.mark.parametrize("kind", ["hog", "all_hog", "stiff"])
def test_a_standing_loop_names_the_node_and_its_owner(
    engine: EngineThread, kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(running, "CATALOGUE", catalogue_of([*BUILTIN, Behave, Hog, AllHog, Stiff]))
    owner = uuid4()
    with caplog.at_level(logging.WARNING, logger="executor.process.watchdog"):
        execution = run(engine, chain(node("culprit", kind), set_node("z")), owner=owner)
        wanted = f"node culprit ({kind}) of execution {execution.pk}, owner {owner}"
        end = time.monotonic() + 10
        while not any(wanted in told.getMessage().splitlines()[0] for told in caplog.records):
            assert time.monotonic() < end, [told.getMessage() for told in caplog.records]
            time.sleep(0.02)
