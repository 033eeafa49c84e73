"""Reading a run costs what the answer shows, however many rows and items the run has."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.database import compression, packing
from core.models import User
from executor.journal import stored_outputs
from executor.models import EventBatch, Execution, HumanTask, NodeRun, RunState
from executor.selectors import BATCHES_READ, node_run_statuses
from streaming import consumers
from tests.builders import chain, edge, graph, node, set_node

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
CASES = [{"left": "{{ $json.n }}", "operator": "equals", "right": 1}]
ROUNDS, MANY = 1200, 50_000
RUNS = "/api/orchestrator/executions"


@pytest.fixture
def unpacked_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes of stored JSON were unpacked, in each call."""
    found: list[int] = []
    whole, piecewise = compression.unpack, compression.unpacked

    def unpack(stored: bytes | memoryview) -> bytes:
        found.append(len(raw := whole(stored)))
        return raw

    def unpacked(pieces: Iterable[bytes], **how: Any) -> Iterator[bytes]:
        for piece in piecewise(pieces, **how):
            found.append(len(piece))
            yield piece

    monkeypatch.setattr(packing, "unpack", unpack)
    monkeypatch.setattr(stored_outputs, "unpacked", unpacked)
    return found


def queued(api: APIClient, document: dict[str, Any]) -> Execution:
    base = "/api/orchestrator/workflows/"
    made = api.post(base, {"name": f"W {uuid4()}", **document}, format="json").json()
    reply = api.post(f"{base}{made['id']}/execute/", {"input": [{"n": 1}]}, format="json").json()
    return Execution.objects.get(pk=reply["id"])


def row(execution: Execution, node_id: str, path: str = "", at: int = 0, **outputs: list[Any]) -> NodeRun:
    counts = {handle: len(items) for handle, items in outputs.items()}
    begin = AT + timedelta(milliseconds=at)
    return NodeRun(
        execution_id=execution.pk, node_id=node_id, path=path, label=node_id, kind="set", status="completed",
        effect="pure", outputs=outputs, output_counts=counts, active_handles=list(counts), started_at=begin,
        finished_at=begin,
    )  # fmt: skip


def stored(execution: Execution, rows: list[NodeRun]) -> None:
    """Store rows and the events of their ends, a hundred in a batch, as commits would."""
    NodeRun.objects.bulk_create(rows, batch_size=1000)
    for begin in range(0, len(rows), 100):
        events = [
            {"type": "node.completed", "at": AT.isoformat(), "node_id": one.node_id, "path": one.path}
            for one in rows[begin : begin + 100]
        ]
        last = RunState.objects.get(pk=execution.pk).last_seq + len(events)
        EventBatch.objects.create(execution_id=execution.pk, last_seq=last, events=events)
        RunState.objects.filter(pk=execution.pk).update(last_seq=last)


