"""Any value through every entry: refused with a code, the node's failure, or what it was; and never a worker's end."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core.accounts import people
from core.json import MAX_DEPTH, check
from core.json import NotStorable as Refused
from core.models import User
from core.secrets.resume_tokens import resume_token
from executor.models import HumanTask, NodeRun
from executor.process.engine_thread import EngineThread
from executor.selectors import execution_by_id
from executor.verbs import verbs
from nodes.base import Effect as Effect_
from nodes.base import NodeContext, NodeFailed, NodeParams, NodeResult, NodeType, WaitFor
from nodes.builtin import BUILTIN
from nodes.items import Item
from nodes.registry import catalogue_of
from tests.builders import chain, edge, graph, node, set_node
from tests.conftest import Peer
from tests.integration.executor import running
from tests.integration.executor.running import LOOK, check_events, finished, queue, run, until
from workflow_backend.routing import websocket_urlpatterns

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/"
SETTINGS = settings(
    max_examples=8, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def nested(value: Any, depth: int) -> Any:
    for at in range(depth):
        value = [value] if at % 2 else {"a": value}
    return value


TEXT = st.text(st.characters(codec=None) | st.sampled_from("\x00\ud800\udfff\ufffd😀\r"), max_size=5)
NUMBERS = (
    st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from([10**400, 2**64, -(2**63) - 1, math.nan, -math.inf])
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
DEEP = st.builds(
    nested, JSON, st.sampled_from([90, 95, *range(97, 106), 116, 117, 240, *range(244, 258), 300, 700, 1100])
)
SENT = JSON | DEEP
ANY = SENT | st.builds(object) | st.dictionaries(st.integers() | st.none(), st.integers(), min_size=1, max_size=2) | st.binary(max_size=3)  # fmt: skip


def fits(value: Any, depth: int = MAX_DEPTH) -> bool:
    try:
        check(value, depth=depth)
    except Refused:
        return False
    return True


def as_read(value: Any) -> Any:
    """Return a value as JavaScript reads it once it was stored: numbers are doubles, what is none is null."""
    return json.loads(
        json.dumps(value, default=str), parse_constant=lambda _: None, parse_int=_double, parse_float=_double
    )


def _double(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


# -- values that come from inside --------------------------------------------------------------------------------------
GIVEN: dict[str, Any] = {}


class GiveParams(NodeParams):
    how: str


class Give(NodeType[GiveParams]):
    """Hands a value of the test on, by every way a node has."""

    kind = "give"
    effect: ClassVar[Effect_] = "write"
    Params = GiveParams
    look = LOOK

    async def run(self, params: GiveParams, item: Item, ctx: NodeContext) -> NodeResult:
        value = GIVEN["value"]
        text = value if isinstance(value, str) else "a\x00b\ud800"
        if params.how == "output":
            return NodeResult.of({"v": value})
        if params.how == "logs":
            return NodeResult({"main": [{"json": {}}]}, logs=(text, value))
        if params.how == "raise":
            raise ValueError(text)
        if params.how == "fail":
            raise NodeFailed("no_luck", text, retryable=True, details=value)
        if params.how == "binary":
            return NodeResult({"main": [{"json": {}, "binary": value, "pairedItem": value}]})
        if params.how == "respond":
            await ctx.respond({"status": 200, "headers": {}, "body": value})
        if params.how == "question":
            task = {
                "type": "approval",
                "title": text[:300] or "?",
                "message": text,
                "context": {"v": value},
                "timeout_s": 5,
            }
            await ctx.wait(WaitFor("human_task", None, None, task))
        return NodeResult.of({"v": 1})


WAYS = ("output", "logs", "raise", "fail", "binary", "respond", "question")


@pytest.fixture
def knows_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CATALOGUE", catalogue_of([*BUILTIN, running.Behave, running.Effect, Give]))


@pytest.fixture
def engine(knows_give: None, db: None) -> Iterator[EngineThread]:
    thread = running.engine_thread(catalogue=running.CATALOGUE)
    thread.start()
    yield thread
    thread.stop(grace_s=1)


def is_well(engine: EngineThread) -> None:
    """Assert that this very worker goes on."""
    assert run(engine, chain(set_node("a", x="{{ 1 + 1 }}"))).state.status == "completed"


@pytest.mark.parametrize("on_error", ["fail", "continue", "ask"])
def test_whatever_a_node_makes_fails_it_at_most(engine: EngineThread, on_error: str) -> None:
    @SETTINGS
    @given(value=ANY)
    def go(value: Any) -> None:
        GIVEN["value"] = value
        retry = {"max_attempts": 2, "delay_s": 0}
        started = {
            how: queue(
                chain(
                    node("g", "give", {"how": how}, settings={"on_error": on_error, "retry": retry}),
                    set_node("z", z="1"),
                )
            )
            for how in WAYS
        }
        for execution_id in started.values():
            engine.ring(str(execution_id))
        for how, execution_id in started.items():
            execution = until(execution_id, {"completed", "failed", "waiting"})
            row = NodeRun.objects.get(execution_id=execution_id, node_id="g")
            where = (how, execution.error, row.error)
            if execution.state.status == "waiting":
                assert on_error == "ask" or how == "question", where
                verbs.stop(execution_id=execution_id, by=UUID(int=1), reason=None, now=timezone.now())
                engine.ring(str(execution_id))
                execution = finished(execution_id)
            check_events(execution)
            if row.error is not None:
                assert row.error["code"] in ("invalid_output", "no_luck", "node_failed"), where
                assert execution.state.status != "failed" or execution.error["code"] == row.error["code"], where
            if how == "output" and row.status == "completed" and row.error is None:
                assert as_read(row.outputs["main"][0]["json"]["v"]) == as_read(value)
            if how == "logs":
                assert row.status == "completed", where
        is_well(engine)

    go()


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_whatever_code_returns_fails_it_at_most(engine: EngineThread, language: str) -> None:
    python = ["'\\ud800'", "'a\\0b'", "float('nan')", "10**300", "{1: {2: 3}}", "2**64"]
    script = ["'\\ud800'", "'a\\0b'", "NaN", "1e400", "({})", "2**64"]
    deep = (
        "x = 1\nfor _ in range(%d): x = [x]\n"
        if language == "python"
        else "let x = 1; for (let i = 0; i < %d; i++) x = [x];"
    )
    codes = [
        f"return {{'v': {one}}}" if language == "python" else f"return {{v: {one}}}"
        for one in (python if language == "python" else script)
    ]
    codes += [
        deep % depth + ("return {'v': x}" if language == "python" else "return {v: x}")
        for depth in (90, 99, 100, 101, 150, 250, 300, 1100)
    ]
    codes += [
        "print('a\\0b\\ud800')\nraise ValueError('\\0\\ud800')"
        if language == "python"
        else "console.log('a\\0b\\ud800'); throw new Error('\\0\\ud800')"
    ]
    wrong = {}
    for code in codes:
        execution = run(engine, chain(node("c", "code", {"language": language, "code": code})))
        check_events(execution)
        status, error = execution.state.status, (execution.error or {}).get("code")
        depth = int((re.findall(r"(?:range\(|i < )(\d+)", code) or ["0"])[0])
        allowed = {"completed"} if depth <= 100 and "\\" not in code else {"failed"}
        if status not in allowed or error not in (None, "invalid_output", "code_error"):
            wrong[code] = (status, execution.error)
        if "raise" not in code and "throw" not in code and status == "failed" and error != "invalid_output":
            wrong[code] = (status, execution.error)
    assert wrong == {}
    is_well(engine)


@pytest.fixture
def reachable(peer: Peer, settings: Any) -> Peer:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    return peer


def test_whatever_a_server_answers_fails_the_request_at_most(reachable: Peer, engine: EngineThread) -> None:
    peer = reachable

    @SETTINGS
    @given(value=SENT)
    def go(value: Any) -> None:
        peer.answer("/", (200, {"Content-Type": "application/json"}, posted(value)))
        request = node("h", "http_request", {"url": f"{peer.url}/", "response_format": "json", "full_response": True})
        execution = run(engine, chain(request))
        check_events(execution)
        if execution.state.status == "completed":
            assert as_read(execution.output[0]["json"]["body"]) == as_read(value)
        else:
            assert execution.error["code"] in ("invalid_output", "http_invalid_json")
            assert not fits(value) or b"NaN" in posted(value) or b"Infinity" in posted(value)
        is_well(engine)

    go()


# -- values that come by the API ---------------------------------------------------------------------------------------
def posted(value: Any) -> bytes:
    """Return JSON as a careless program writes it: NaN, halves of pairs and all."""
    if not fits(value, 250):
        return _deep_json(value)
    return json.dumps(value).encode()


def _deep_json(value: Any) -> bytes:
    before, after = b"", b""
    while isinstance(value, (list, dict)) and len(value) == 1:
        before += b"[" if isinstance(value, list) else b'{"a":'
        after = (b"]" if isinstance(value, list) else b"}") + after
        value = value[0] if isinstance(value, list) else next(iter(value.values()))
    return before + json.dumps(value, default=str).encode() + after


ACCEPTED = {200, 201, 202}
Send = Callable[[bytes], Any]


@pytest.fixture
def entries(engine: EngineThread, api: APIClient, user: User) -> dict[str, Send]:
    """Return every entry of the API that takes a value, as a function of that value's JSON."""
    hooks = graph(
        [node("hook", "webhook_trigger", {"path": "hook"}), node("form", "form_trigger", {"path": "form", "title": "F", "form": {"type": "object"}}),
         node("x")],
        [edge("hook", "x"), edge("form", "x")],
    )  # fmt: skip
    hook_id = api.post(f"{BASE}workflows/", {"name": "hooks", **hooks}, format="json").json()["id"]
    assert api.post(f"{BASE}workflows/{hook_id}/deploy/", {}, format="json").status_code == 200
    plain = api.post(f"{BASE}workflows/", {"name": "plain", **chain(node("a"), node("b"))}, format="json").json()["id"]
    asking = chain(node("ask", "human_task", {"title": "?", "type": "clarification"}))
    waiting = chain(node("w", "wait", {"mode": "signal", "signal": "go"}))
    client = Client(raise_request_exception=False)
    anonymous = f"/api/webhooks/{user.pk}/"

    def post(url: str, body: bytes, method: str = "POST", sender: Any = api) -> Any:
        return sender.generic(method, url, body, content_type="application/json")

    def held(document: dict[str, Any]) -> UUID:
        execution_id = queue(document, owner=user.pk)
        engine.ring(str(execution_id))
        until(execution_id, {"waiting"})
        return execution_id

    def answered(body: bytes) -> Any:
        task = HumanTask.objects.get(execution_id=held(asking))
        reply = post(f"{BASE}hitl/{task.pk}/respond/", b'{"action":"answer","data":%b}' % body)
        return _after(reply, task.execution_id)

    def signalled(body: bytes) -> Any:
        execution_id = held(waiting)
        return _after(post(f"{BASE}executions/{execution_id}/signals/go/", b'{"payload":%b}' % body), execution_id)

    def resumed(body: bytes) -> Any:
        execution_id = held(waiting)
        reply = post(f"/api/webhooks/resume/{resume_token(str(execution_id))}", b'{"v":%b}' % body, sender=client)
        return _after(reply, execution_id)

    def _after(reply: Any, execution_id: UUID) -> Any:
        if reply.status_code not in ACCEPTED:
            verbs.stop(execution_id=execution_id, by=user.pk, reason=None, now=timezone.now())
        engine.ring(str(execution_id))
        reply.started = str(execution_id)
        return reply

    item = b'[{"json":{"v":%b}}]'
    return {
        "execute": lambda body: post(f"{BASE}workflows/{plain}/execute/", b'{"input":{"v":%b}}' % body),
        "test": lambda body: post(f"{BASE}workflows/{plain}/test/", b'{"input":{"v":%b}}' % body),
        "variables": lambda body: post(f"{BASE}workflows/{plain}/execute/", b'{"variables":{"v":%b}}' % body),
        "bare": lambda body: post(f"{BASE}workflows/{plain}/execute/", body),
        "partial": lambda body: post(f"{BASE}workflows/{plain}/partial-execute/", b'{"wait_s":0,"node_id":"b","inputs":{"main":%b}}' % (item % body)),
        "pinned for once": lambda body: post(f"{BASE}workflows/{plain}/partial-execute/",
                                             b'{"wait_s":0,"node_id":"b","pinned":{"a":{"main":%b}}}' % (item % body)),
        "pinned": lambda body: post(f"{BASE}workflows/{plain}/", b'{"pinned_data":{"a":{"main":%b}}}' % (item % body), "PATCH"),
        "with what is pinned": lambda body: post(f"{BASE}workflows/{plain}/execute/", b'{"use_pinned":true}'),
        "definition": lambda body: post(f"{BASE}workflows/", json.dumps({"name": str(uuid4()), **chain(node("a", "set", {"x": "@"}))}).encode().replace(b'"@"', body)),
        "webhook": lambda body: post(f"{anonymous}hook", body, sender=client),
        "form": lambda body: post(f"{anonymous}form", b'{"fields":{"v":%b}}' % body, sender=client),
        "answer": answered, "signal": signalled, "resume link": resumed,
    }  # fmt: skip


