"""The real server, attacked over real connections: sizes, times and numbers of what strangers send."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import transaction
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as websocket

from core.accounts import people
from core.models import User
from orchestrator.models import Workflow
from tests.builders import chain, node
from tests.integration.serving import PATIENCE_S, Server, serving

LIVE = "/api/health/live/"
MIB = 1024 * 1024
HEAD_S, GRACE_S = 1.5, 1.5
ENVIRONMENT = {
    "HEDDLE_HEAD_TIMEOUT_S": str(HEAD_S), "HEDDLE_BODY_GRACE_S": str(GRACE_S), "HEDDLE_OPEN_REQUESTS_PER_ADDRESS": "200",
    "HEDDLE_MAX_CONNECTIONS": "1000", "HEDDLE_BODIES_MAX_MB": "60", "HEDDLE_SEND_STALL_S": "2", "HEDDLE_RATE_LIMITS": "on", "HEDDLE_OAUTH_BINDS_BROWSER": "on",
    "HEDDLE_WEB_THREADS": "6",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("spool"), ENVIRONMENT) as running:
        yield running


def heard(line: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Read an answer to the end of its connection."""
    raw = b""
    with contextlib.suppress(ConnectionResetError):
        while part := line.recv(65536):
            raw += part
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (text.partition(": ") for text in rest)}
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join(body.split(b"\r\n")[1:-3:2])
    return (int(first.split()[1]) if first else 0), headers, body


def problem_in(line: socket.socket, status: int, code: str) -> dict[str, object]:
    """Read a problem response and check what all of them have in common."""
    found, headers, body = heard(line)
    assert found == status
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    said: dict[str, object] = json.loads(body)
    assert {"type", "title", "status", "detail", "instance", "code", "request_id"} <= said.keys()
    assert (said["status"], said["code"], said["type"]) == (status, code, f"urn:heddle:problem:{code}")
    assert said["request_id"] == headers["x-request-id"]
    return said


def send_chunks(line: socket.socket, head: str, total: int) -> int:
    """Send a body in chunks until it is whole or the server has had enough; returns how many bytes left."""
    line.sendall(
        f"{head}\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    )
    part, sent = b"x" * 65536, 0
    chunk = f"{len(part):x}\r\n".encode() + part + b"\r\n"
    with contextlib.suppress(ConnectionError):
        while sent < total:
            line.sendall(chunk)
            sent += len(part)
        line.sendall(b"0\r\n\r\n")
    return sent


def was_cut(line: socket.socket, part: bytes, *, pause_s: float) -> bool:
    """Send until the other end has closed the connection; returns whether it did."""
    end = time.monotonic() + 30
    try:
        while time.monotonic() < end:
            line.sendall(part)
            time.sleep(pause_s)
    except ConnectionError:
        return True
    return False


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("POST", LIVE, 64 * 1024), ("POST", "/api/nowhere/", 64 * 1024), ("GET", "/api/users/me", 64 * 1024),
        ("POST", "/api/auth/login/", 64 * 1024), ("PUT", "/", 64 * 1024), ("POST", "/api/compile/", 5 * MIB),
        ("POST", "/api/webhooks/00000000-0000-4000-8000-000000000000/x", 16 * MIB),
        ("POST", "/api/orchestrator/blobs/", 50 * MIB + 64 * 1024),
    ],
)  # fmt: skip
def test_a_body_without_end_ends_at_the_limit_of_its_path(server: Server, method: str, path: str, limit: int) -> None:
    with server.connect() as line:
        sent = send_chunks(line, f"{method} {path} HTTP/1.1", 400 * MIB)
        said = problem_in(line, 413, "payload_too_large")
    assert (said["limit_bytes"], said["instance"]) == (limit, path)
    assert sent < limit + 32 * MIB, "most of it was never taken"
    assert server.spooled_bytes == 0


@pytest.mark.parametrize(("path", "size", "limit"), [("/api/compile/", 6 * MIB, 5 * MIB), (LIVE, 12 * MIB, 64 * 1024)])
def test_who_sends_all_before_reading_is_told_that_it_was_too_much(
    server: Server, path: str, size: int, limit: int
) -> None:
    reply = httpx.post(f"http://127.0.0.1:{server.port}{path}", content=b" " * size, timeout=PATIENCE_S,
                       headers={"Content-Type": "application/json"})  # fmt: skip
    assert (reply.status_code, reply.json()["code"], reply.json()["limit_bytes"]) == (413, "payload_too_large", limit)