def item(number: int, size: int = 1500) -> dict[str, Any]:
    return {"json": {"n": number, "text": base64.b64encode(os.urandom(size * 3 // 4)).decode()}}


@pytest.fixture
def looped(api: APIClient) -> Execution:
    """A run of 1,200 rounds: each has a row for what it was given and one for what its node made."""
    document = graph(
        [node("L", "loop"), set_node("a", x=1)], [edge("start", "L"), edge("L", "a", out="loop"), edge("a", "L")]
    )
    execution = queued(api, document)
    rows = [row(execution, "start", main=[item(0)])]
    for at in range(ROUNDS):
        rows.append(row(execution, "L", f"L:{at}", at, loop=[item(at)]))
        rows.append(row(execution, "a", f"L:{at}", at, main=[item(at)]))
    stored(execution, rows)
    return execution


@pytest.fixture
def wide(api: APIClient) -> Execution:
    """A run whose first node makes 50,000 items, which its second splits into two handles."""
    execution = queued(api, chain(set_node("a", x=1), node("b", "if", {"conditions": CASES})))
    items = [
        {"json": {"n": at, "name": f"Customer {at}", "note": 'a "quoted" text, ]},[{ and é'}} for at in range(MANY)
    ]
    stored(execution, [
        row(execution, "start", main=[item(0)]), row(execution, "a", at=1, main=items),
        row(execution, "b", at=2, true=items[: MANY // 2], false=items[MANY // 2 :]),
    ])  # fmt: skip
    return execution


def get(api: APIClient, url: str, **query: Any) -> Any:
    reply = api.get(url, query)
    assert reply.status_code == 200, reply.content[:500]
    return reply.json()


def test_pages_of_a_loop_unpack_the_rows_of_the_page_alone(
    api: APIClient, looped: Execution, unpacked_bytes: list[int], django_assert_max_num_queries: Any
) -> None:
    url = f"{RUNS}/{looped.pk}/"
    with django_assert_max_num_queries(14):
        detail = get(api, url)
    assert len(detail["node_runs"]) == 200
    assert detail["node_runs_truncated"] is True
    assert detail["loop_iterations"] == ROUNDS
    assert sum(unpacked_bytes) < 200 * 2 * 2000

    unpacked_bytes.clear()
    with django_assert_max_num_queries(12):
        page = get(api, f"{url}node-runs/", page=90, page_size=25)
    assert page["count"] == 2 * ROUNDS + 1
    assert len(page["results"]) == 25
    for shown in page["results"]:
        n = int(shown["path"].partition(":")[2])
        made = "loop" if shown["node_id"] == "L" else "main"
        assert [entry["json"]["n"] for entry in shown["outputs"][made]] == [n]
        assert [entry["json"]["n"] for entry in shown["inputs"]["main"]] == [n]
    assert sum(unpacked_bytes) < 25 * 2 * 2000

    unpacked_bytes.clear()
    with django_assert_max_num_queries(10):
        events = get(api, f"/api/streaming/executions/{looped.pk}/events/", after_sequence=1500, limit=50)
    assert [event["seq"] for event in events["results"]] == list(range(1501, 1551))
    assert all(event["data"]["preview"] and not event["data"]["truncated"] for event in events["results"])
    assert sum(unpacked_bytes) < 50 * 2000 + stored_batches(looped)


def stored_batches(execution: Execution) -> int:
    """Return the size of as many batches as one read of events takes."""
    sizes = [len(orjson.dumps(batch.events)) for batch in EventBatch.objects.filter(execution_id=execution.pk)[:3]]
    return max(sizes) * BATCHES_READ


def test_a_large_output_is_shown_by_its_first_items_and_read_by_pages(
    api: APIClient, wide: Execution, unpacked_bytes: list[int], django_assert_max_num_queries: Any
) -> None:
    url = f"{RUNS}/{wide.pk}/"
    detail = get(api, url)
    rows = {shown["node_id"]: shown for shown in detail["node_runs"]}
    assert [entry["json"]["n"] for entry in rows["a"]["outputs"]["main"]] == list(range(50))
    assert rows["a"]["item_counts"] == {"main": MANY}
    assert [entry["json"]["n"] for entry in rows["b"]["inputs"]["main"]] == list(range(50))
    assert {handle: [entry["json"]["n"] for entry in items] for handle, items in rows["b"]["outputs"].items()} == {
        "true": list(range(50)), "false": list(range(MANY // 2, MANY // 2 + 50)),
    }  # fmt: skip

    unpacked_bytes.clear()
    one = get(api, f"{url}node-runs/{rows['a']['id']}/")
    assert one == rows["a"]
    assert sum(unpacked_bytes) < 2**20  # of some five

    unpacked_bytes.clear()
    with django_assert_max_num_queries(20):
        page = get(api, f"{url}node-runs/{rows['a']['id']}/items/", page=2, page_size=100)
    assert [entry["json"]["n"] for entry in page["results"]] == list(range(100, 200))
    assert (page["count"], page["count_exact"]) == (MANY, True)
    assert sum(unpacked_bytes) < 2**20

    last = get(api, f"{url}node-runs/{rows['b']['id']}/items/", page=MANY // 200, page_size=100, handle="false")
    assert [entry["json"]["n"] for entry in last["results"]] == list(range(MANY - 100, MANY))
    assert last["next"] is None
    given = get(api, f"{url}node-runs/{rows['b']['id']}/items/", side="inputs", page=3, page_size=10)
    assert [entry["json"]["n"] for entry in given["results"]] == list(range(20, 30))
    assert given["count"] == MANY
    for handle, count in (("nowhere", 0), ("main", 1)):
        of_trigger = get(api, f"{url}node-runs/{rows['start']['id']}/items/", side="inputs", handle=handle)
        assert of_trigger["count"] == count

    unpacked_bytes.clear()
    events = get(api, f"/api/streaming/executions/{wide.pk}/events/")["results"]
    shown = next(event["data"] for event in events if event["type"] == "node.completed" and event["node_id"] == "a")
    assert shown["truncated"] is True
    assert [entry["json"]["n"] for entry in shown["preview"]["main"]] == list(range(len(shown["preview"]["main"])))
    assert sum(unpacked_bytes) < 2**20


def test_a_list_of_runs_asks_as_often_for_five_as_for_fifty(
    api: APIClient, user: User, make_user: Callable[..., User]
) -> None:
    first = queued(api, chain(set_node("a", x=1)))

    def another(at: int) -> None:
        copy = Execution.objects.get(pk=first.pk)
        copy.pk, copy.idempotency_scope = uuid4(), None
        copy.save(force_insert=True)
        RunState.objects.create(
            execution=copy, owner_id=user.pk, status="waiting" if at % 2 else "running", queued_at=AT
        )
        NodeRun.objects.create(
            execution_id=copy.pk, node_id="a", label="a", kind="set", status="running", effect="pure", started_at=AT
        )

    def queries(count: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            found = get(api, f"{RUNS}/", page_size=100)
        assert len(found["results"]) == count
        assert [one["current_node_ids"] for one in found["results"] if one["status"] != "pending"] == [["a"]] * (
            count - 1
        )
        assert all(column not in query["sql"] for query in asked for column in ('"response"', '"partial"', '"pinned"'))
        return len(asked)

    for at in range(4):
        another(at)
    few = queries(5)
    for at in range(45):
        another(at)
    assert queries(50) == few


def test_the_large_output_of_a_run_is_cut_in_replayed_events_as_in_live_ones(api: APIClient, wide: Execution) -> None:
    for output, is_cut in (([{"json": {"n": 1}}], False), ([item(1, 20_000)], True), ([item(1, 90_000)], True)):
        Execution.objects.filter(pk=wide.pk).update(output=output, end_reason="finished")
        last = RunState.objects.get(pk=wide.pk).last_seq + 1
        event = {"type": "execution.completed", "at": AT.isoformat(), "node_id": None}
        EventBatch.objects.create(execution_id=wide.pk, last_seq=last, events=[event])
        RunState.objects.filter(pk=wide.pk).update(last_seq=last, status="completed")
        found = get(api, f"/api/streaming/executions/{wide.pk}/events/", after_sequence=last - 1)["results"][0]["data"]
        assert found["output"] == ([] if is_cut else output)
        assert found.get("truncated", False) is is_cut


def test_only_the_last_task_and_the_first_child_of_a_row_are_read(api: APIClient, user: User, wide: Execution) -> None:
    children = []
    for at in range(300):
        child = Execution.objects.get(pk=wide.pk)
        child.pk, child.idempotency_scope = UUID(int=at + 1), None
        child.parent_execution_id, child.parent_node_id, child.child_index = wide.pk, "a", 299 - at
        children.append(child)
    Execution.objects.bulk_create(children)
    tasks = [
        HumanTask.objects.create(
            execution_id=wide.pk, node_id="b", number=at, owner_id=user.pk, title="?", created_at=AT
        )
        for at in range(3)
    ]
    rows = {shown["node_id"]: shown for shown in get(api, f"{RUNS}/{wide.pk}/")["node_runs"]}
    assert rows["a"]["child_execution_id"] == str(UUID(int=300))
    assert rows["b"]["human_task_id"] == str(tasks[2].pk)


def test_the_state_that_a_socket_tells_is_bounded_and_keeps_what_is_outside_of_loops(
    looped: Execution, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "NODE_RUNS_TOLD", 1000)
    told, is_cut = node_run_statuses(looped.pk, ROUNDS)
    assert (len(told), is_cut) == (ROUNDS, True)
    assert told[0] == {"node_id": "start", "path": "", "status": "completed"}
    assert told[-1]["path"] == f"L:{ROUNDS - 1}"
    told, is_cut = node_run_statuses(looped.pk, 2 * ROUNDS + 1)
    assert (len(told), is_cut) == (2 * ROUNDS + 1, False)
    state = consumers._state(User.objects.get(pk=looped.owner_id), looped.pk)
    assert (len(state["node_runs"]), state["node_runs_truncated"]) == (1000, True)
