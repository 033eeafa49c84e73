"""One owner's hostile data: it is that node's failure, within its limits, and runs of others go on meanwhile."""

from __future__ import annotations

import asyncio
import http.server
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from executor.domain.ledger import Ledger
from executor.driver import graph_program
from executor.process.engine_thread import EngineThread
from executor.run import freeing
from executor.verbs import verbs
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import engine_thread, eventually, finished, queue, until

pytestmark = pytest.mark.django_db(transaction=True)
LONGEST_S = 1.5  # the loop may stand still so long, on a machine that does much else
SHORT = {"timeout_s": 3}


class Replies(http.server.BaseHTTPRequestHandler):
    """Answers with what a path is known for."""

    known: dict[str, tuple[str, bytes]] = {}

    def do_GET(self) -> None:
        kind, body = self.known[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Replies)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    rows = b",".join(b'{"n":%d,"text":"some text or other"}' % number for number in range(450_000))
    Replies.known = {
        "/punycode": ("text/plain; charset=punycode", b"a" * 1_800_000),
        "/rows": ("application/json", b'{"rows":[' + rows + b"]}"),
        "/small": ("application/json", b'{"n":1}'),
    }
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def engine(db: None, site: str) -> Iterator[EngineThread]:
    thread = engine_thread(allowed_hosts=(site,))
    thread.start()
    yield thread
    thread.stop(grace_s=1)