def test_a_length_that_is_too_large_is_refused_before_a_byte_comes(server: Server) -> None:
    with server.connect() as line:
        line.sendall(
            f"POST {LIVE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert problem_in(line, 413, "payload_too_large")["limit_bytes"] == 64 * 1024


def test_what_follows_a_body_of_a_lying_length_is_no_body(server: Server) -> None:
    with server.connect() as line:
        line.sendall(f"POST {LIVE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{'x' * 100_000}".encode())
        # Ten bytes are the body; what follows is no request, and ends the connection.
        assert heard(line)[0] in (0, 400, 405)
    with server.connect() as line:
        line.sendall(
            f"POST {LIVE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nContent-Length: 11\r\n\r\n".encode()
        )
        problem_in(line, 400, "malformed_request")


def test_a_body_that_does_not_come_is_waited_for_a_while(server: Server) -> None:
    with server.connect() as line:
        line.sendall(b"POST /api/auth/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        problem_in(line, 408, "request_timeout")


@pytest.mark.django_db(transaction=True)
def test_three_hundred_requests_that_stay_half_sent_are_gone_after_the_limit(
    server: Server, make_user: Callable[..., User]
) -> None:
    """Meanwhile a user behind the same address is served, if he was before, and health is told."""
    key = people.create_key(user=make_user(), name="test")[1]
    me = (f"http://127.0.0.1:{server.port}/api/users/me", {"X-API-Key": key})
    assert httpx.get(me[0], headers=me[1], timeout=PATIENCE_S).status_code == 200
    half = b"POST /api/auth/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
    with contextlib.ExitStack() as lines:
        opened = [lines.enter_context(server.connect()) for _ in range(300)]
        for line in opened:
            line.sendall(half)
        assert httpx.get(f"http://127.0.0.1:{server.port}{LIVE}", timeout=20).status_code == 200
        assert httpx.get(me[0], headers=me[1], timeout=PATIENCE_S).status_code == 200
        answers = [heard(line) for line in opened]
        codes = [status for status, _, _ in answers]
        assert (codes.count(408), codes.count(429)) == (200, 100)
        refused = next(answer for answer in answers if answer[0] == 429)
        said = json.loads(refused[2])
        assert (said["code"], said["scope"], refused[1]["retry-after"]) == ("rate_limited", "open_requests", "5")
    assert httpx.get(f"http://127.0.0.1:{server.port}{LIVE}").status_code == 200


@pytest.mark.parametrize(
    "begin", [b"", b"\r\n", b"GET ", b"GET /api/health/live/ HTTP/1.1\r\nHost: localhost\r\nX-A: "]
)
def test_a_head_that_does_not_come_ends_the_connection(server: Server, begin: bytes) -> None:
    with server.connect() as line:
        line.sendall(begin)
        end = time.monotonic() + 20
        answer = b""
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < end:  # drops keep coming, as slow as they like
                if select.select([line], [], [], 0.1)[0]:
                    answer = line.recv(65536)
                    break
                if begin.startswith(b"GET"):
                    line.sendall(b"x")
        assert time.monotonic() < end
        assert answer == b"" or answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 200_000,
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(150)),
        b"GET /" + b"y" * 300_000,
    ],
)  # fmt: skip
def test_a_head_without_end_is_refused(server: Server, head: bytes) -> None:
    with server.connect() as line:
        with contextlib.suppress(ConnectionError):
            line.sendall(head)
        problem_in(line, 431, "headers_too_large")


def test_a_trailer_without_end_is_refused(server: Server) -> None:
    with server.connect() as line:
        line.sendall(
            b"POST /api/auth/login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-A: "
        )
        assert was_cut(line, b"y" * 65536, pause_s=0)


def test_many_small_requests_on_one_connection_are_no_head_without_end(server: Server) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client:
        assert {client.get(LIVE, headers={"X-Padding": "x" * 500}).status_code for _ in range(300)} == {200}


def test_what_is_no_request_is_told_so(server: Server) -> None:
    with server.connect() as line:
        line.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        problem_in(line, 400, "malformed_request")


