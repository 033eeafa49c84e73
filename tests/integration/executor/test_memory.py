"""Memory of a worker that several owners share: whoever takes too much ends, the others do not notice."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from core.process.machine import Resident
from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from executor.process.memory import MIB
from nodes import budget
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import GATE, behave, engine_thread, eventually, finished, queue, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def small_engine(db: None) -> Iterator[EngineThread]:
    """An engine that may take some 250 MB more than the process has now, and with that takes no more runs."""
    GATE.clear()
    thread = engine_thread(memory_bytes=Resident()() * 5 // 4 + 250 * MIB)
    thread.start()
    yield thread
    GATE.set()
    thread.stop(grace_s=1)


def test_a_run_too_large_for_its_worker_fails_and_its_neighbour_completes(small_engine: EngineThread) -> None:
    neighbour = queue(chain(behave("gate", "gate"), set_node("z", x=1)))
    small_engine.ring(str(neighbour))
    greedy = queue(chain(*(behave(f"n{at}", "grow") for at in range(60))))
    small_engine.ring(str(greedy))

    ended = finished(greedy, 60)
    assert (ended.state.status, ended.error["code"]) == ("failed", "memory_limit")
    GATE.set()
    assert finished(neighbour).state.status == "completed"
    after = queue(chain(set_node("z", x=1)))
    small_engine.ring(str(after))
    assert finished(after).state.status == "completed"


def test_a_reply_counts_while_it_comes_and_not_twice_when_it_is_there() -> None:
    """One that comes slowly would fill the memory unseen, together with others of its kind."""
    GATE.clear()
    size, rest = 5 * MIB, threading.Event()

    class Slow(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(size + 1))
            self.end_headers()
            self.wfile.write(b"x" * size)
            rest.wait(30)
            self.wfile.write(b"x")

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site = f"127.0.0.1:{server.server_port}"
    thread = engine_thread(allowed_hosts=(site,))
    thread.start()
    try:
        execution_id = queue(chain(node("get", "http_request", {"url": f"http://{site}/"}), behave("gate", "gate")))
        thread.ring(str(execution_id))

        def held_bytes() -> int:
            assert thread.engine is not None
            return sum(run.held_bytes() for run in list(thread.engine.runs.values()))

        eventually(lambda: held_bytes() >= size)
        rest.set()
        eventually(lambda: NodeRun.objects.filter(execution_id=execution_id, node_id="gate").exists())
        assert size < held_bytes() < 2 * size
        GATE.set()
        assert finished(execution_id).state.status == "completed"
    finally:
        rest.set()
        GATE.set()
        thread.stop(grace_s=1)
        server.shutdown()
        server.server_close()


BOMBS: list[tuple[str, dict[str, Any], list[dict[str, Any]], str]] = [
    ("many fields times many rows", {"list": [0] * 40_000, **{f"k{at}": at for at in range(400)}},
     [node("bomb", "split_out", {"field_to_split_out": "list", "include": "all_other_fields"})], "invalid_output"),
    ("one text in many fields", {"big": "x" * 4_200_000},
     [node("bomb", "set", {"assignments": [{"name": f"f{at}", "value": "{{ $json.big }}"} for at in range(400)]})],
     "invalid_output"),
    ("one text in many items", {"big": "x" * 4_200_000, "list": list(range(1000))},
     [node("bomb", "split_out", {"field_to_split_out": "list", "include": "all_other_fields"})], "invalid_output"),
    ("a text written many times", {"big": ["x" * 1_000_000]},
     [node("bomb", "set", {"assignments": [{"name": f"f{at}", "value": "{{ $json.big }}", "type": "string"}
                                           for at in range(400)]})], "invalid_output"),
    ("more items than there may be", {"list": [0] * 20_001},
     [node("bomb", "split_out", {"field_to_split_out": "list"})], "items_limit"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "nodes", "code"), BOMBS, ids=[bomb[0] for bomb in BOMBS])
def test_a_node_that_would_fill_the_memory_fails_as_a_node(
    engine: EngineThread, name: str, value: Any, nodes: list[dict[str, Any]], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error handle gets it, another owner's run in this process goes on, and the process stays small."""
    if code == "items_limit":
        monkeypatch.setattr(budget, "MOST_ITEMS", 20_000)
    resident = Resident()
    neighbour = queue(chain(behave("gate", "gate"), set_node("z", x=1)))
    engine.ring(str(neighbour))
    before = resident()
    document = graph([*nodes, set_node("handled", x=1)], [edge("start", "bomb"), edge("bomb", "handled", "error")])
    execution = run(engine, document, value)
    grown = resident() - before
    GATE.set()

    assert execution.state.status == "completed"
    failed = NodeRun.objects.get(execution_id=execution.pk, node_id="bomb")
    assert (failed.status, (failed.error or {})["code"]) == ("failed", code)
    assert finished(neighbour).state.status == "completed"
    assert grown < 500 * MIB


def test_equal_keys_of_a_join_are_counted_before_they_are_paired(engine: EngineThread) -> None:
    document = graph(
        [node("a", "split_out", {"field_to_split_out": "list"}), node("b", "split_out", {"field_to_split_out": "list"}),
         node("m", "merge", {"mode": "combine_by_field", "field": "k"})],
        [edge("start", "a"), edge("start", "b"), edge("a", "m", into="input_1"), edge("b", "m", into="input_2")],
    )  # fmt: skip
    execution = run(engine, document, {"list": [{"k": 1}] * 1500})

    assert (execution.state.status, execution.error["code"]) == ("failed", "items_limit")


def test_a_loop_over_a_large_item_fails_before_its_first_round(
    engine: EngineThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "MOST_BYTES", 1_000_000)
    document = graph(
        [node("l", "loop", {"count": 100, "max_loop_count": 100}), set_node("b", x=1)],
        [edge("start", "l"), edge("l", "b", "loop"), edge("b", "l")],
    )
    execution = run(engine, document, {"big": "x" * 50_000})

    assert (execution.state.status, execution.error["code"]) == ("failed", "invalid_output")
    assert not NodeRun.objects.filter(execution_id=execution.pk, node_id="b").exists()


def test_what_comes_back_from_all_rounds_is_counted(engine: EngineThread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MOST_BYTES", 1_000_000)
    document = graph(
        [node("l", "loop", {"count": 100, "max_loop_count": 100}), set_node("b", x="{{ 'y'.repeat(50000) }}")],
        [edge("start", "l"), edge("l", "b", "loop"), edge("b", "l")],
    )
    execution = run(engine, document)

    assert (execution.state.status, execution.error["code"]) == ("failed", "invalid_output")
