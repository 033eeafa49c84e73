"""Clients that open streams and read nothing: the real server holds little for each, and lets them go."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest

from core.accounts import people
from core.models import User
from executor.models import EventBatch, NodeRun, RunState
from tests.builders import chain, node
from tests.integration.serving import PATIENCE_S, Server, serving

pytestmark = pytest.mark.django_db(transaction=True)
MIB = 1024 * 1024
AT = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
EVENTS, EACH_BYTES, AT_ONCE = 800, 15_000, 20
STREAMS = 40  # of each kind
STALL_S = 3


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("spool"), {"HEDDLE_SEND_STALL_S": "600"}) as running:
        yield running


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("spool"), {"HEDDLE_SEND_STALL_S": str(STALL_S)}) as running:
        yield running


def a_talkative_run(server: Server, key: str) -> str:
    """Start a run and write twelve megabytes of events for it, as a worker would."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{server.port}/api/orchestrator/workflows/", headers={"X-API-Key": key},
        timeout=PATIENCE_S,
    ) as client:  # fmt: skip
        made = client.post("", json={"name": str(uuid4()), **chain(node("z"))}).json()
        run = str(client.post(f"{made['id']}/execute/", json={"input": {}}).json()["id"])
    names = [f"n{number}" for number in range(EVENTS)]
    said = base64.b64encode(os.urandom(EACH_BYTES)).decode()[:EACH_BYTES]
    NodeRun.objects.bulk_create(
        NodeRun(
            execution_id=UUID(run), node_id=name, label=name, kind="set", status="completed", effect="pure",
            outputs={"main": [{"json": {"x": said}}]}, output_counts={"main": 1}, active_handles=["main"],
            started_at=AT, finished_at=AT,
        )
        for name in names
    )  # fmt: skip
    state = RunState.objects.get(pk=UUID(run))
    for begin in range(0, EVENTS, AT_ONCE):
        state.last_seq += AT_ONCE
        events = [
            {"type": "node.completed", "at": AT.isoformat(), "node_id": name} for name in names[begin : begin + AT_ONCE]
        ]
        EventBatch.objects.create(execution_id=UUID(run), last_seq=state.last_seq, events=events)
    RunState.objects.filter(pk=state.pk).update(last_seq=state.last_seq)
    return run


def opened(server: Server, asked: str) -> socket.socket:
    """Ask for a stream on a connection with hardly any room at this end, and wait until it begins."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(PATIENCE_S)
    line.connect(("127.0.0.1", server.port))
    line.sendall(asked.encode())
    assert line.recv(12)[9:] in (b"200", b"101")
    return line


def event_stream(server: Server, run: str, key: str) -> socket.socket:
    path = f"/api/streaming/executions/{run}/stream/"
    return opened(server, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n\r\n")


def web_socket(server: Server, run: str, key: str) -> socket.socket:
    line = opened(
        server,
        f"GET /ws/execution/{run}/ HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    )
    line.sendall(frame(0x1, json.dumps({"type": "subscribe", "types": ["*"], "after_sequence": 0}).encode()))
    return line


def frame(opcode: int, content: bytes) -> bytes:
    return bytes([0x80 | opcode, 0x80 | len(content)]) + b"\0\0\0\0" + content


def settled(server: Server) -> int:
    """Return the memory of a server once it has nothing more to do."""
    quiet, used = 0, server.cpu_s
    end = time.monotonic() + PATIENCE_S
    while quiet < 3 and time.monotonic() < end:
        time.sleep(0.3)
        quiet = quiet + 1 if server.cpu_s - used < 0.05 else 0
        used = server.cpu_s
    return server.memory_bytes


def test_little_is_held_for_who_reads_nothing(patient: Server, make_user: Callable[..., User]) -> None:
    key = people.create_key(user=make_user(tier="enterprise"), name="test")[1]
    run = a_talkative_run(patient, key)
    with contextlib.ExitStack() as lines:
        for open_one in (event_stream, web_socket):  # whatever is made once is there before
            lines.enter_context(open_one(patient, run, key))
        before = settled(patient)
        for _ in range(STREAMS):
            lines.enter_context(event_stream(patient, run, key))
            lines.enter_context(web_socket(patient, run, key))
        held = settled(patient) - before
    assert held < 2 * STREAMS * MIB / 2


def test_who_reads_late_has_every_event_once(patient: Server, make_user: Callable[..., User]) -> None:
    key = people.create_key(user=make_user(), name="test")[1]
    run = a_talkative_run(patient, key)
    state = RunState.objects.get(pk=UUID(run))
    with event_stream(patient, run, key) as line:
        settled(patient)
        heard = b""
        numbers: list[int] = []
        while not numbers or numbers[-1] < state.last_seq:
            heard += line.recv(MIB)
            *lines, heard = heard.split(b"\n")
            numbers.extend(int(one[3:]) for one in lines if one.startswith(b"id: "))
    assert numbers == list(range(1, state.last_seq + 1))


@pytest.mark.parametrize("open_one", [event_stream, web_socket])
def test_who_takes_nothing_for_long_is_let_go(
    strict: Server, make_user: Callable[..., User], open_one: Callable[[Server, str, str], socket.socket]
) -> None:
    key = people.create_key(user=make_user(), name="test")[1]
    with open_one(strict, a_talkative_run(strict, key), key) as line:
        assert is_cut(line, b"")


def test_pings_of_who_reads_nothing_pile_up_nowhere(strict: Server, make_user: Callable[..., User]) -> None:
    key = people.create_key(user=make_user(), name="test")[1]
    with web_socket(strict, a_talkative_run(strict, key), key) as line:
        before = strict.memory_bytes
        assert is_cut(line, frame(0x9, b"x" * 125) * 500)
        assert strict.memory_bytes - before < 32 * MIB


def is_cut(line: socket.socket, said: bytes) -> bool:
    """Tell whether the other end closes a connection of which nothing is read."""
    hung_up = select.poll()
    hung_up.register(line, select.POLLRDHUP)
    end = time.monotonic() + PATIENCE_S
    try:
        while time.monotonic() < end:
            if said:
                line.sendall(said)
            if hung_up.poll(100):
                return True
    except (ConnectionError, TimeoutError):
        return True
    return False
