"""Chats as models: OpenAI's own client, unchanged, against the real web server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError
from django.test import AsyncClient
from django.utils import timezone
from rest_framework.test import APIClient

from core.accounts import people
from core.models import Collaborator, User
from executor.models import Execution
from executor.process.engine_thread import EngineThread
from executor.verbs import verbs
from orchestrator.completions import offered
from orchestrator.triggers import chat_answers
from tests.builders import edge, node, set_node
from tests.integration.executor.running import eventually, finished
from tests.integration.serving import Server, serving
from tests.providers import Provider, calls, says

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"
ECHO = set_node("echo", text="You said {{ $json.message }}", before="{{ $json.messages.length }}")
HELLO: Any = [{"role": "user", "content": "Hello"}]


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(Path(tmp_path_factory.mktemp("completions")), {"HEDDLE_RATE_LIMITS": "off"}) as made:
        yield made


@pytest.fixture
def make_client(server: Server) -> Any:
    made: list[openai.OpenAI] = []

    def make(owner: User, **fields: Any) -> openai.OpenAI:
        key = people.create_key(user=owner, name="k", **fields)[1]
        client = openai.OpenAI(api_key=key, base_url=f"http://127.0.0.1:{server.port}/v1", timeout=60)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


def deployed(api: APIClient, answer: dict[str, Any], title: str = "Ask me", **params: Any) -> str:
    """Deploy a chat that one node answers; returns its workflow's id."""
    trigger = node("chat", "chat_trigger", {"title": title, **params})
    document = {"name": title, "nodes": [trigger, answer], "edges": [edge("chat", answer["id"])]}
    made = api.post(BASE, document, format="json")
    assert made.status_code == 201, made.json()
    reply = api.post(f"{BASE}{made.json()['id']}/deploy/", {}, format="json")
    assert reply.status_code == 200, reply.json()
    return str(made.json()["id"])


def asks(kind: str, key: str, *tools: Any) -> dict[str, Any]:
    params = {"prompt": "{{ $json.message }}", "provider": "openai", "model": "m1"}
    return node("ask", kind, params, credentials={"model": key})


def test_a_deployed_chat_is_a_model(api: APIClient, user: User, models: EngineThread, make_client: Any) -> None:
    deployed(api, ECHO)
    api.post(BASE, {"name": "Draft", "nodes": [node("chat", "chat_trigger")], "edges": []}, format="json")
    client = make_client(user)
    (found,) = client.models.list().data
    assert (found.id, found.object) == ("ask-me", "model")
    assert client.models.retrieve("ask-me") == found

    more: Any = [{"role": "system", "content": "Be brief"}, *HELLO]
    made = client.chat.completions.create(model="ask-me", messages=more, temperature=0.1)
    (choice,) = made.choices
    assert (choice.message.role, choice.message.content) == ("assistant", "You said Hello")
    assert (choice.finish_reason, made.model, made.object) == ("stop", "ask-me", "chat.completion")
    (execution,) = Execution.objects.all()
    assert made.id == f"chatcmpl-{execution.pk}"
    assert (execution.trigger, execution.started_by_id) == ("chat", user.pk)
    assert execution.input["messages"] == [
        {"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hello"},
    ]  # fmt: skip


def test_usage_and_finish_reason_are_the_models(
    api: APIClient, user: User, models: EngineThread, provider: Provider, key: str, make_client: Any
) -> None:
    deployed(api, asks("llm", key))
    provider.script(says("cut", finish="length", usage=(30, 9, 12, 4)))
    made = make_client(user).chat.completions.create(model="ask-me", messages=HELLO)
    assert (made.choices[0].message.content, made.choices[0].finish_reason) == ("cut", "length")
    used = made.usage
    assert (used.prompt_tokens, used.completion_tokens, used.total_tokens) == (30, 9, 39)
    assert used.prompt_tokens_details.cached_tokens == 12
    assert used.completion_tokens_details.reasoning_tokens == 4


