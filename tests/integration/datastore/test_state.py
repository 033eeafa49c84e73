"""What nodes keep from run to run: `static` in Code nodes, and a handler's state."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from core.database.compression import unpack
from core.datastore import state
from core.datastore.errors import StateConflict, StateTooLarge
from core.datastore.guarding import Once
from core.datastore.models import NodeState
from core.json import loads_own
from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from tests.builders import chain, edge, graph, node
from tests.integration.executor.running import finished, queue

pytestmark = pytest.mark.django_db(transaction=True)
PYTHON = "static['n'] = static.get('n', 0) + len(items)\nreturn {'n': static['n']}"
SCRIPT = "static.n = (static.n || 0) + items.length; return {n: $getWorkflowStaticData('node').n}"
EACH = "static['n'] = static.get('n', 0) + 1\nreturn {'n': static['n']}"
EACH_SCRIPT = "static.n = (static.n || 0) + 1; return {n: static.n}"


def code(text: str, language: str = "python", **params: Any) -> dict[str, Any]:
    return node("code", "code", {"language": language, "code": text, **params})


def run(engine: EngineThread, document: dict[str, Any], workflow: Any = None, **fields: Any) -> Any:
    """Run a document as one of a workflow's production runs."""
    execution_id = queue_of(document, workflow or uuid4(), **fields)
    engine.ring(str(execution_id))
    return finished(execution_id)


def queue_of(document: dict[str, Any], workflow: Any, value: Any = None, mode: str = "production") -> Any:
    return queue(document, [{"a": 1}, {"a": 2}] if value is None else value, workflow_id=workflow, mode=mode)


def found(execution: Any) -> list[Any]:
    assert execution.state.status == "completed", execution.error
    return [item["json"]["n"] for item in execution.output]


@pytest.mark.parametrize(
    ("text", "language", "mode", "expected"),
    [(PYTHON, "python", "all_items", [[2], [4]]), (SCRIPT, "javascript", "all_items", [[2], [4]]),
     (EACH, "python", "each_item", [[1, 2], [3, 4]]), (EACH_SCRIPT, "javascript", "each_item", [[1, 2], [3, 4]])],
)  # fmt: skip
def test_static_stays_from_run_to_run(
    engine: EngineThread, text: str, language: str, mode: str, expected: list[list[int]]
) -> None:
    document, workflow = chain(code(text, language, mode=mode)), uuid4()
    assert [found(run(engine, document, workflow)) for _ in expected] == expected
    assert found(run(engine, document)) == expected[0], "another workflow has its own"
    assert NodeRun.objects.filter(node_id="code").values_list("effect", flat=True).distinct().get() == "write"


@pytest.mark.parametrize("mode", ["manual", "partial"])
def test_what_is_no_production_run_sees_a_copy_of_its_own(engine: EngineThread, mode: str) -> None:
    workflow = uuid4()
    document = graph(
        [node("L", "loop"), code(PYTHON), node("all", "no_op")],
        [edge("start", "L"), edge("L", "code", "loop"), edge("code", "L"), edge("L", "all", "done")],
    )
    assert found(run(engine, document, workflow)) == [1, 2]
    assert found(run(engine, document, workflow, mode=mode)) == [3, 4], "it goes on from what production keeps"
    assert found(run(engine, document, workflow, mode=mode)) == [3, 4], "and keeps it for itself"
    assert found(run(engine, document, workflow)) == [3, 4]
    shared = {**document, "settings": {"keeps_test_state": True}}
    assert found(run(engine, shared, workflow, mode=mode)) == [5, 6]
    assert found(run(engine, document, workflow)) == [7, 8]


@pytest.mark.parametrize(
    ("text", "language", "error"),
    [
        ("static['x'] = 'y' * 70000\nreturn []", "python", "state_too_large"),
        ("static.x = 'y'.repeat(70000); return []", "javascript", "state_too_large"),
        ("static['x'] = 'a\\x00'\nreturn []", "python", "invalid_state"),
        ("static['x'] = object()\nreturn []", "python", "code_error"),
        ("static['n'] = 1\nraise ValueError('no')", "python", "code_error"),
        ("globalThis.static = 5; return []", "javascript", "code_error"),
        ("$getWorkflowStaticData('global')", "javascript", "code_error"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_fails_and_keeps_nothing(
    engine: EngineThread, text: str, language: str, error: str
) -> None:
    execution = run(engine, chain(code(text, language)))
    assert (execution.state.status, execution.error["code"]) == ("failed", error)
    assert not NodeState.objects.exists()


def test_many_runs_at_once_lose_no_change(engine: EngineThread) -> None:
    """Each run again with what the others have left, as often as there are others."""
    document, workflow = chain(code(PYTHON)), uuid4()
    ids = [queue_of(document, workflow, [{"a": 1}]) for _ in range(4)]
    for one in ids:
        engine.ring(str(one))
    ended = [finished(one) for one in ids]
    assert {one.state.status for one in ended} == {"completed"}, [one.error for one in ended]
    assert sorted(found(one)[0] for one in ended) == [1, 2, 3, 4]


def test_a_conflict_that_does_not_end_is_a_clear_error(engine: EngineThread, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: Any, **_more: Any) -> None:
        raise StateConflict("Another run has changed the state meanwhile")

    monkeypatch.setattr(state, "write", refused)
    execution = run(engine, chain(code(PYTHON)))
    assert (execution.error["code"], execution.error["retryable"]) == ("state_conflict", True)


def test_code_whose_worker_is_lost_after_its_change_changes_nothing_again(
    engine: EngineThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change is durable, and the node's end is not: the next attempt finds what the first one found."""
    workflow, document = uuid4(), chain(code(PYTHON))
    real = state.write
    lost: list[bool] = []

    def written(*arguments: Any) -> None:
        real(*arguments)
        if not lost:
            lost.append(True)
            raise StateConflict("the answer was lost")

    monkeypatch.setattr(state, "write", written)
    assert found(run(engine, document, workflow)) == [2]
    assert lost
    row = NodeState.objects.get(workflow_id=workflow)
    assert (row.value, row.revision) == ({"n": 2}, 1)
    assert found(run(engine, document, workflow)) == [4]


def test_a_state_is_written_only_over_the_one_that_was_read() -> None:
    place = state.Place(uuid4(), "a", None)
    first = state.read(place, Once(uuid4(), "one"))
    second = state.read(place, Once(uuid4(), "two"))
    state.write(place, first, {"by": "one"}, Once(uuid4(), "one"))
    with pytest.raises(StateConflict):
        state.write(place, second, {"by": "two"}, Once(uuid4(), "two"))
    again = state.read(place, Once(uuid4(), "three"))
    assert (again.value, again.revision) == ({"by": "one"}, 1)
    with pytest.raises(StateTooLarge):
        state.write(place, again, "x" * 70_000, Once(uuid4(), "three"))


def test_a_state_is_stored_packed() -> None:
    place = state.Place(uuid4(), "a", None)
    once = Once(uuid4(), "one")
    state.write(place, state.read(place, once), {"n": 2**60 + 1}, once)
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM datastore_nodestate")
        assert loads_own(unpack(cursor.fetchone()[0])) == {"n": 2**60 + 1}
