"""Large values are stored as files and put back where the engine put them; what only looks so is data."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.models import Blob, BlobChunk
from core.storage import blobs
from executor.driver import run_driver
from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from executor.run.restoring import needed
from executor.verbs import repair, verbs
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import behave, finished, queue, run, until

pytestmark = pytest.mark.django_db(transaction=True)
CODE = "return [{'json': {**items[0]['json'], 'coded': items[0]['json']['forged']}}]"


def waiter(node_id: str, signal: str) -> dict[str, Any]:
    return node(node_id, "wait", {"mode": "signal", "signal": signal})


def begin(engine: EngineThread, document: dict[str, Any], value: Any = None, **fields: Any) -> Any:
    execution_id = queue(document, value, **fields)
    engine.ring(str(execution_id))
    return until(execution_id, {"waiting"})


def answer(engine: EngineThread, execution: Any, signal: str, payload: Any = None, *, until_: str = "") -> Any:
    verbs.signal(execution_id=execution.pk, name=signal, payload=payload)
    engine.ring(str(execution.pk))
    return until(execution.pk, {until_}) if until_ else finished(execution.pk)


def row_of(execution: Any, node_id: str) -> Any:
    return NodeRun.objects.get(execution_id=execution.pk, node_id=node_id, path="")


BIG = chain(behave("big", "large"), waiter("w", "go"), set_node("z", n="{{ $('big').item.json.x.length }}", x=None))


def test_a_run_that_is_taken_up_again_reads_what_was_stored_aside(engine: EngineThread) -> None:
    waiting = begin(engine, BIG)
    assert row_of(waiting, "big").aside == [["main", 0, "x"]]

    execution = answer(engine, waiting, "go")
    assert execution.output[0]["json"]["n"] == 400_000
    assert row_of(waiting, "w").aside is not None


def test_of_values_for_which_there_is_no_room_none_is_stored(engine: EngineThread, settings: Any) -> None:
    settings.STORAGE_QUOTA_BYTES = 500_000
    text = "{{ 'y'.repeat(300000) }}"
    execution = run(engine, chain(set_node("two", x=text, y=text)))
    assert execution.state.status == "failed"
    assert row_of(execution, "two").error["code"] == "storage_full"
    assert (Blob.objects.count(), BlobChunk.objects.count()) == (0, 0)


def test_what_looks_like_a_reference_comes_back_as_it_went_in(engine: EngineThread) -> None:
    """By input, by a raw object, by code, and by an answer: after two suspensions it is what it was."""
    owner = uuid4()
    mine = blobs.save(owner_id=owner, content=b'"secretly loaded"', file_name="a.json", mime_type="application/json")
    forged = {"$blob": {"id": str(mine.pk), "size_bytes": 17, "url": f"/api/orchestrator/blobs/{mine.pk}/"}}
    document = chain(
        node("raw", "set", {"mode": "raw", "json_output": {"forged": forged, "many": [forged] * 50}}),
        node("code", "code", {"language": "python", "code": CODE}),
        waiter("w1", "one"), waiter("w2", "two"), set_node("z"),
    )  # fmt: skip
    waiting = begin(engine, document, {"given": forged, "deep": {"er": forged}}, owner=owner)
    answer(engine, waiting, "one", forged, until_="waiting")
    answer(engine, waiting, "two", {"x": forged})

    seen = {name: row_of(waiting, name).outputs["main"][0]["json"] for name in ("raw", "code", "w1", "z")}
    last = seen["z"]
    assert (last["given"], last["deep"], last["forged"], last["coded"]) == (forged, {"er": forged}, forged, forged)
    assert last["many"] == [forged] * 50
    assert last["signal"] == {"x": forged}
    assert seen["w1"]["signal"] == forged
    assert "secretly" not in str(seen)


def test_a_reference_of_the_same_run_is_data_too_where_the_engine_did_not_put_it(engine: EngineThread) -> None:
    document = chain(behave("big", "large"), waiter("w1", "one"), set_node("kept", x=1), waiter("w2", "two"),
                     set_node("z"))  # fmt: skip
    waiting = begin(engine, document)
    reference = row_of(waiting, "big").outputs["main"][0]["json"]["x"]
    answer(engine, waiting, "one", reference, until_="waiting")
    execution = answer(engine, waiting, "two", 1)

    assert row_of(execution, "kept").outputs["main"][0]["json"]["signal"] == reference
    assert row_of(execution, "z").outputs["main"][0]["json"]["signal"] == 1


def test_rows_of_an_older_release_are_read_by_their_own_files_alone(engine: EngineThread) -> None:
    other = blobs.save(owner_id=uuid4(), content=b'"x"', file_name="a.json", mime_type="application/json")
    owner = uuid4()
    mine = blobs.save(owner_id=owner, content=b'"y"', file_name="a.json", mime_type="application/json")
    forged = [{"$blob": {"id": str(one.pk), "size_bytes": 3, "url": ""}} for one in (other, mine)]
    document = chain(
        behave("big", "large"),
        node("raw", "set", {"mode": "raw", "json_output": {"a": forged[0], "b": forged[1], "c": {"$blob": 1}}}),
        waiter("w", "go"),
        set_node("z", n="{{ $('big').item.json.x.length }}", a="{{ $('raw').item.json.a }}",
                 b="{{ $('raw').item.json.b }}", c="{{ $('raw').item.json.c }}", x=None),
    )  # fmt: skip
    waiting = begin(engine, document, owner=owner)
    NodeRun.objects.filter(execution_id=waiting.pk).update(aside=None)
    made = answer(engine, waiting, "go").output[0]["json"]

    assert (made["n"], made["a"], made["b"], made["c"]) == (400_000, *forged, {"$blob": 1})


def test_a_retry_reads_the_files_of_the_run_whose_rows_it_took_over(engine: EngineThread) -> None:
    document = chain(behave("big", "large"), behave("bad", "fail"), set_node("z"))
    owner = uuid4()
    failed = run(engine, document, owner=owner)
    again = chain(behave("big", "large"), set_node("bad", n="{{ $json.x.length }}", x=None), set_node("z"))
    for legacy in (False, True):
        execution_id = queue(again, owner=owner, retry_of_id=failed.pk)
        repair.copy_rows(source=failed.pk, target=execution_id, keys=[("start", ""), ("big", "")])
        if legacy:
            NodeRun.objects.filter(execution_id=execution_id).update(aside=None)
        engine.ring(str(execution_id))

        assert finished(execution_id).output[0]["json"]["n"] == 400_000


def test_a_run_that_no_worker_may_hold_any_more_fails(engine: EngineThread, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = begin(engine, BIG)
    assert engine.engine is not None
    monkeypatch.setattr(run_driver, "MEMORY_PER_BYTE", engine.engine.config.memory_bytes // 300_000)
    execution = answer(engine, waiting, "go")

    assert (execution.state.status, execution.error["code"]) == ("failed", "memory_limit")


def test_what_lies_in_rounds_that_are_over_is_not_read_again(engine: EngineThread) -> None:
    """But for the last round, whose nodes are named from behind the loop."""
    document = graph(
        [node("l", "loop", {"count": 3}), behave("b", "large"), waiter("w", "go"),
         set_node("z", n="{{ $('b').first().json.x.length }}", x=None)],
        [edge("start", "l"), edge("l", "b", "loop"), edge("b", "w"), edge("w", "l"), edge("l", "z", "done")],
    )  # fmt: skip
    execution = begin(engine, document)
    for number in range(1, 3):
        verbs.signal(execution_id=execution.pk, name="go", payload=1)
        engine.ring(str(execution.pk))
        until_waiting_in(execution.pk, f"l:{number}")
    rows = [
        {"node_id": row.node_id, "path": row.path, "status": row.status, "kind": row.kind}
        for row in NodeRun.objects.filter(execution_id=execution.pk)
    ]
    kept = {(row["node_id"], row["path"]) for row in needed(rows)}

    assert kept & {("l", "l:0"), ("l", "l:1"), ("b", "l:2")} == {("l", "l:0"), ("l", "l:1"), ("b", "l:2")}
    assert ("b", "l:0") not in kept
    assert [item["json"]["n"] for item in answer(engine, execution, "go", 1).output] == [400_000] * 3


def until_waiting_in(execution_id: UUID, path: str) -> None:
    end = time.monotonic() + 15
    while not NodeRun.objects.filter(execution_id=execution_id, node_id="w", path=path, status="waiting").exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    until(execution_id, {"waiting"})
