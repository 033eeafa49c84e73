"""Nodes that ask models, in runs: each call is a step, is paid once, and ends as the contract says."""

from __future__ import annotations

import time
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.models import User
from core.text import prompt_rules
from core.text.for_models import PromptPattern
from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from executor.selectors import stored_events
from tests.builders import chain, edge, graph, node
from tests.integration.executor.running import engine_thread, eventually, finished, queue, run
from tests.integration.inference.models_engine import asks, credential
from tests.providers import Provider, fails, says

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = ("openai", "anthropic", "gemini", "ollama", "openrouter", "perplexity")


def steps(execution: Any) -> list[Any]:
    return list(NodeRun.objects.filter(execution_id=execution.pk, kind="step.model").order_by("started_at"))


def node_run_id(execution: Any) -> Any:
    return NodeRun.objects.get(execution_id=execution.pk, node_id="ask", path="").id


@pytest.mark.parametrize("kind", KINDS)
def test_each_provider_s_node_asks_its_model(
    api: APIClient, user: User, provider: Provider, models: EngineThread, kind: str
) -> None:
    provider.script(says("Hello", usage=(1_000_000, 100_000, 0, 0)))
    document = chain(asks(kind, credential(api, provider, kind), system="Be brief", temperature=0.2))
    execution = run(models, document, {"q": "Say hello"}, owner=user.pk)

    assert execution.state.status == "completed", execution.error
    (item,) = execution.output
    assert item["json"]["text"] == "Hello"
    assert item["json"]["finish_reason"] == "stop"
    assert item["json"]["usage"] == {
        "input_tokens": 1_000_000, "output_tokens": 100_000, "cached_tokens": 0, "reasoning_tokens": 0,
        "cost_usd": 0.0 if kind == "ollama" else None, "model": "m1", "provider": kind,
    }  # fmt: skip
    (asked,) = provider.asked
    assert "Say hello" in asked.text
    assert "Be brief" in asked.text
    (step,) = steps(execution)
    assert (step.path, step.status, step.input_tokens) == ("ask@0.m0", "completed", 1_000_000)
    assert asked.key == f"{execution.pk}:ask:ask@0.m0"
    assert "sk-of-the-test" not in str(step.outputs)
    assert execution.input_tokens == 1_000_000
    codes = [warning["code"] for warning in execution.warnings]
    assert codes == ([] if kind == "ollama" else ["price_unknown"])
    spent = [event for event in stored_events(execution.pk, 0, 1000) if event.type == "usage"]
    assert [(event.data or {})["tokens"]["output_tokens"] for event in spent] == [100_000]


def test_a_known_model_has_a_cost(api: APIClient, user: User, provider: Provider, models: EngineThread) -> None:
    provider.script(says("Hello", usage=(1_000_000, 100_000, 200_000, 0)))
    key = credential(api, provider)
    execution = run(models, chain(asks("openai", key, model="gpt-4.1-2025-04-14")), {"q": "Hi"}, owner=user.pk)
    # 800,000 at $2, 200,000 of the cache at $0.50, 100,000 made at $8, for a million each
    assert execution.output[0]["json"]["usage"]["cost_usd"] == pytest.approx(1.6 + 0.1 + 0.8)
    assert float(execution.cost_usd) == pytest.approx(2.5)
    assert execution.warnings == []


