"""The Data table node in runs: every operation, failures as errors of the node, each change once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from core.datastore import guarding, operations, rows, tables
from core.datastore.errors import TableBusy, TableMissing
from core.datastore.guarding import Once
from core.datastore.models import Applied, DataRow
from core.models import User
from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from executor.verbs import forgetting, removing
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.datastore.keeping import fill, held, make_table, table_node
from tests.integration.executor.running import behave, check_events, eventually, finished, queue, run
from tests.integration.outbox.working import work_off

pytestmark = pytest.mark.django_db(transaction=True)


def outputs(execution: Any, node_id: str) -> list[dict[str, Any]]:
    row = NodeRun.objects.get(execution_id=execution.pk, node_id=node_id)
    return [item["json"] for item in row.outputs["main"]]


def test_each_operation_does_what_it_says(engine: EngineThread, user: User) -> None:
    table = make_table(user)
    exact = 2**60 + 1
    document = chain(
        table_node("insert", "insert", values={"name": "{{ $json.name }}", "n": "{{ $json.n }}"}),
        table_node("upsert", "upsert", key="{{ $json.name }}", values={"ok": True}),
        table_node("increment", "increment", key="{{ $json.name }}", column="n", by=2),
        table_node("get", "get", key="{{ $json.name }}"),
        table_node("update", "update", filters=[{"column": "name", "operator": "equals", "value": "{{ $json.name }}"}],
                   values={"more": {"seen": "{{ $json.n }}"}}),
        table_node("count", "count", filters=[{"column": "ok", "value": True}]),
        node("one", "limit", {"max_items": 1}),
        table_node("list", "list", sort=[{"column": "n", "order": "descending"}], limit=5),
        table_node("delete", "delete", key="{{ $json.name }}"),
    )  # fmt: skip
    execution = run(engine, document, [{"name": "a", "n": 1}, {"name": "b", "n": exact}], owner=user.pk)

    assert execution.state.status == "completed", execution.error
    assert [row["n"] for row in outputs(execution, "get")] == [3, exact + 2]
    assert outputs(execution, "get")[0].keys() == {"id", "name", "n", "ok", "day", "more", "created_at", "updated_at"}
    assert outputs(execution, "count") == [{"count": 2}, {"count": 2}]
    listed = outputs(execution, "list")
    assert [(row["name"], row["more"]) for row in listed] == [("b", {"seen": exact + 2}), ("a", {"seen": 3})]
    assert outputs(execution, "delete") == [{"count": 1}, {"count": 1}]
    table.refresh_from_db()
    assert (table.row_count, table.size_bytes, held(table)) == (0, 0, {})
    check_events(execution)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"operation": "insert", "values": {"name": "a"}}, "row_exists"),
        ({"operation": "insert", "values": {"name": "b", "colour": 1}}, "unknown_column"),
        ({"operation": "insert", "values": {"n": 1}}, "no_unique_key"),
        ({"operation": "upsert", "key": "a", "values": {"n": "many"}}, "invalid_cell"),
        ({"operation": "increment", "key": "a", "column": "name"}, "invalid_cell"),
        ({"operation": "increment", "key": "a", "column": "n", "by": 2**63 - 1}, "invalid_cell"),
        ({"operation": "get", "key": "z", "if_missing": "fail"}, "row_missing"),
        ({"operation": "delete"}, "invalid_filter"),
        ({"operation": "update", "values": {"n": 1}}, "invalid_filter"),
        ({"operation": "list", "filters": [{"column": "n", "operator": "contains", "value": "1"}]}, "invalid_filter"),
        ({"operation": "clear", "table": "none"}, "table_missing"),
        ({"operation": "clear", "table": str(uuid4())}, "table_missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_goes_wrong_is_the_nodes_error_and_changes_nothing(
    engine: EngineThread, user: User, params: dict[str, Any], code: str
) -> None:
    table = make_table(user)
    fill(table, {"name": "a", "n": 1})
    before = held(table)
    document = graph(
        [table_node("t", **params), set_node("caught", code="{{ $json.error.code }}")],
        [edge("start", "t"), edge("t", "caught", "error")],
    )
    execution = run(engine, document, owner=user.pk)
    assert execution.output[0]["json"]["code"] == code
    assert held(table) == before


def test_a_row_that_is_not_there_goes_on_as_an_empty_item_or_as_none(engine: EngineThread, user: User) -> None:
    make_table(user)
    document = graph(
        [table_node("empty", "get", key="z"), table_node("nothing", "get", key="z", if_missing="nothing")],
        [edge("start", "empty"), edge("start", "nothing")],
    )
    execution = run(engine, document, owner=user.pk)
    assert outputs(execution, "empty") == [{}]
    assert NodeRun.objects.get(execution_id=execution.pk, node_id="nothing").output_counts.get("main", 0) == 0


def test_a_table_of_another_workflow_or_owner_is_not_found(engine: EngineThread, user: User, make_user: Any) -> None:
    make_table(user, "own", workflow_id=uuid4())
    theirs = make_table(make_user(), "theirs")
    for name in ("own", "theirs", str(theirs.pk)):
        execution = run(engine, chain(table_node("t", "count", name)), owner=user.pk)
        assert execution.error["code"] == "table_missing"


def test_an_increment_counts_once_for_each_item_however_often_it_is_tried(
    engine: EngineThread, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change is made, and its answer is lost: the next try gets what came of it."""
    table = make_table(user)
    real = operations.run
    tried: list[str] = []

    def lost_answer(call: Any, **more: Any) -> Any:
        made = real(call, **more)
        tried.append(more["once"].key)
        if tried.count(more["once"].key) < 4:
            raise TableBusy("the answer was lost")
        return made

    monkeypatch.setattr(operations, "run", lost_answer)
    monkeypatch.setattr("executor.node.state_and_tables.FIRST_PAUSE_S", 0.001)
    document = chain(table_node("t", "increment", key="total", column="n", by="{{ $json.n }}"))
    execution = run(engine, document, [{"n": n} for n in range(1, 21)], owner=user.pk)
    assert execution.state.status == "completed", execution.error
    assert len(tried) == 80
    assert held(table)["total"]["n"] == 210
    assert max(row["n"] for row in outputs(execution, "t")) == 210