@pytest.mark.parametrize("size", [b"xyz", b"-1", b"1" * 300_000, b"1;" + b"e" * 400_000])
def test_a_chunk_whose_size_cannot_be_read_is_told_so(server: Server, size: bytes) -> None:
    with server.connect() as line:
        line.sendall(b"POST /api/auth/login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            line.sendall(size + b"\r\n{}\r\n0\r\n\r\n")
        problem_in(line, 400, "malformed_request")


@pytest.mark.parametrize("coding", ["gzip", "br", "gzip, identity"])
def test_a_body_that_was_packed_for_the_way_is_taken_for_nothing_else(server: Server, coding: str) -> None:
    reply = httpx.post(
        f"http://127.0.0.1:{server.port}/api/auth/login/", content=b"{}",
        headers={"Content-Encoding": coding, "Content-Type": "application/json"},
    )  # fmt: skip
    assert (reply.status_code, reply.json()["code"]) == (415, "unsupported_media_type")
    assert "Content-Encoding" in reply.json()["detail"]
    assert reply.headers["accept-encoding"] == "identity"


def test_bodies_of_all_requests_together_are_bounded(server: Server) -> None:
    head = b"POST /api/orchestrator/blobs/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n"
    with server.connect() as first, server.connect() as second:
        first.sendall(head + b"x" * 40_000_000)
        with contextlib.suppress(ConnectionError):
            second.sendall(head + b"x" * 40_000_000)
        assert heard(second)[0] in (503, 0)  # 0: still writing, it may lose the answer
        assert server.spooled_bytes <= 60 * MIB
        assert heard(first)[0] == 408
    assert server.spooled_bytes == 0


def test_who_does_not_read_is_not_waited_for(server: Server) -> None:
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", server.port))
        line.settimeout(30)
        asked = b"GET /static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
        line.sendall(asked * 8)
        assert was_cut(line, b"\r\n", pause_s=0.2)


@pytest.mark.parametrize(
    "path", [LIVE, "/", "/api/nowhere/", "/api/users/me", "/api/auth/password/forgot/", "/hitl/x/"]
)
def test_a_name_that_is_not_ours_is_refused_on_every_route(server: Server, path: str) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "a b", ""):
        with server.connect() as line:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            assert problem_in(line, 400, "host_not_allowed")["instance"] == path