def test_an_answer_that_does_not_fit_is_asked_for_again_with_what_is_wrong(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    provider.script(says("I think three"), says('{"n": "three"}'), says('```json\n{"n": 3}\n```'))
    asking = asks("openai", credential(api, provider), response_format="schema", schema=schema)
    execution = run(models, chain(asking), {"q": "How many?"}, owner=user.pk)

    assert execution.state.status == "completed", execution.error
    made = execution.output[0]["json"]
    assert made["json"] == {"n": 3}
    assert made["usage"]["input_tokens"] == 30, "all three calls"
    assert [step.path for step in steps(execution)] == ["ask@0.m0", "ask@0.m1", "ask@0.m2"]
    assert "'three' is not of type 'integer'" in provider.asked[2].prompt


def test_an_answer_that_never_fits_ends_the_node_with_its_text(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    provider.answers = lambda asked: says("no idea")
    asking = asks("openai", credential(api, provider), response_format="json", retries=1)
    execution = run(models, chain(asking), {"q": "How many?"}, owner=user.pk)
    assert execution.error["code"] == "invalid_model_output"
    assert execution.error["details"]["text"] == "no idea"
    assert len(provider.asked) == 2


@pytest.mark.parametrize(("retry_after", "least_s"), [(None, 0.0), (1, 1.0)])
def test_a_call_that_may_be_tried_again_is_with_the_same_key(
    api: APIClient, user: User, provider: Provider, models: EngineThread, retry_after: float | None, least_s: float
) -> None:
    provider.script(fails(429, retry_after=retry_after), says("Hello"))
    retry = {"retry": {"max_attempts": 2, "delay_s": 0.01}}
    execution = run(
        models, chain(asks("openai", credential(api, provider), settings=retry)), {"q": "Hi"}, owner=user.pk
    )
    assert execution.state.status == "completed", execution.error
    first, second = provider.asked
    assert first.key == second.key != ""
    assert second.at - first.at >= least_s
    assert [step.status for step in steps(execution)] == ["completed"]


def test_a_call_that_has_ended_is_not_made_again_when_its_node_is(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    """The second question fails once: the first is not paid twice."""
    provider.script(says("not json"), fails(500), says("{}"))
    retry = {"retry": {"max_attempts": 2, "delay_s": 0.01}}
    asking = asks("openai", credential(api, provider), response_format="json", settings=retry)
    execution = run(models, chain(asking), {"q": "Hi"}, owner=user.pk)
    assert execution.state.status == "completed", execution.error
    assert list(provider.keys().values()) == [1, 2]


def test_another_worker_goes_on_behind_the_last_call_that_ended(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    """The first call is paid once; the one that was under way is made again, and known as the same by its key."""
    provider.script(says("not json"), says("{}", first_byte_s=60), says('{"n": 1}'))
    asking = asks("openai", credential(api, provider), response_format="json")
    execution_id = queue(chain(asking), {"q": "Hi"}, owner=user.pk)
    models.ring(str(execution_id))
    eventually(lambda: len(provider.asked) == 2)
    models.stop(0.1)
    models.join(20)
    other = engine_thread(allowed_hosts=[provider.host])
    other.start()
    try:
        other.ring(str(execution_id))
        execution = finished(execution_id)
    finally:
        other.stop(grace_s=1)
    assert execution.state.status == "completed", execution.error
    assert execution.output[0]["json"]["json"] == {"n": 1}
    assert list(provider.keys().values()) == [1, 2]
    assert [one.input_tokens for one in steps(execution)] == [10, 10]


def test_stopping_a_run_breaks_its_call_off_and_keeps_what_was_said(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    provider.script(says("word " * 200, pieces=200, piece_s=0.05))
    execution_id = queue(chain(asks("openai", credential(api, provider))), {"q": "Talk"}, owner=user.pk)
    models.ring(str(execution_id))
    eventually(lambda: provider.asked)
    time.sleep(0.5)
    began = time.monotonic()
    answer = api.post(f"/api/orchestrator/executions/{execution_id}/stop/", {}, format="json")
    assert answer.status_code in (200, 202), answer.json()
    models.ring(str(execution_id))
    execution = finished(execution_id)
    assert execution.state.status == "cancelled"
    eventually(lambda: provider.asked[0].ended_at, 3)
    assert provider.asked[0].is_cut
    assert provider.asked[0].ended_at - began < 1.5
    (step,) = steps(execution)
    assert step.status == "cancelled"
    address = f"/api/orchestrator/executions/{execution_id}/node-runs/{node_run_id(execution)}/steps/"
    answer = api.get(address)
    assert answer.status_code == 200, answer.json()
    shown = answer.json()["results"]
    assert [one["status"] for one in shown] == ["cancelled"]
    assert shown[0]["output"]["partial"].startswith("word word")
    assert shown[0]["input"]["messages"][-1]["content"] == "Talk"


def test_a_picture_of_the_item_and_one_at_an_address_go_along(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    asking = asks("openai", credential(api, provider), images=[f"{provider.url}/picture.png"])
    execution = run(models, chain(asking), {"q": "What is it?"}, owner=user.pk)
    assert execution.state.status == "completed", execution.error
    assert "data:image/png;base64,iVBORw0KGgpwaWN0dXJl" in provider.asked[0].text
    missing = run(
        models, chain(asks("openai", credential(api, provider, key="k2"), images=["photo"])), {"q": "?"}, owner=user.pk
    )
    assert missing.error["code"] == "invalid_input"


def test_a_refused_key_is_said_and_not_tried_again(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    provider.script(fails(401, "Incorrect API key provided: sk-of-the-test"))
    retry = {"retry": {"max_attempts": 3, "delay_s": 0.01}}
    execution = run(
        models, chain(asks("openai", credential(api, provider), settings=retry)), {"q": "Hi"}, owner=user.pk
    )
    assert execution.error["code"] == "credential_invalid"
    assert "sk-of-the-test" not in str(execution.error)
    assert len(provider.asked) == 1


def test_an_address_inside_is_refused(api: APIClient, user: User, provider: Provider, engine: EngineThread) -> None:
    execution = run(engine, chain(asks("openai", credential(api, provider))), {"q": "Hi"}, owner=user.pk)
    assert execution.error["code"] == "ssrf_blocked"
    assert provider.asked == []


def test_a_server_of_the_operator_that_speaks_as_openai_is_asked_at_its_address(
    user: User, provider: Provider, models: EngineThread, settings: Any
) -> None:
    settings.LLM_PROVIDER, settings.LLM_MODEL = "openai_compatible", "small"
    settings.LLM_BASE_URLS = {"openai_compatible": provider.base_url("openai_compatible")}
    settings.LLM_KEYS = {"openai_compatible": "of-the-operator"}
    execution = run(models, chain(asks("llm")), {"q": "Hi"}, owner=user.pk)
    assert execution.state.status == "completed", execution.error
    (asked,) = provider.asked
    assert (asked.model, asked.headers["authorization"]) == ("small", "Bearer of-the-operator")


def test_the_model_in_the_slot_goes_before_what_the_step_names_with_its_own_credential(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    beside = node(
        "beside", "anthropic_model", {"model": "{{ $json.which }}", "temperature": 0.25},
        credentials={"model": credential(api, provider, "anthropic")},
    )  # fmt: skip
    step = asks("llm", credential(api, provider), model="other", temperature=0.75)
    document = graph([step, beside], [edge("start", "ask"), edge("beside", "ask", "model", "model")])
    execution = run(models, document, [{"q": "Hi", "which": "m2"}, {"q": "Ho", "which": "m3"}], owner=user.pk)
    assert execution.state.status == "completed", execution.error
    assert sorted((one.wire, one.model) for one in provider.asked) == [("anthropic", "m2"), ("anthropic", "m3")]
    assert {one.body["temperature"] for one in provider.asked} == {0.25}
    assert [item["json"]["usage"]["model"] for item in execution.output] == ["m2", "m3"]
    assert sorted(step.path for step in steps(execution)) == ["ask@0.m0", "ask@1.m0"], "side by side, in any order"


@pytest.fixture
def no_models(settings: Any) -> None:
    settings.LLM_PROVIDER, settings.LLM_MODEL, settings.LLM_KEYS, settings.LLM_BASE_URLS = "", "", {}, {}


@pytest.mark.usefixtures("no_models")
def test_without_any_model_the_error_says_how_to_get_one(engine: EngineThread, user: User) -> None:
    execution = run(engine, chain(asks("llm")), {"q": "Hi"}, owner=user.pk)
    assert execution.error["code"] == "llm_not_configured"
    assert "HEDDLE_LLM_PROVIDER" in execution.error["message"]
    execution = run(engine, chain(asks("openai")), {"q": "Hi"}, owner=user.pk)
    assert execution.error["code"] == "llm_not_configured"
    assert "no key for openai" in execution.error["message"]


def test_the_user_s_default_is_asked_and_the_installation_s_where_he_has_none(
    api: APIClient, user: User, provider: Provider, models: EngineThread, settings: Any
) -> None:
    settings.LLM_PROVIDER, settings.LLM_MODEL = "ollama", "of-the-server"
    settings.LLM_BASE_URLS = {"ollama": provider.base_url("ollama")}
    execution = run(models, chain(asks("llm")), {"q": "Hi"}, owner=user.pk)
    assert execution.state.status == "completed", execution.error
    User.objects.filter(pk=user.pk).update(
        llm={"provider": "openai", "model": "mine", "credential_id": credential(api, provider)}
    )
    run(models, chain(asks("llm")), {"q": "Hi"}, owner=user.pk)
    run(models, chain(asks("openai", model="other")), {"q": "Hi"}, owner=user.pk)
    run(models, chain(asks("llm", provider="ollama")), {"q": "Hi"}, owner=user.pk)
    assert [(one.wire, one.model) for one in provider.asked] == [
        ("ollama", "of-the-server"), ("openai", "mine"), ("openai", "other"), ("ollama", "of-the-server"),
    ]  # fmt: skip


def test_a_credential_of_somebody_else_is_no_credential(
    api: APIClient, other_api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    execution = run(models, chain(asks("openai", credential(other_api, provider))), {"q": "Hi"}, owner=user.pk)
    assert execution.error["code"] == "credential_missing"
    assert provider.asked == []


def test_a_secret_of_the_run_does_not_leave_in_a_question(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    key = credential(api, provider, key="sk-very-secret-key")
    asking = asks("openai", key, prompt="My key is sk-very-secret-key")
    execution = run(models, chain(asking), {"q": "Hi"}, owner=user.pk)
    assert execution.state.status == "completed", execution.error
    assert "sk-very-secret-key" not in provider.asked[0].text
    assert "secret_in_prompt" in [warning["code"] for warning in execution.warnings]


def test_a_node_that_says_so_sends_secrets_and_none_is_kept(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    key = credential(api, provider, key="sk-very-secret-key")
    asking = asks("openai", key, prompt="My key is sk-very-secret-key", send_secrets=True)
    execution = run(models, chain(asking), {"q": "Hi"}, owner=user.pk)
    assert execution.state.status == "completed", execution.error
    assert "sk-very-secret-key" in provider.asked[0].text
    assert "secret_in_prompt" not in [warning["code"] for warning in execution.warnings]
    steps = api.get(f"/api/orchestrator/executions/{execution.pk}/node-runs/").json()["results"]
    assert "sk-very-secret-key" not in str(steps)


def test_an_answer_is_used_again_where_it_is_not_drawn_by_chance(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    key, kept = credential(api, provider), {"cache_ttl_s": 60}
    provider.answers = lambda asked: says(f"answer {len(provider.asked)}", usage=(10, 5, 0, 0))
    document = chain(asks("openai", key, settings=kept, temperature=0))
    first, again = (run(models, document, {"q": "Hi"}, owner=user.pk) for _ in range(2))
    assert [one.output[0]["json"]["text"] for one in (first, again)] == ["answer 1", "answer 1"]
    assert (again.input_tokens, again.cost_usd, steps(again)) == (0, 0, [])
    shown = api.get(f"/api/orchestrator/executions/{again.pk}/node-runs/?node_id=ask").json()["results"]
    assert [one["cached"] for one in shown] == [True]

    other = chain(asks("openai", key, settings=kept, temperature=0, model="m2"))
    assert run(models, other, {"q": "Hi"}, owner=user.pk).output[0]["json"]["text"] == "answer 2"
    for params in ({}, {"temperature": 0.5}):
        execution = run(models, chain(asks("openai", key, settings=kept, **params)), {"q": "Hi"}, owner=user.pk)
        assert "result_not_kept" in [one["code"] for one in execution.warnings]
    assert len(provider.asked) == 4
    User.objects.filter(pk=user.pk).update(llm={"provider": "openai", "model": "m1", "credential_id": key})
    document = chain(asks("llm", settings=kept, temperature=0))
    run(models, document, {"q": "Hi"}, owner=user.pk)
    User.objects.filter(pk=user.pk).update(llm={"provider": "openai", "model": "m2", "credential_id": key})
    assert run(models, document, {"q": "Hi"}, owner=user.pk).output[0]["json"]["usage"]["model"] == "m2"
    prompt_rules.replace(patterns=[PromptPattern("hi", "block")], max_input_chars=1000)
    assert run(models, document, {"q": "Hi"}, owner=user.pk).error["code"] == "content_blocked"