def test_one_key_is_done_once_by_many_at_once(user: User) -> None:
    make_table(user)
    once = Once(uuid4(), "run:node::0|table")
    call = operations.Call("increment", "things", key="a", column="n")

    def work(_: int) -> Any:
        try:
            return operations.run(call, owner_id=user.pk, workflow_id=None, once=once)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(work, range(12)))
    assert {str(one["rows"][0]["values"]["n"]) for one in found} == {"1"}
    assert Applied.objects.count() == 1


def test_many_runs_that_count_in_one_row_lose_nothing(engine: EngineThread, user: User) -> None:
    table = make_table(user)
    document = chain(table_node("t", "increment", key="hot", column="n"))
    ids = [queue(document, [{"i": i} for i in range(5)], owner=user.pk) for _ in range(8)]
    for one in ids:
        engine.ring(str(one))
    assert {finished(one).state.status for one in ids} == {"completed"}
    assert held(table)["hot"]["n"] == 40


def test_a_locked_row_is_waited_for_a_while_and_then_fails_so_that_it_can_be_tried_again(
    engine: EngineThread, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "LOCK_MS", 20)
    monkeypatch.setattr("executor.node.state_and_tables.FIRST_PAUSE_S", 0.001)
    table = make_table(user)
    fill(table, {"name": "a", "n": 1})
    retry = {"settings": {"retry": {"max_attempts": 1}}}
    document = chain(table_node("t", "increment", key="a", column="n", data=retry))
    execution_id = queue(document, owner=user.pk)
    with transaction.atomic():
        DataRow.objects.select_for_update().get()
        engine.ring(str(execution_id))
        execution = finished(execution_id)
    assert execution.error["code"] == "table_busy"
    assert execution.error["retryable"]
    assert held(table)["a"]["n"] == 1


def test_a_filter_that_reads_too_long_is_broken_off(
    engine: EngineThread, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "STATEMENT_MS", 1)
    table = make_table(user)
    fill(table, *({"name": f"r{n}", "more": "x" * 3000} for n in range(3000)))
    slow = [{"column": "more", "operator": "not_equals", "value": "y" * 3000} for _ in range(20)]
    execution = run(engine, chain(table_node("t", "count", filters=slow)), owner=user.pk)
    assert execution.error["code"] == "table_too_slow"


def test_what_was_noted_of_changes_goes_an_hour_after_the_run_or_with_it(
    engine: EngineThread, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_table(user)
    document = chain(table_node("t", "increment", key="a", column="n"))
    old, young, removed = (run(engine, document, owner=user.pk) for _ in range(3))
    waiting = queue(chain(table_node("t", "increment", key="a", column="n"), behave("w", "gate")), owner=user.pk)
    engine.ring(str(waiting))
    eventually(lambda: Applied.objects.filter(execution_id=waiting).exists())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE datastore_applied SET at = at - interval '2 hours' WHERE execution_id = ANY(%s)",
            [[old.pk, waiting]],
        )
    removing.remove([removed.pk])
    monkeypatch.setattr(forgetting, "AT_ONCE", 1)
    forgetting.ask()
    work_off()
    assert set(Applied.objects.values_list("execution_id", flat=True)) == {young.pk, waiting}


def test_an_update_of_more_than_one_call_may_hold_is_refused_and_changes_nothing(
    engine: EngineThread, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = make_table(user)
    fill(table, *({"name": f"r{number}", "more": {"text": "x" * 1000}} for number in range(30)))
    monkeypatch.setattr(rows, "MOST_CHANGED_BYTES", 20_000)
    every = [{"column": "name", "operator": "not_empty"}]
    document = chain(table_node("t", "update", filters=every, values={"n": 1}))
    execution = run(engine, document, {}, owner=user.pk)
    assert execution.error["code"] == "rows_too_large"
    assert {row["n"] for row in held(table).values()} == {None}


def test_runs_under_way_keep_the_tables_of_a_workflow_that_is_handed_over(
    user: User, make_user: Callable[..., User]
) -> None:
    workflow_id, heir = uuid4(), make_user()
    own, shared = make_table(user, "own", workflow_id=workflow_id), make_table(user, "shared")
    tables.hand_over(workflow_id=workflow_id, owner_id=heir.pk)
    for account in (user, heir):
        assert tables.of_run(account.pk, workflow_id, "own") == own
    assert tables.of_run(user.pk, workflow_id, "shared") == shared
    for account, workflow in ((heir, workflow_id), (heir, None), (user, None)):
        with pytest.raises(TableMissing):
            tables.of_run(account.pk, workflow, "shared" if account is heir else "own")