def test_an_answer_comes_word_by_word(
    api: APIClient, user: User, models: EngineThread, provider: Provider, key: str, make_client: Any
) -> None:
    deployed(api, asks("llm", key))
    provider.script(says("one two three", pieces=3, piece_s=0.2, usage=(5, 4, 0, 0)))
    stream = make_client(user).chat.completions.create(
        model="ask-me", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert chunks[0].choices[0].delta.role == "assistant"
    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
    assert len(texts) >= 2
    assert "".join(texts) == "one two three"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert (chunks[-1].choices, chunks[-1].usage.total_tokens) == ([], 9)
    assert len({chunk.id for chunk in chunks}) == 1


def test_an_agent_tells_its_answer_last(
    api: APIClient, user: User, models: EngineThread, provider: Provider, key: str, make_client: Any
) -> None:
    agent = asks("agent", key)
    clock = node("clock", "date_time_tool")
    trigger = node("chat", "chat_trigger", {"title": "Clock"})
    edges = [edge("chat", "ask"), edge("clock", "ask", "tool", "tools")]
    made = api.post(BASE, {"name": "Clock", "nodes": [trigger, agent, clock], "edges": edges}, format="json").json()
    assert api.post(f"{BASE}{made['id']}/deploy/", {}, format="json").status_code == 200
    provider.script(calls(("clock", {"action": "now"})), says("Noon"))
    stream = make_client(user).chat.completions.create(model="clock", messages=HELLO, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "Noon"


def test_a_conversation_goes_on(api: APIClient, user: User, models: EngineThread, make_client: Any) -> None:
    deployed(api, set_node("echo", text="{{ $json.is_continuation }} {{ $json.conversation_id }}"))
    client = make_client(user)
    said = [
        client.chat.completions.create(model="ask-me", messages=HELLO, metadata=metadata).choices[0].message.content
        for metadata in ({"conversation_id": "ada"}, {"conversation_id": "ada"}, {})
    ]
    assert said[:2] == ["false ada", "true ada"]
    assert said[2].startswith("false ")
    assert said[2] != "false ada"


def test_refusals_are_told_as_openai_does(
    api: APIClient, user: User, make_user: Any, models: EngineThread, make_client: Any, server: Server
) -> None:
    deployed(api, ECHO)
    client = make_client(user)
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-9", messages=HELLO)
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.NotFoundError):
        make_client(make_user()).chat.completions.create(model="ask-me", messages=HELLO)
    with pytest.raises(openai.AuthenticationError) as unknown:
        client.with_options(api_key="hdl_no_key").chat.completions.create(model="ask-me", messages=HELLO)
    assert unknown.value.code == "invalid_api_key"
    with pytest.raises(openai.BadRequestError) as wrong:
        client.chat.completions.create(model="ask-me", messages=HELLO, n=2)
    assert wrong.value.param == "n"
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="ask-me", messages=[{"role": "user", "content": "x" * 100_001}])
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="ask-me", input="x")
    base = f"http://127.0.0.1:{server.port}/v1"
    assert httpx.get(f"{base}/models").json()["error"]["code"] == "invalid_api_key"
    assert httpx.get(f"{base}/chat/completions").status_code == 405
    broken = httpx.post(f"{base}/chat/completions", content=b"{", headers={"Authorization": f"Bearer {client.api_key}"})
    assert (broken.status_code, broken.json()["error"]["type"]) == (400, "invalid_request_error")
    assert not Execution.objects.exists(), "nothing was started"


def test_scopes_of_keys_hold(api: APIClient, user: User, models: EngineThread, make_client: Any) -> None:
    deployed(api, ECHO)
    reads, runs = make_client(user, scopes=["read"]), make_client(user, scopes=["run"])
    assert [one.id for one in reads.models.list().data] == ["ask-me"]
    with pytest.raises(openai.PermissionDeniedError):
        reads.chat.completions.create(model="ask-me", messages=HELLO)
    with pytest.raises(openai.PermissionDeniedError):
        runs.models.list()
    assert runs.chat.completions.create(model="ask-me", messages=HELLO).choices
    assert Execution.objects.count() == 1


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("runner", True), ("editor", True)])
def test_collaborators_ask_what_they_may_run(
    api: APIClient, user: User, make_user: Any, models: EngineThread, make_client: Any, role: str, may: bool
) -> None:
    workflow_id = deployed(api, ECHO)
    other = make_user()
    Collaborator.objects.create(
        workflow_id=workflow_id, user_id=other.pk, email=other.email, role=role, accepted_at=timezone.now(),
        invited_by_id=user.pk, created_at=timezone.now(), mailed_at=timezone.now(),
    )  # fmt: skip
    client = make_client(other)
    name = f"ask-me@{workflow_id}"
    assert [one.id for one in client.models.list().data] == ([name] if may else [])
    if may:
        assert client.chat.completions.create(model=name, messages=HELLO).choices
    else:
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model=name, messages=HELLO)
    assert Execution.objects.count() == int(may)