class Heartbeat:
    """Notes the longest time for which the engine's loop stood still."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    async def beat(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            self.longest_s = max(self.longest_s, time.monotonic() - began - 0.01)


@contextmanager
def heartbeat(engine: EngineThread) -> Iterator[Heartbeat]:
    assert engine._loop is not None
    heart = Heartbeat()
    task: Future[None] = asyncio.run_coroutine_threadsafe(heart.beat(), engine._loop)
    try:
        yield heart
    finally:
        task.cancel()


def begin(engine: EngineThread, document: dict[str, Any], value: Any, owner: UUID) -> UUID:
    execution_id = queue(document, value, owner=owner)
    engine.ring(str(execution_id))
    return execution_id


def one(kind: str, params: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return chain(node("bad", kind, params, settings=settings))


def html(selector: str, **more: Any) -> dict[str, Any]:
    value = {"key": "x", "css_selector": selector, "return_array": True, **more}
    return one("html_extract", {"extraction_values": [value]}, **SHORT)


def joined(mode: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    return graph(
        [node("one", "split_out", source), node("two", "split_out", source), node("bad", "merge", mode, settings=SHORT)],
        [edge("start", "one"), edge("start", "two"), edge("one", "bad", into="input_1"),
         edge("two", "bad", into="input_2")],
    )  # fmt: skip


ROWS = {"field_to_split_out": "rows"}
LONG = "{{ $json.rows }}"
LARGE = {"rows": list(range(300_000))}


def condition(operator: str, **more: Any) -> dict[str, Any]:
    return {"left": LONG, "operator": operator, "right": "nothing", **more}


def kept(**assignment: Any) -> dict[str, Any]:
    return one("set", {"keep_other": False, "assignments": [{"name": "y", **assignment}]})


HOSTILE: dict[str, tuple[dict[str, Any], Any, set[str]]] = {
    "a selector that compares all with all": (
        html("p ~ p ~ p ~ p"), {"data": "<div>" + "<p>x</p>" * 4000}, {"node_timeout"},
    ),
    "text in two hundred elements around it": (
        html("div"), {"data": "<div>" * 200 + "x" * 500_000 + "</div>" * 200},
        {"invalid_output", "compute_memory", "node_timeout"},
    ),
    "a table with five hundred columns and rows of one": (
        one("csv", {}), {"data": ",".join("abc"[at % 3] for at in range(500)) + "\n" + "1\n" * 20_000},
        {"invalid_output", "compute_memory"},
    ),
    "a table of four thousand equal names": (one("csv", {}), {"data": ",".join(["a"] * 4000) + "\n1,2"}, set()),
    "a join of equal keys": (
        joined({"mode": "combine_by_field", "field": "k"}, ROWS), {"rows": [{"k": 1}] * 3000},
        {"items_limit", "node_timeout"},
    ),
    "rows to sort by date": (
        chain(node("split", "split_out", ROWS),
              node("bad", "sort", {"sort_fields": [{"field_name": "at"}]})),
        {"rows": [{"at": f"2026-03-{1 + at % 28:02}T10:00:00Z", "n": at} for at in range(20_000)]}, set(),
    ),
    "a long list that is searched": (one("if", {"conditions": [condition("contains")]}), LARGE, set()),
    "a long list that is compared, in each of two cases": (
        one("switch", {"cases": [{"name": f"c{at}", "conditions": [condition("not_equals", right=LONG)]}
                                 for at in range(2)]}), LARGE, set(),
    ),
    "a long list as text": (kept(type="string", value=LONG), LARGE, set()),
    "a long text as a list": (
        kept(type="array", value="{{ $json.text }}"), {"text": "[" + "1," * 300_000 + "1]"}, set(),
    ),
    "deep and wide XML": (
        one("xml", {}), {"data": "<a>" * 90 + "<b c='1'>x</b>" * 60_000 + "</a>" * 90}, set(),
    ),
}  # fmt: skip


def still_served(engine: EngineThread, site: str, seconds: float) -> int:
    """Run what others run, one after another; returns how many there were."""
    owner, count, end = uuid4(), 0, time.monotonic() + seconds
    small = [
        (html("p"), {"data": "<p>1</p>"}),
        (html("p ~ p"), {"data": "<p>1</p><p>2</p>"}),  # in a process of its own
        (joined({"mode": "combine_by_position"}, ROWS), {"rows": [1, 2]}),
        (one("http_request", {"url": f"http://{site}/small"}), {}),
    ]
    while count < len(small) or time.monotonic() < end:
        document, value = small[count % len(small)]
        execution = finished(begin(engine, document, value, owner), 10)
        assert execution.state.status == "completed", execution.error
        count += 1
    return count


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_data_is_its_own_nodes_failure_and_others_go_on(engine: EngineThread, site: str, name: str) -> None:
    document, value, codes = HOSTILE[name]
    with heartbeat(engine) as heart:
        begun = [begin(engine, document, value, UUID(int=7)) for _ in range(2)]
        still_served(engine, site, 0)
        found = [finished(execution_id, 40) for execution_id in begun]
    errors = {execution.error["code"] for execution in found if execution.error}

    assert errors <= codes, [execution.error for execution in found]
    assert {execution.state.status for execution in found} == ({"failed"} if codes else {"completed"})
    assert heart.longest_s < LONGEST_S


@pytest.mark.parametrize(("path", "more"), [("/punycode", {"response_format": "text"}), ("/rows", {})])
def test_a_reply_of_megabytes_in_any_charset_holds_nobody_up(
    engine: EngineThread, site: str, path: str, more: dict[str, Any]
) -> None:
    document = one("http_request", {"url": f"http://{site}{path}", **more})
    with heartbeat(engine) as heart:
        execution_id = begin(engine, document, {}, UUID(int=7))
        still_served(engine, site, 0)
        assert finished(execution_id, 40).state.status == "completed"
    assert heart.longest_s < LONGEST_S


def test_forty_runs_that_compute_for_long_leave_places_to_others(engine: EngineThread, site: str) -> None:
    slow = html("p ~ p ~ p ~ p")
    slow["nodes"][1]["data"]["settings"] = {"timeout_s": 60}
    begun = [begin(engine, slow, {"data": "<div>" + "<p>x</p>" * 4000}, UUID(int=7)) for _ in range(40)]
    wait_for_children(engine)
    assert still_served(engine, site, 0) == 4

    asked = time.monotonic()
    for execution_id in begun:
        verbs.stop(execution_id=execution_id, by=uuid4(), reason=None, now=timezone.now())
    assert {until(execution_id, {"cancelled"}, 10).state.status for execution_id in begun} == {"cancelled"}
    assert engine.engine is not None
    places = engine.engine.computing.places
    while places.free < places.places:
        assert time.monotonic() - asked < 10
        time.sleep(0.01)


def test_a_zygote_killed_in_the_middle_costs_no_run_anything(engine: EngineThread, site: str) -> None:
    rows = "\n".join(f"{at},b,c" for at in range(30_000))
    begun = [begin(engine, one("csv", {}), {"data": rows}, UUID(int=at)) for at in range(2)]
    zygote = wait_for_children(engine)
    os.kill(zygote, signal.SIGKILL)

    for execution_id in begun:
        execution = finished(execution_id, 40)
        assert execution.state.status == "completed", execution.error
        assert len(execution.output) == 29_999


SLOW = "{{ $input.all().map(a => $input.all().map(b => b.json.n).length).length }}"  # a step for each pair


def test_expressions_that_take_long_are_evaluated_elsewhere_and_come_to_the_same(
    engine: EngineThread, site: str
) -> None:
    fields = {f"f{at}": SLOW for at in range(4)}
    more = {
        "n": "{{ $json.n * 2 }}", "from": "{{ $('split').item.json.n }}", "all": "{{ $('start').first().json.rows.length }}",
        "at": "{{ $itemIndex }}", "none": "{{ $json.nothing.at.all }}", "who": "{{ $execution.id }}",
        "named": "{{ $('sp' + 'lit').item.json.n }}",
    }  # fmt: skip
    document = chain(node("split", "split_out", ROWS), set_node("bad", **fields, **more))
    rows = [{"n": at} for at in range(60)]
    with heartbeat(engine) as heart:
        execution_id = begin(engine, document, {"rows": rows}, UUID(int=7))
        wait_for_children(engine)
        still_served(engine, site, 0)
        execution = finished(execution_id, 60)

    assert execution.state.status == "completed", execution.error
    assert heart.longest_s < LONGEST_S
    for at, item in enumerate(execution.output):
        made = item["json"]
        assert [made[name] for name in more] == [2 * at, at, 60, at, None, str(execution_id), at]
        assert {made[name] for name in fields} == {60}
    assert execution.warnings[0]["code"] == "unresolved_expression"


def test_mappings_that_take_long_are_evaluated_elsewhere_too(engine: EngineThread, site: str) -> None:
    """Those of a node that starts other workflows; here it finds none, once it knows what to give them."""
    mapping = {"a": SLOW, "b": [{"c": SLOW}], "n": "{{ $json.n }}"}
    called = node("bad", "map", {"workflow_id": str(UUID(int=9)), "input_mapping": mapping})
    document = chain(node("split", "split_out", ROWS), called)
    with heartbeat(engine) as heart:
        execution_id = begin(engine, document, {"rows": [{"n": at} for at in range(100)]}, UUID(int=7))
        wait_for_children(engine)
        still_served(engine, site, 0)
        execution = finished(execution_id, 60)

    assert execution.error["code"] == "subworkflow_missing"
    assert heart.longest_s < LONGEST_S


def test_many_items_and_a_node_whose_name_is_computed_come_to_the_same(engine: EngineThread, site: str) -> None:
    fields = {
        "n": "{{ $json.n + 1 }}",
        "from": "{{ $('spl' + 'it').item.json.n }}",
        "text": "{{ 'a' + $json.n + 'b' }}",
    }
    document = chain(node("split", "split_out", ROWS), set_node("bad", **fields))
    execution = finished(begin(engine, document, {"rows": [{"n": at} for at in range(4000)]}, UUID(int=7)), 60)

    assert execution.state.status == "completed", execution.error
    assert [item["json"] for item in execution.output] == [
        {"n": at + 1, "from": at, "text": f"a{at}b"} for at in range(4000)
    ]


def wait_for_children(engine: EngineThread) -> int:
    """Wait until something is computed in a child; returns the process that forked it."""
    assert engine.engine is not None
    computing, end = engine.engine.computing, time.monotonic() + 10
    while computing.process_id is None or computing.places.free == computing.places.places:
        assert time.monotonic() < end
        time.sleep(0.005)
    return computing.process_id


def test_a_run_that_has_ended_gives_its_items_back_a_few_at_a_time(
    engine: EngineThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed: list[tuple[int, int]] = []
    let_go = freeing.let_go

    def held(ledger: Ledger) -> int:
        return sum(len(items) for outcome in ledger.outcomes.values() for items in outcome.outputs.values())

    async def seen(ledger: Ledger) -> None:
        before = held(ledger)
        await let_go(ledger)
        freed.append((before, held(ledger)))

    monkeypatch.setattr(graph_program, "LARGE_BYTES", 1000)
    monkeypatch.setattr(freeing, "let_go", seen)
    execution_id = begin(engine, one("split_out", ROWS), {"rows": list(range(5000))}, UUID(int=7))
    assert finished(execution_id).state.status == "completed"
    assert eventually(lambda: freed, 10)
    [(before, after)] = freed
    assert (before > 5000, after) == (True, 0)
