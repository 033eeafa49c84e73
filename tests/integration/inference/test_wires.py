"""Each provider's wire gives the same answers and the same errors, streamed or not."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from core.http.client import GuardedClient
from core.http.resolve import checked_address
from inference.models.asking import complete
from nodes.base import NodeFailed
from nodes.language_models import PROVIDERS, Image, Message, Sampling, Tool, ToolResult
from tests.integration.inference.conftest import asked, call_of
from tests.providers import Provider, Reply, calls, cut, fails, nonsense, refuses, says, too_long, unfinished

every = pytest.mark.parametrize("name", PROVIDERS)
WIRES = ("openai", "anthropic", "gemini", "ollama")
wire = pytest.mark.parametrize("name", WIRES)
ways = pytest.mark.parametrize("stream", [True, False])
ADD = Tool("add", "Adds", {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]})


def refusal(provider: Provider, name: str, **fields: Any) -> NodeFailed:
    with pytest.raises(NodeFailed) as caught:
        asked(provider, call_of(provider, name, **fields))
    return caught.value


@every
@ways
def test_an_answer_has_text_finish_and_tokens(provider: Provider, name: str, stream: bool) -> None:
    provider.script(says("Hello, world", usage=(11, 7, 0, 0)))
    heard: list[tuple[str, str]] = []
    made = asked(provider, call_of(provider, name, stream=stream), lambda text, channel: heard.append((channel, text)))
    assert (made.text, made.finish, made.provider) == ("Hello, world", "stop", name)
    assert (made.usage.input_tokens, made.usage.output_tokens) == (11, 7)
    assert "".join(text for channel, text in heard if channel == "text") == "Hello, world"
    assert len(heard) > 1 or not stream
    (one,) = provider.asked
    assert one.key == "key-1", "a call that is made again must be known as the same"
    assert "secret-key" in json.dumps(one.headers)


@wire
@ways
def test_tools_that_are_asked_for_together_come_together_and_their_results_go_back(
    provider: Provider, name: str, stream: bool
) -> None:
    provider.script(calls(("add", {"a": 1}), ("add", {"a": 2}), thinking="Hm."), says("3"))
    first = asked(provider, call_of(provider, name, tools=[ADD], stream=stream))
    assert first.finish == "tool_calls"
    assert [(call.name, call.arguments) for call in first.tool_calls] == [("add", {"a": 1}), ("add", {"a": 2})]
    assert len({call.id for call in first.tool_calls}) == 2
    assert first.as_record() == json.loads(json.dumps(first.as_record())), "it is stored as JSON"

    again = type(first).of(json.loads(json.dumps(first.as_record()))).as_message()
    results = [Message("tool", result=ToolResult(call.id, call.name, "7")) for call in first.tool_calls]
    second = asked(
        provider, call_of(provider, name, messages=[Message("user", "Hi"), again, *results], tools=[ADD], stream=stream)
    )
    assert second.text == "3"
    sent = provider.asked[1].body
    assert len(sent.get("messages") or sent["contents"]) >= 3
    if name == "anthropic":
        assert sent["messages"][1]["content"][0] == {"type": "thinking", "thinking": "Hm.", "signature": "signed"}
    if name == "gemini":
        assert "c2lnbmVk" in provider.asked[1].text, "signatures go back as they came"


@wire
@ways
def test_thoughts_are_told_apart_from_words(provider: Provider, name: str, stream: bool) -> None:
    provider.script(says("Yes", thinking="Let me see", usage=(3, 9, 0, 0)))
    heard: list[tuple[str, str]] = []
    made = asked(provider, call_of(provider, name, stream=stream), lambda text, channel: heard.append((channel, text)))
    assert (made.text, made.thinking) == ("Yes", "Let me see")
    assert "".join(text for channel, text in heard if channel == "thinking") == "Let me see"
    assert "".join(text for channel, text in heard if channel == "text") == "Yes"


@pytest.mark.parametrize("name", ["openai", "anthropic", "gemini"])
@ways
def test_cached_and_reasoning_tokens_are_counted(provider: Provider, name: str, stream: bool) -> None:
    provider.script(says("Yes", usage=(100, 20, 60, 15)))
    used = asked(provider, call_of(provider, name, stream=stream)).usage
    assert (used.input_tokens, used.output_tokens, used.cached_tokens) == (100, 20, 60)
    assert used.reasoning_tokens == (0 if name == "anthropic" else 15)


@ways
def test_a_price_that_the_provider_tells_is_taken(provider: Provider, stream: bool) -> None:
    provider.script(says("Yes", cost=0.00125))
    assert asked(provider, call_of(provider, "openrouter", stream=stream)).cost_usd == Decimal("0.00125")
    assert provider.asked[0].body["usage"] == {"include": True}


@wire
def test_a_schema_is_told_in_the_provider_s_own_way(provider: Provider, name: str) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    provider.script(says('{"n": 3}'))
    assert asked(provider, call_of(provider, name, schema=schema)).text == '{"n": 3}'
    body = provider.asked[0].body
    found = {
        "openai": lambda: body["response_format"]["json_schema"]["schema"],
        "anthropic": lambda: body["output_config"]["format"]["schema"],
        "gemini": lambda: body["generationConfig"]["responseJsonSchema"],
        "ollama": lambda: body["format"],
    }[name]()
    assert found["properties"]["n"]["type"] == "integer"


@wire
def test_pictures_go_as_bytes_and_sampling_as_asked(provider: Provider, name: str) -> None:
    message = Message("user", "What is it?", images=[Image(b"\x89PNG1234", "image/png")])
    sampling = Sampling(temperature=0.5, max_tokens=77, stop=["END"])
    asked(provider, call_of(provider, name, messages=[Message("system", "Be brief"), message], sampling=sampling))
    body, text = provider.asked[0].body, provider.asked[0].text
    assert "iVBORzEyMzQ=" in text
    assert "Be brief" in text
    assert "END" in text
    told = body.get("max_completion_tokens") or body.get("max_tokens") or body.get("generationConfig", {}).get(
        "maxOutputTokens") or body.get("options", {}).get("num_predict")  # fmt: skip
    assert told == 77


@every
@pytest.mark.parametrize(
    ("reply", "code", "is_retryable"),
    [
        (fails(401, "no"), "credential_invalid", False),
        (fails(403, "no"), "credential_invalid", False),
        (fails(404, "The model m1 does not exist"), "model_unknown", False),
        (too_long(8192), "context_too_long", False),
        (fails(429, "slowly", retry_after=7), "rate_limited", True),
        (fails(429, "You exceeded your quota: insufficient_quota"), "model_refused_request", False),
        (fails(500), "model_unreachable", True),
        (fails(503), "model_unreachable", True),
        (fails(529, "Overloaded"), "model_unreachable", True),
        (fails(422, "tools are not supported"), "model_refused_request", False),
        (nonsense(), "model_failed", True),
        (Reply(status=302, headers={"Location": "http://127.0.0.1:1/"}, raw=b""), "model_refused_request", False),
    ],
)
def test_errors_are_the_same_for_all(
    provider: Provider, name: str, reply: Reply, code: str, is_retryable: bool
) -> None:
    provider.script(reply)
    failed = refusal(provider, name)
    assert (failed.node_code, failed.retryable) == (code, is_retryable), failed
    assert len(provider.asked) == 1, "trying again is the executor's"
    if code == "rate_limited":
        assert failed.retry_after_s == 7
    if code == "context_too_long":
        assert failed.details["limit"] == 8192
    assert "secret-key" not in str(failed.message) + json.dumps(failed.details)


@pytest.mark.parametrize("name", ["openai", "anthropic", "gemini"])
@ways
def test_a_refusal_is_an_error_of_its_own(provider: Provider, name: str, stream: bool) -> None:
    provider.script(refuses())
    failed = refusal(provider, name, stream=stream)
    assert (failed.node_code, failed.retryable) == ("model_refused", False)


@every
def test_a_stream_that_is_cut_is_no_answer(provider: Provider, name: str) -> None:
    provider.script(cut("Hello, world"), unfinished("Hello"))
    failed = refusal(provider, name)
    assert (failed.node_code, failed.retryable) == ("model_unreachable", True)
    failed = refusal(provider, name)
    assert (failed.node_code, failed.retryable) == ("model_cut_off", True)


@every
@ways
def test_a_slow_provider_is_given_up_in_time(provider: Provider, name: str, stream: bool) -> None:
    provider.script(says("late", first_byte_s=5))
    began = time.monotonic()
    failed = refusal(provider, name, timeout_s=0.5, stream=stream)
    assert (failed.node_code, failed.retryable) == ("node_timeout", True)
    assert time.monotonic() - began < 4


@every
def test_addresses_inside_are_refused_and_not_called(provider: Provider, name: str) -> None:
    with pytest.raises(NodeFailed) as caught:
        asked(provider, call_of(provider, name), is_allowed=False)
    assert caught.value.node_code == "ssrf_blocked"
    assert provider.asked == []


@every
@pytest.mark.parametrize("stream", [True, False])
def test_no_connection_is_opened_past_the_guard(
    provider: Provider, name: str, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment names a proxy and other addresses; nothing of it is read."""
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GOOGLE_API_KEY", "GEMINI_API_KEY",
                     "OLLAMA_API_KEY"):  # fmt: skip
        monkeypatch.setenv(variable, "of-the-environment")
    for variable in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "OLLAMA_HOST", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Of-Us: of-the-environment")
    opened: list[Any] = []
    checked: list[Any] = []
    connect = socket.socket.connect

    def noted(self: socket.socket, address: Any) -> None:
        opened.append(address)
        connect(self, address)

    async def looked_at(host: str, port: int, allowed: Any) -> str:
        checked.append((host, port))
        return await checked_address(host, port, allowed)

    monkeypatch.setattr(socket.socket, "connect", noted)
    monkeypatch.setattr("core.http.client.checked_address", looked_at)
    call = call_of(provider, name, stream=stream)
    asked(provider, call)
    assert opened == checked == [("127.0.0.1", int(provider.host.partition(":")[2]))]
    asked(provider, replace(call, endpoint=replace(call.endpoint, api_key="")))
    for one in provider.asked:
        assert "of-the-environment" not in json.dumps(one.headers), "a key of the operator, to somebody's address"
    assert "secret-key" in json.dumps(provider.asked[0].headers)