def test_a_name_of_one_s_own_never_comes_to_mean_what_others_share(
    api: APIClient, user: User, make_user: Any, as_user: Any
) -> None:
    other = make_user()
    shared = deployed(as_user(other), ECHO, title="Support")  # older than one's own, and called like it
    Collaborator.objects.create(
        workflow_id=shared, user_id=user.pk, email=user.email, role="runner", accepted_at=timezone.now(),
        invited_by_id=other.pk, created_at=timezone.now(), mailed_at=timezone.now(),
    )  # fmt: skip
    own = deployed(api, ECHO, title="Support")
    assert {one.name: str(one.workflow_id) for one in offered.models_of(user)} == {
        "support": own,
        f"support@{shared}": shared,
    }
    api.delete(f"{BASE}{own}/")
    with pytest.raises(offered.ModelMissing):
        offered.model_named(user, "support")


def test_what_fails_after_the_start_is_not_asked_again(
    api: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(api, ECHO)
    key = people.create_key(user=user, name="k")[1]

    async def away(execution_id: Any) -> Any:
        raise OperationalError("the connection was lost")

    monkeypatch.setattr(chat_answers, "whole", away)

    async def ask() -> Any:
        return await AsyncClient().post(
            "/v1/chat/completions", {"model": "ask-me", "messages": HELLO}, content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )  # fmt: skip

    asked = async_to_sync(ask)()
    assert asked.headers["X-Should-Retry"] == "false"
    (execution,) = Execution.objects.all()
    assert asked.json()["error"]["execution_id"] == str(execution.pk)


def test_a_run_that_fails_is_asked_once(api: APIClient, user: User, models: EngineThread, make_client: Any) -> None:
    deployed(api, node("stops", "stop_and_error", {"message": "no"}))
    client = make_client(user)
    with pytest.raises(openai.InternalServerError) as failed:
        client.chat.completions.create(model="ask-me", messages=HELLO)
    assert failed.value.code == "execution_failed"
    assert Execution.objects.count() == 1, "the client does not try again by itself"
    with pytest.raises(openai.APIError) as streamed:
        list(client.chat.completions.create(model="ask-me", messages=HELLO, stream=True))
    assert streamed.value.code == "execution_failed"


def test_what_waits_for_people_says_so(api: APIClient, user: User, models: EngineThread, make_client: Any) -> None:
    deployed(api, node("ask", "human_task", {"title": "May it?"}))
    with pytest.raises(openai.UnprocessableEntityError) as waits:
        make_client(user).chat.completions.create(model="ask-me", messages=HELLO)
    assert waits.value.code == "execution_waiting"
    (execution,) = Execution.objects.all()
    assert execution.state.status == "waiting"
    verbs.stop(execution_id=execution.pk, by=user.pk, reason="", now=execution.created_at)


def test_a_caller_who_hangs_up_ends_nothing(
    api: APIClient, user: User, models: EngineThread, provider: Provider, key: str, make_client: Any
) -> None:
    deployed(api, asks("llm", key))
    provider.script(says("one two three four", pieces=8, piece_s=0.3))
    stream = make_client(user).chat.completions.create(model="ask-me", messages=HELLO, stream=True)
    for chunk in stream:
        if chunk.choices[0].delta.content:
            break
    stream.close()
    (execution,) = Execution.objects.all()
    assert finished(execution.pk).state.status == "completed"
    assert execution_text(execution.pk) == "one two three four"


def execution_text(execution_id: Any) -> str:
    return str(Execution.objects.get(pk=execution_id).output[0]["json"]["text"])


def test_the_same_key_asks_once(api: APIClient, user: User, models: EngineThread, make_client: Any) -> None:
    deployed(api, ECHO)
    client = make_client(user)
    made = [
        client.chat.completions.create(model="ask-me", messages=HELLO, extra_headers={"Idempotency-Key": "a"}).id
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert Execution.objects.count() == 1


def test_many_ask_at_once(api: APIClient, user: User, models: EngineThread, make_client: Any) -> None:
    deployed(api, ECHO)
    client = make_client(user)
    said: list[str] = []

    def ask(number: int) -> None:
        more: Any = [{"role": "user", "content": str(number)}]
        stream = client.chat.completions.create(model="ask-me", messages=more, stream=True)
        said.append("".join(chunk.choices[0].delta.content or "" for chunk in stream))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    eventually(lambda: len(said) == 8)
    assert sorted(said) == [f"You said {number}" for number in range(8)]
