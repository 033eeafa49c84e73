"""Chats: a page, answers as JSON and word by word, for whom they are."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient
from rest_framework.test import APIClient

from core.accounts import people
from core.models import User
from executor.models import Execution
from executor.process.engine_thread import EngineThread
from tests.builders import edge, node, set_node
from tests.providers import Provider, says

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"
SSE = "text/event-stream"


def deployed(api: APIClient, answer: dict[str, Any], **params: Any) -> str:
    """Deploy a chat that one node answers; return where it is."""
    trigger = node("chat", "chat_trigger", {"title": "Ask me", **params})
    document = {"name": "w", "nodes": [trigger, answer], "edges": [edge("chat", answer["id"])]}
    made = api.post(BASE, document, format="json")
    assert made.status_code == 201, made.json()
    reply = api.post(f"{BASE}{made.json()['id']}/deploy/", {}, format="json")
    assert reply.status_code == 200, reply.json()
    (shown,) = reply.json()["triggers"]
    return str(shown["url"]).removeprefix("http://testserver")


def call(method: str, url: str, data: Any = None, **headers: str) -> tuple[Any, str]:
    """Call as a stranger would; returns the answer with its whole body."""

    async def ask() -> tuple[Any, str]:
        try:
            more = {} if data is None else {"data": json.dumps(data), "content_type": "application/json"}
            reply = await getattr(AsyncClient(), method)(url, **more, headers=headers)
            if reply.streaming:
                return reply, b"".join([part async for part in reply.streaming_content]).decode()
            return reply, reply.content.decode()
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(ask())


def events(text: str) -> list[tuple[str, Any]]:
    found = []
    for part in text.strip().split("\n\n"):
        name, _, data = part.partition("\ndata: ")
        found.append((name.removeprefix("event: "), json.loads(data)))
    return found


ECHO = set_node("echo", text="You said {{ $json.message }}", again="{{ $json.is_continuation }}")


def test_a_message_starts_a_run_that_answers(api: APIClient, models: EngineThread) -> None:
    url = deployed(api, ECHO, public=True)
    assert url.endswith("/chat/ask-me")
    reply, body = call("post", url, {"message": "Hello"})
    assert reply.status_code == 200, body
    first = json.loads(body)
    assert first["message"] == "You said Hello"

    _, body = call("post", url, {"message": "Again", "conversation_id": first["conversation_id"]})
    second = json.loads(body)
    assert second["conversation_id"] == first["conversation_id"]
    one, two = Execution.objects.order_by("created_at")
    assert (one.trigger, two.trigger) == ("chat", "chat")
    assert (one.output[0]["json"]["again"], two.output[0]["json"]["again"]) == (False, True)
    assert one.input["session"] == two.input["session"]
    other = json.loads(call("post", url, {"message": "Other"})[1])
    assert other["conversation_id"] != first["conversation_id"]


def test_the_page_runs_no_script_but_ours_and_calls_its_own_origin_alone(api: APIClient) -> None:
    url = deployed(api, ECHO, public=True, greeting="<b>Hi</b>")
    reply, body = call("get", url)
    assert reply.status_code == 200
    assert "&lt;b&gt;Hi&lt;/b&gt;" in body
    policy = reply["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'nonce-" in policy
    assert "connect-src 'self';" in policy
    assert not Execution.objects.exists()


def test_an_answer_comes_word_by_word(api: APIClient, models: EngineThread, provider: Provider, key: str) -> None:
    provider.script(says("one two three", pieces=3, piece_s=0.15, usage=(5, 4, 0, 0)))
    params = {"prompt": "{{ $json.message }}", "provider": "openai", "model": "m1"}
    asks = node("agent", "agent", params, credentials={"model": key})
    reply, body = call("post", deployed(api, asks, public=True), {"message": "Count"}, Accept=SSE)
    assert reply["Content-Type"] == SSE
    found = events(body)
    assert found[0][0] == "start"
    assert found[-1] == ("done", {"message": "one two three", "tokens": 9, "status": "completed"})
    pieces = [data["text"] for name, data in found if name == "delta"]
    assert len(pieces) >= 2
    assert "".join(pieces) == "one two three"


def test_a_run_that_fails_is_an_error(api: APIClient, models: EngineThread) -> None:
    stops = node("stops", "stop_and_error", {"message": "no"})
    url = deployed(api, stops, public=True)
    found = events(call("post", url, {"message": "Hello"}, Accept=SSE)[1])
    assert [name for name, _ in found] == ["start", "error"]
    assert found[1][1]["problem"]["code"] == "execution_failed"
    assert call("post", url, {"message": "Hello"})[0].status_code == 500


@pytest.mark.parametrize(
    "body", [{}, {"message": ""}, {"message": 3}, {"message": "x" * 8001}, {"message": "x", "conversation_id": "guess"}]
)
def test_what_is_no_message_starts_nothing(api: APIClient, body: Any) -> None:
    assert call("post", deployed(api, ECHO, public=True), body)[0].status_code == 400
    assert not Execution.objects.exists()


def test_a_chat_that_is_not_public_is_for_who_may_run_it(
    api: APIClient, user: User, make_user: Any, models: EngineThread
) -> None:
    url = deployed(api, ECHO)
    for method in ("get", "post"):
        assert call(method, url, None if method == "get" else {"message": "Hello"})[0].status_code == 401
    stranger = people.create_key(user=make_user(), name="k")[1]
    assert call("post", url, {"message": "Hello"}, **{"X-API-Key": stranger})[0].status_code == 404
    assert not Execution.objects.exists()
    own = people.create_key(user=user, name="k")[1]
    reply, body = call("post", url, {"message": "Hi", "conversation_id": "ada"}, **{"X-API-Key": own})
    assert (reply.status_code, json.loads(body)["conversation_id"]) == (200, "ada")


def test_a_secret_lets_in(api: APIClient, models: EngineThread) -> None:
    data = {"name": "s", "type": "http_bearer", "data": {"token": "let-me-in"}}
    secret = api.post("/api/credentials/", data, format="json").json()["id"]
    trigger = node("chat", "chat_trigger", {"auth": {"type": "bearer"}}, credentials={"auth": secret})
    document = {"name": "w", "nodes": [trigger, ECHO], "edges": [edge("chat", "echo")]}
    made = api.post(BASE, document, format="json").json()
    url = api.post(f"{BASE}{made['id']}/deploy/", {}, format="json").json()["triggers"][0]["url"]
    url = url.removeprefix("http://testserver")
    assert call("post", url, {"message": "Hi"})[0].status_code == 401
    assert call("post", url, {"message": "Hi"}, Authorization="Bearer let-me-in")[0].status_code == 200


def test_strangers_may_not_ask_without_end(api: APIClient, settings: Any) -> None:
    url = deployed(api, ECHO, public=True)
    settings.RATE_LIMITS = True
    settings.PUBLIC_LIMITS = {**settings.PUBLIC_LIMITS, "chats": {"address": 2}}
    statuses = [call("get", url)[0].status_code for _ in range(3)]
    assert statuses[:2] == [200, 200] or 429 in statuses
    assert statuses[-1] == 429


def test_what_waits_for_people_says_so(api: APIClient, models: EngineThread) -> None:
    asks = node("ask", "human_task", {"title": "May it?"})
    url = deployed(api, asks, public=True)
    reply, body = call("post", url, {"message": "Hello", "conversation_id": str(uuid4())})
    assert (reply.status_code, json.loads(body)["status"]) == (202, "waiting")
