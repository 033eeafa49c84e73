"""What a node says at work reaches who listens at once, in order, and is kept nowhere."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar
from uuid import UUID

import pytest

from compiler.compiler import compile_definition
from compiler.definition import from_body
from core.text.sensitive import MASK
from executor.driver.graph_program import GraphProgram
from executor.models import Definition, EventBatch
from executor.process.engine_thread import EngineThread
from nodes.base import Effect, Look, NodeContext, NodeParams, NodeResult, NodeType
from nodes.builtin import BUILTIN
from nodes.items import Item
from nodes.registry import catalogue_of
from tests.builders import chain, node
from tests.integration.executor.running import engine_thread, finished, queue
from tests.integration.streaming.listening import listened

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "sk-live-0123456789s"  # its end may be its beginning


class TalkParams(NodeParams):
    pieces: int = 100
    says: str = "count"


class Talk(NodeType[TalkParams]):
    kind = "talk"
    effect: ClassVar[Effect] = "read"
    Params = TalkParams
    look = Look("Talk", "Only for tests.", "flow")

    async def run(self, params: TalkParams, item: Item, ctx: NodeContext) -> NodeResult:
        await asyncio.sleep(0.3)  # until somebody listens
        for at in range(params.pieces):
            if params.says == "count":
                ctx.emit(f"{at} ")
            elif params.says == "secret":
                ctx.caller.secrets.add([SECRET])  # type: ignore[attr-defined]  # as opening a credential does
                ctx.emit(SECRET[at % len(SECRET)])
            elif params.says == "step":
                ctx.emit(f"{at} ", step="m0")
            else:
                ctx.emit("\ud800\x00")
            await asyncio.sleep(0.002)
        return NodeResult.of({"said": params.pieces})


CATALOGUE = catalogue_of([*BUILTIN, Talk])


def load(definition_hash: str, entry: str, owner_id: UUID) -> Any:
    body = from_body(Definition.objects.get(pk=definition_hash).body)
    return GraphProgram(compile_definition(body, CATALOGUE, entry=entry)[0])


@pytest.fixture
def talking(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("tests.integration.executor.running.CATALOGUE", CATALOGUE)
    thread = engine_thread(load=load, catalogue=CATALOGUE)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def deltas(heard: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in heard if event["type"] == "node.delta"]


def test_pieces_are_joined_numbered_and_heard_before_the_node_ends(talking: EngineThread) -> None:
    execution_id, heard, stream = listened(talking, chain(node("t", "talk", {"pieces": 300})))

    said = deltas(heard)
    assert "".join(event["data"]["text"] for event in said) == "".join(f"{at} " for at in range(300))
    assert [event["data"]["index"] for event in said] == list(range(len(said)))
    assert 2 <= len(said) <= 100, "joined"
    assert {(event["seq"], event["node_id"], event["path"]) for event in said} == {(None, "t", "")}
    types = [event["type"] for event in heard]
    ends = next(at for at, event in enumerate(heard) if event["type"] == "node.completed" and event["node_id"] == "t")
    assert max(at for at, kind in enumerate(types) if kind == "node.delta") < ends
    assert b"\n\nevent: node.delta\ndata: " in stream, "without an id, so that a browser asks for what has one"
    kept = [event["type"] for batch in EventBatch.objects.filter(execution_id=execution_id) for event in batch.events]
    assert "node.delta" not in kept
    numbered = [event["seq"] for event in heard if event["seq"] is not None]
    assert numbered == list(range(1, len(numbered) + 1))


def test_a_secret_that_comes_in_pieces_is_masked(talking: EngineThread) -> None:
    _, heard, _ = listened(talking, chain(node("t", "talk", {"pieces": 2 * len(SECRET), "says": "secret"})))

    assert "".join(event["data"]["text"] for event in deltas(heard)) == MASK * 2


def test_a_text_of_a_step_stands_under_its_step(talking: EngineThread) -> None:
    _, heard, _ = listened(talking, chain(node("t", "talk", {"pieces": 3, "says": "step"})))

    assert {event["path"] for event in deltas(heard)} == {"t@0.m0"}


def test_whatever_is_said_the_run_goes_on(talking: EngineThread, settings: Any) -> None:
    _, heard, _ = listened(talking, chain(node("t", "talk", {"pieces": 50, "says": "odd"})))

    assert heard[-1]["type"] == "execution.completed"
    assert deltas(heard)


def test_nobody_has_to_listen(talking: EngineThread) -> None:
    execution_id = queue(chain(node("t", "talk", {"pieces": 2000})))
    talking.ring(str(execution_id))

    assert finished(execution_id).state.status == "completed"
