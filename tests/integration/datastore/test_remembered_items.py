"""Remove Duplicates that remembers what earlier runs handed on."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from executor.process.engine_thread import EngineThread
from tests.builders import chain, node
from tests.integration.datastore.test_state import run

pytestmark = pytest.mark.django_db(transaction=True)


def remembering(**params: Any) -> dict[str, Any]:
    given = {"compare": "selected_fields", "fields": ["id"], "earlier_runs": True, **params}
    return chain(node("new", "remove_duplicates", given))


def ids(execution: Any) -> list[Any]:
    assert execution.state.status == "completed", execution.error
    return [item["json"]["id"] for item in execution.output or []]


def test_an_item_is_handed_on_by_one_run(engine: EngineThread) -> None:
    workflow, document = uuid4(), remembering()

    assert ids(run(engine, document, workflow, value=[{"id": 1}, {"id": 2}, {"id": 1}])) == [1, 2]
    assert ids(run(engine, document, workflow, value=[{"id": 2}, {"id": 3, "more": True}, {"id": 1.0}])) == [3]
    assert ids(run(engine, document, workflow, value=[{"id": "1"}])) == ["1"], "a text is no number"
    assert ids(run(engine, document, uuid4(), value=[{"id": 1}])) == [1], "another workflow has its own"


def test_a_run_by_hand_changes_nothing(engine: EngineThread) -> None:
    workflow, document = uuid4(), remembering()
    assert ids(run(engine, document, workflow, value=[{"id": 1}])) == [1]

    assert ids(run(engine, document, workflow, value=[{"id": 1}, {"id": 2}], mode="manual")) == [2]
    assert ids(run(engine, document, workflow, value=[{"id": 2}])) == [2]


def test_only_so_many_are_remembered(engine: EngineThread) -> None:
    workflow, document = uuid4(), remembering(remember=2)
    run(engine, document, workflow, value=[{"id": 1}, {"id": 2}, {"id": 3}])

    assert ids(run(engine, document, workflow, value=[{"id": 3}, {"id": 1}])) == [1]


def test_as_many_as_may_be_remembered_fit(engine: EngineThread) -> None:
    workflow, document = uuid4(), remembering(remember=5500)
    items = [{"id": f"an id of some length, number {number}"} for number in range(6000)]

    assert len(ids(run(engine, document, workflow, value=items))) == 6000
    assert ids(run(engine, document, workflow, value=items)) == [items[at]["id"] for at in range(500)]