@every
def test_what_is_broken_off_closes_its_connection_at_once(provider: Provider, name: str) -> None:
    provider.script(says("a" * 300, pieces=100, piece_s=0.1))

    async def go() -> float:
        client = GuardedClient([provider.host])
        heard = asyncio.Event()
        task = asyncio.create_task(complete(client, call_of(provider, name), lambda text, channel: heard.set()))
        await asyncio.wait_for(heard.wait(), 30)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        took = time.monotonic() - began
        await client.close()
        return took

    assert asyncio.run(go()) < 0.5
    end = time.monotonic() + 5
    while not provider.asked[0].ended_at and time.monotonic() < end:
        time.sleep(0.02)
    assert provider.asked[0].is_cut


@every
def test_an_answer_without_end_is_not_read_to_its_end(
    provider: Provider, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("transport", "openai_wire"):
        monkeypatch.setattr(f"inference.models.{module}.MOST_ANSWER_BYTES", 5000)
    provider.script(says("a" * 20_000, pieces=50))
    failed = refusal(provider, name)
    assert failed.node_code == "model_answer_too_large"


def test_arguments_that_are_no_json_are_handed_on_as_they_came(provider: Provider) -> None:
    provider.script(calls(("add", '{"a": ')))
    (call,) = asked(provider, call_of(provider, "openai", tools=[ADD])).tool_calls
    assert (call.arguments, call.raw) == (None, '{"a":')
