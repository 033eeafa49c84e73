"""What models cost is reserved before each call, so that runs, nodes and users spend no more than they may."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from rest_framework.test import APIClient

from core.models import User
from executor.models import Budget, NodeRun, Reservation, RunState
from executor.node.budgets import of_family
from executor.process.engine_thread import EngineThread
from executor.verbs.removing import remove
from tests.builders import chain, edge, graph
from tests.integration.executor.running import engine_thread, eventually, finished, queue, run
from tests.integration.inference.models_engine import asks, credential
from tests.providers import Provider, Reply, cut, fails, nonsense, says, too_long, unfinished

pytestmark = pytest.mark.django_db(transaction=True)
PROMPT = "x" * 35  # ten tokens by our rule, and four for the message
ONE = Decimal("0.000828")  # 14 tokens in at $2, 100 out at $8, for a million each
USED = (14, 100, 0, 0)


def priced(credential_id: str, node_id: str = "ask", **params: Any) -> Any:
    made = asks("openai", credential_id, model="gpt-4.1", prompt=PROMPT, max_tokens=100, **params)
    return {**made, "id": node_id, "data": {**made["data"], "label": node_id}}


def test_branches_side_by_side_make_as_many_calls_as_the_budget_has_room_for(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    provider.answers = lambda asked: says("ok", usage=USED, first_byte_s=0.05)
    key = credential(api, provider)
    branches = [priced(key, f"ask{n}") for n in range(50)]
    for branch in branches:
        branch["data"]["settings"] = {"on_error": "continue"}
    budget = {"max_cost_usd": float(ONE * 10 + ONE / 2)}
    document = graph(branches, [edge("start", branch["id"]) for branch in branches], budget=budget)
    execution = run(models, document, {"q": "x"}, owner=user.pk)

    assert execution.state.status == "completed", execution.error
    assert len(provider.asked) == 10
    failed = [row.error["code"] for row in NodeRun.objects.filter(execution_id=execution.pk, path="") if row.error]
    assert failed.count("budget_exceeded") == 40
    assert execution.cost_usd == ONE * 10
    standing = Budget.objects.get(pk=of_family(execution.pk))
    assert (standing.spent_usd, standing.reserved_usd) == (ONE * 10, Decimal(0))


def test_what_would_go_over_says_how_much_there_was(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    provider.answers = lambda asked: says("ok", usage=USED)
    document = chain(priced(credential(api, provider), max_cost_usd=0.0001))
    execution = run(models, document, {"q": "x"}, owner=user.pk)
    assert execution.error["code"] == "budget_exceeded"
    details = execution.error["details"]
    assert (details["limit"], details["spent_usd"], details["would_usd"]) == ("0.000100", "0.000000", "0.000828")
    assert provider.asked == []
    assert not Reservation.objects.filter(settled_at=None).exists()
    remove([execution.pk])
    assert not Budget.objects.filter(key__startswith="node:").exists()


def test_a_limit_of_tokens_holds_for_models_without_a_price(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    document = chain(asks("openai", credential(api, provider), prompt=PROMPT, max_tokens=100))
    document["settings"] = {"budget": {"max_tokens": 113}}
    execution = run(models, document, {"q": "x"}, owner=user.pk)
    assert execution.error["code"] == "budget_exceeded"
    assert "114 tokens" in execution.error["message"]
    document["settings"] = {"budget": {"max_tokens": 114}}
    execution = run(models, document, {"q": "x"}, owner=user.pk)
    assert execution.state.status == "completed", execution.error


def test_a_call_that_failed_gives_its_room_back(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    provider.script(fails(500), says("ok", usage=USED))
    retry = {"retry": {"max_attempts": 2, "delay_s": 0.01}}
    document = chain(priced(credential(api, provider), settings=retry))
    document["settings"] = {"budget": {"max_cost_usd": float(ONE)}}
    execution = run(models, document, {"q": "x"}, owner=user.pk)
    assert execution.state.status == "completed", execution.error
    assert Budget.objects.get(pk=of_family(execution.pk)).reserved_usd == 0


@pytest.mark.parametrize(
    ("reply", "is_counted"),
    [
        (cut("word word word", after=2), True), (unfinished("word"), True), (says("late", first_byte_s=30), True),
        (nonsense(), True), (fails(429), False), (fails(500), False), (too_long(), False),
    ],
)  # fmt: skip
def test_a_call_that_was_broken_off_counts_as_what_was_thought_and_a_refused_one_as_nothing(
    api: APIClient, user: User, provider: Provider, models: EngineThread, reply: Reply, is_counted: bool
) -> None:
    provider.script(reply)
    execution = run(models, chain(priced(credential(api, provider), timeout_s=1)), {"q": "x"}, owner=user.pk)
    assert execution.state.status == "failed"
    standing = Budget.objects.get(pk=of_family(execution.pk))
    assert (standing.spent_usd, standing.reserved_usd) == (ONE if is_counted else Decimal(0), Decimal(0))
    assert execution.cost_usd == 0, "what a run shows is what its providers told"


def test_a_worker_that_stops_in_a_call_does_not_widen_the_budget(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    """Two calls fit: the one that was cut off is one of them."""
    provider.script(says("x", first_byte_s=60))
    provider.answers = lambda asked: says("ok", usage=USED)
    document = chain(priced(credential(api, provider)), priced(credential(api, provider, key="k2"), "again"))
    document["settings"] = {"budget": {"max_cost_usd": float(ONE * 2)}}
    execution_id = queue(document, {"q": "x"}, owner=user.pk)
    models.ring(str(execution_id))
    eventually(lambda: provider.asked)
    RunState.objects.filter(pk=execution_id).update(epoch=F("epoch") + 1, status="pending", worker_id=None)
    models.stop(0.1)
    models.join(20)
    other = engine_thread(allowed_hosts=[provider.host])
    other.start()
    try:
        other.ring(str(execution_id))
        execution = finished(execution_id)
    finally:
        other.stop(grace_s=1)
    assert execution.error["code"] == "budget_exceeded"
    assert [asked.key for asked in provider.asked] == [f"{execution_id}:ask:ask@0.m0"] * 2
    standing = Budget.objects.get(pk=of_family(execution_id))
    assert standing.spent_usd + standing.reserved_usd == ONE * 2


def test_a_user_s_day_counts_over_all_runs(
    api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    provider.answers = lambda asked: says("ok", usage=USED)
    document = chain(priced(credential(api, provider)))
    assert run(models, document, {"q": "x"}, owner=user.pk).state.status == "completed"
    answer = api.patch("/api/users/me", {"budget": {"day_usd": "0.002"}}, format="json")
    assert answer.json()["budget"] == {"day_usd": "0.002", "month_usd": None}
    assert run(models, document, {"q": "x"}, owner=user.pk).state.status == "completed"
    assert run(models, document, {"q": "x"}, owner=user.pk).error["code"] == "budget_exceeded"
    assert len(provider.asked) == 2
    api.patch("/api/users/me", {"budget": None}, format="json")
    assert run(models, document, {"q": "x"}, owner=user.pk).state.status == "completed"


def test_staff_set_prices_and_they_hold_over_those_that_are_shipped(
    api: APIClient, staff_api: APIClient, user: User, provider: Provider, models: EngineThread
) -> None:
    table = {"openai": {"gpt-4.1": {"input": "10", "output": "0"}, "own": {"input": "1", "output": "1"}}}
    assert api.put("/api/admin/model-prices/", table, format="json").status_code == 403
    assert staff_api.put("/api/admin/model-prices/", table, format="json").json() == table
    listed = {(one["provider"], one["model"]): one for one in api.get("/api/nodes/models/").json()["results"]}
    assert listed["openai", "gpt-4.1"]["price"]["input_per_mtok"] == "10"
    assert listed["openai", "gpt-4.1"]["context_tokens"] == 1_047_576, "what staff do not say stays"
    assert listed["openai", "own"]["price"]["output_per_mtok"] == "1"
    assert listed["anthropic", "claude-sonnet-4-5"]["capabilities"] == {
        "chat": True, "vision": True, "tools": True, "json": True, "embedding": False, "streaming": True,
    }  # fmt: skip
    provider.answers = lambda asked: says("ok", usage=(100_000, 1, 0, 0))
    execution = run(models, chain(priced(credential(api, provider))), {"q": "x"}, owner=user.pk)
    assert float(execution.cost_usd) == pytest.approx(1.0)


@pytest.mark.parametrize("table", [[], {"openai": 5}, {"openai": {"m": 5}}, {"openai": {"m": {"input": "-1"}}},
                                   {"openai": {"m": {"input": "x", "output": "1"}}}])  # fmt: skip
def test_prices_that_cannot_be_read_are_refused(staff_api: APIClient, table: Any) -> None:
    assert staff_api.put("/api/admin/model-prices/", table, format="json").status_code == 400
    assert staff_api.get("/api/admin/model-prices/").json() == {}


@pytest.mark.parametrize("kind", ["openai", "anthropic", "gemini", "ollama", "openai_compatible"])
def test_a_provider_s_own_list_is_asked_with_a_credential(
    api: APIClient, other_api: APIClient, provider: Provider, settings: Any, kind: str
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [provider.host]
    key = credential(api, provider, kind)
    found = api.get(f"/api/nodes/models/?refresh={key}").json()["results"]
    assert [(one["provider"], one["model"]) for one in found] == [(kind, "alpha"), (kind, "beta")]
    assert other_api.get(f"/api/nodes/models/?refresh={key}").status_code == 404
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = []
    refused = api.get(f"/api/nodes/models/?refresh={key}")
    assert (refused.status_code, refused.json()["code"]) == (502, "connection_failed")