def test_whatever_is_sent_is_taken_or_refused(engine: EngineThread, entries: dict[str, Send], user: User) -> None:
    taken: dict[str, int] = dict.fromkeys(entries, 0)

    @SETTINGS
    @given(value=SENT)
    def go(value: Any) -> None:
        body = posted(value)
        started: list[tuple[str, str]] = []
        for name, send in entries.items():
            reply = send(body)
            assert reply.status_code < 500, (name, body[:200], reply.content[:300])
            if reply.status_code in ACCEPTED:
                taken[name] += 1
                found = getattr(reply, "started", None) or reply.json().get("execution_id") or reply.json().get("id")
                if "pinned_data" not in reply.json() and "definition" not in name:
                    started.append((name, found))
            else:
                problem = reply.json()
                assert problem["code"] in ("malformed_json", "validation_error", "invalid_definition"), (name, problem)
                if not fits(value, 120) and fits(value, 250) and name == "execute":
                    assert "100 levels" in str(problem), problem
                    assert "v[" in str(problem) or ".v." in str(problem), problem
            if (
                fits(value, MAX_DEPTH - 1)
                and b"NaN" not in body
                and b"Infinity" not in body
                and name in ("execute", "webhook", "answer", "signal", "form")
            ):
                assert reply.status_code in ACCEPTED, (name, reply.json())
        for name, execution_id in started:
            engine.ring(execution_id)
            execution = finished(UUID(execution_id))
            check_events(execution)
            assert (
                execution.state.status in ("completed", "cancelled") or execution.error["code"] == "invalid_output"
            ), (name, execution.error)
            if name == "execute":
                assert as_read(execution.output[0]["json"]["v"]) == as_read(value)
        is_well(engine)

    go()
    assert min(taken.values()) > 0, taken