ODD = [
    b"GET /api/users/me?" + b"a&" * 15_000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /api/orchestrator/executions/?" + b"a=1&" * 15_000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET /api/health/live/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: " + b"a=1;" * 15_000 + b"\r\n\r\n",
    b"GET /api/health/live/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: " + b"a/b;q=0.1," * 6_000 + b"\r\n\r\n",
    b"GET /api/health/live/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Forwarded-For: " + b"1," * 30_000 + b"\r\n\r\n",
    b"GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer " + b"." * 60_000 + b"\r\n\r\n",
    b"GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-API-Key: hdl_\xff\xfe_\xfc\r\n\r\n",
    b"GET /api/credentials/oauth/callback/?state=x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: heddle_oauth=\xfc\xff\r\n\r\n",
    b"GET /api/users/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: \xff\xfe\r\nX-Request-ID: \xff\r\n\r\n",
    b"GET /%ff%fe%00/\xc3 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(ODD)))
def test_odd_heads_of_strangers_cost_little_and_break_nothing(server: Server, number: int) -> None:
    before = server.cpu_s
    for _ in range(5):
        with server.connect() as line:
            line.sendall(ODD[number])
            assert 200 <= heard(line)[0] < 500
    assert server.cpu_s - before < 5


@pytest.mark.django_db(transaction=True)
def test_who_waits_holds_no_thread_and_no_place_of_strangers(server: Server, make_user: Callable[..., User]) -> None:
    """A hundred long polls on six threads, and the next caller is answered at once."""
    key = people.create_key(user=make_user(tier="enterprise"), name="test")[1]
    with httpx.Client(
        base_url=f"http://127.0.0.1:{server.port}", headers={"X-API-Key": key}, timeout=PATIENCE_S
    ) as client:
        made = client.post("/api/orchestrator/workflows/", json={"name": "w", **chain(node("z"))}).json()
        run = client.post(f"/api/orchestrator/workflows/{made['id']}/execute/", json={"input": {}}).json()
    poll = f"GET /api/orchestrator/executions/{run['id']}/status/?wait_s=30 HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n\r\n"
    with contextlib.ExitStack() as lines:
        for _ in range(100):
            lines.enter_context(server.connect()).sendall(poll.encode())
        again = httpx.get(
            f"http://127.0.0.1:{server.port}/api/users/me", headers={"X-API-Key": key}, timeout=PATIENCE_S
        )
        assert again.status_code == 200
        status = Path(f"/proc/{server.pid}/status").read_text()
    assert int(status.split("Threads:")[1].split()[0]) < 60


@pytest.mark.django_db(transaction=True)
def test_one_user_s_calls_that_hang_leave_threads_for_others_and_are_dropped_with_their_client(
    server: Server, make_user: Callable[..., User]
) -> None:
    """More calls than threads hang at a row that is locked; another user is answered, and what waits never runs."""
    one, other = (people.create_key(user=make_user(tier="enterprise"), name="test")[1] for _ in range(2))
    base = f"http://127.0.0.1:{server.port}"
    made = httpx.post(
        f"{base}/api/orchestrator/workflows/", json={"name": "w", **chain(node("z"))}, headers={"X-API-Key": one},
        timeout=PATIENCE_S,
    ).json()  # fmt: skip
    body = json.dumps({"description": "x"})
    patch = (
        f"PATCH /api/orchestrator/workflows/{made['id']}/ HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {one}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    ).encode()
    with contextlib.ExitStack() as lines:
        with transaction.atomic():
            Workflow.objects.select_for_update().get(pk=made["id"])
            opened = [lines.enter_context(server.connect()) for _ in range(130)]
            for line in opened:
                line.sendall(patch)
            refused, _, _ = select.select(opened, [], [], PATIENCE_S)
            said = problem_in(refused[0], 429, "rate_limited")
            assert said["scope"] == "waiting_calls"
            for _ in range(20):
                answer = httpx.get(f"{base}/api/users/me", headers={"X-API-Key": other}, timeout=PATIENCE_S)
                assert answer.status_code == 200
            health = httpx.get(f"{base}/api/health/", timeout=PATIENCE_S).json()["components"]
            assert (health["database"]["status"], health["redis"]["status"]) == ("ok", "ok")
            for line in opened:
                line.close()
            # The server has heard of each end by the time it answers who came after.
            assert httpx.get(f"{base}/api/users/me", headers={"X-API-Key": other}, timeout=PATIENCE_S).is_success
        end = time.monotonic() + PATIENCE_S
        while httpx.patch(
            f"{base}/api/orchestrator/workflows/{made['id']}/", json={"description": "last"},
            headers={"X-API-Key": one}, timeout=PATIENCE_S,
        ).status_code == 429:  # fmt: skip
            assert time.monotonic() < end
    assert Workflow.objects.get(pk=made["id"]).revision <= made["revision"] + 6 + 1, "only what had begun was done"


@pytest.mark.django_db(transaction=True)
def test_seventy_previews_that_compute_for_long_leave_the_process_to_others(
    server: Server, make_user: Callable[..., User]
) -> None:
    """Each is answered, most with 429; a user whose key is as new calls and starts runs meanwhile, and health is well."""
    one, other = (people.create_key(user=make_user(tier="enterprise"), name="test")[1] for _ in range(2))
    body = json.dumps({"text": '{{ "a".repeat(1000000).match(/a/g).length }}' * 1000})
    asked = (
        f"POST /api/compile/expressions/preview/ HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {one}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    ).encode()
    with contextlib.ExitStack() as lines:
        opened = [lines.enter_context(server.connect()) for _ in range(70)]
        for line in opened:
            line.sendall(asked)
        with httpx.Client(
            base_url=f"http://127.0.0.1:{server.port}", headers={"X-API-Key": other}, timeout=PATIENCE_S
        ) as client:
            made = client.post("/api/orchestrator/workflows/", json={"name": "w", **chain(node("z"))}).json()
            url = f"/api/orchestrator/workflows/{made['id']}/execute/"
            assert {client.post(url, json={"input": {}}).status_code for _ in range(10)} == {202}
            health = client.get("/api/health/").json()["components"]
        assert (health["database"]["status"], health["redis"]["status"]) == ("ok", "ok")
        codes = [heard(line)[0] for line in opened]
    assert set(codes) == {200, 429}
    assert codes.count(200) >= 4


@pytest.mark.django_db(transaction=True)
def test_a_message_on_a_socket_has_a_size_unpacked_too(server: Server, make_user: Callable[..., User]) -> None:
    key = people.create_key(user=make_user(), name="test")[1]
    url = f"ws://127.0.0.1:{server.port}/ws/hitl/"
    for compression in (None, "deflate"):
        asked: dict[str, Any] = {
            "additional_headers": {"X-API-Key": key},
            "open_timeout": PATIENCE_S,
            "ping_timeout": None,
        }
        with websocket(url, compression=compression, **asked) as line:
            assert json.loads(line.recv(PATIENCE_S))["type"] == "connected"
            with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 (what is under way comes first)
                line.send(json.dumps({"type": "ping", "more": "x" * 2 * MIB}))
                for _ in range(10):
                    assert json.loads(line.recv(PATIENCE_S))["type"] != "pong"
        # Who is still sending may be cut off before the reason has come through.
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1009


def test_the_server_itself_believes_no_header_of_a_proxy(server: Server) -> None:
    """From loopback too: 200 half-sent requests of one address stay of one address, whatever they say."""
    with contextlib.ExitStack() as lines:
        opened = [lines.enter_context(server.connect()) for _ in range(220)]
        for number, line in enumerate(opened):
            line.sendall(
                f"POST /api/auth/login/ HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 198.51.100.{number}\r\n"
                "Content-Length: 9\r\n\r\n{".encode()
            )
        assert [heard(line)[0] for line in opened].count(429) == 20