def test_whatever_a_socket_is_sent_it_stays_open_or_says_why_not(user: User) -> None:
    key = people.create_key(user=user, name="test")[1]
    frames = [posted(nested(1, depth)).decode() for depth in (90, 101, 116, 200, 254, 300, 1100, 5000)]
    frames += [f'{{"type": {frame}}}' for frame in frames] + [
        '"\\ud800"',
        "NaN",
        '{"type":"ping","ref":"\\u0000"}',
        "9" * 400,
    ]

    async def talk() -> list[str]:
        told: list[str] = []
        for frame in frames:
            scope = {
                "type": "websocket",
                "path": "/ws/hitl/",
                "query_string": b"",
                "headers": [(b"x-api-key", key.encode())],
            }
            client = ApplicationCommunicator(URLRouter(websocket_urlpatterns), scope)
            await client.send_input({"type": "websocket.connect"})
            for _ in range(3):
                assert (await client.receive_output(10))["type"] in ("websocket.accept", "websocket.send")
            await client.send_input({"type": "websocket.receive", "text": frame})
            told.append(json.loads((await client.receive_output(10))["text"])["type"])
            await client.send_input({"type": "websocket.disconnect", "code": 1000})
            await client.wait(5)
        return told

    assert set(async_to_sync(talk)()) == {"error"}


def test_a_whole_run_of_numbers_beyond_64_bits_ends_as_it_reads(engine: EngineThread) -> None:
    """The last node's output is the run's: it goes into the journal's row of the execution, too."""
    for text in ("12345678901234567890123", "10 ** 30", "'1e30'.toInt()", "2 ** 64"):
        execution = run(engine, chain(set_node("a", x=f"{{{{ {text} }}}}")))
        assert execution.state.status == "completed", execution.error
        assert isinstance(execution.output[0]["json"]["x"], (int, float))
        assert (
            execution_by_id(execution.pk).output
            == NodeRun.objects.get(execution_id=execution.pk, node_id="a").outputs["main"]
        )
    is_well(engine)
