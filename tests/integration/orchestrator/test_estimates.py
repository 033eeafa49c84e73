"""What a run would cost: by what it has cost, else by what its steps would ask models."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from core.models import User
from executor.models import Execution, NodeRun, RunState
from orchestrator.models import Workflow
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import queue

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"


def asks(node_id: str = "ask", kind: str = "openai", **params: Any) -> dict[str, Any]:
    named = {} if kind in ("agent", "llm", "sentiment") else {"model": "gpt-4.1"}
    return node(node_id, kind, {"prompt": "Sum up {{ $json.text }}", **named, **params}, credentials={"model": None})


@pytest.fixture(autouse=True)
def key_of_the_operator(settings: Any) -> None:
    settings.LLM_PROVIDER, settings.LLM_MODEL = "openai", "gpt-4.1"
    settings.LLM_KEYS, settings.LLM_BASE_URLS = {"openai": "of-the-operator"}, {}


def made(api: APIClient, document: dict[str, Any]) -> str:
    answer = api.post(BASE, {"name": str(uuid4()), **document}, format="json")
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["id"])


def told(api: APIClient, workflow_id: str, value: Any = None) -> dict[str, Any]:
    answer = api.post(f"{BASE}{workflow_id}/estimate/", {"input": value if value is not None else {}}, format="json")
    assert answer.status_code == 200, answer.json()
    body: dict[str, Any] = answer.json()
    assert body.keys() == {"low_usd", "high_usd", "basis", "calls"}
    return body


def usd(body: dict[str, Any]) -> tuple[float, float]:
    return float(body["low_usd"]), float(body["high_usd"])


def test_without_a_run_it_is_told_by_the_definition(api: APIClient) -> None:
    """gpt-4.1: $2 a million in, $8 out."""
    plain = told(api, made(api, chain(asks(max_tokens=1000))))
    assert (plain["basis"], plain["calls"]) == ("static", 1)
    low, high = usd(plain)
    assert 50 * 8e-6 < low < high
    assert high == pytest.approx(1000 * 8e-6, rel=0.1)
    several = told(api, made(api, chain(asks(max_tokens=1000))), [{"text": "x" * 35_000}] * 3)
    assert several["calls"] == 3
    assert usd(several)[1] > 3 * (high + 9_000 * 2e-6), "a long item is read, too"
    again = told(api, made(api, chain(asks(max_tokens=1000, response_format="json", retries=2))))
    assert usd(again)[1] > 3 * 1000 * 8e-6


def test_what_a_branch_may_leave_out_is_in_the_upper_figure_alone(api: APIClient) -> None:
    condition = {"conditions": [{"left": "{{ $json.n }}", "operator": "equals", "right": 1}]}
    nodes = [asks("first"), node("if", "if", condition), asks("maybe"), set_node("z")]
    edges = [edge("start", "first"), edge("first", "if"), edge("if", "maybe", "true"), edge("if", "z", "false")]
    both, one = told(api, made(api, graph(nodes, edges))), told(api, made(api, chain(asks("first"))))
    assert both["low_usd"] == one["low_usd"]
    assert usd(both)[1] == pytest.approx(2 * usd(one)[1], rel=0.05)
    assert both["calls"] == 2


def test_steps_that_ask_more_than_once_and_models_beside_them_count(api: APIClient) -> None:
    agent = told(api, made(api, chain(asks("agent", "agent", max_steps=5))))
    assert usd(agent)[1] > 6 * 1000 * 8e-6, "six calls, each of which is told what was said before"
    beside = node("m", "openai_model", {"model": "gpt-4.1-nano"})
    step = node("step", "sentiment", {"text": "{{ $json.text }}"})
    document = graph([step, beside], [edge("start", "step"), edge("m", "step", "model", "model")])
    cheap, dear = told(api, made(api, document)), told(api, made(api, chain(step)))
    assert 0 < usd(cheap)[1] < usd(dear)[1] / 5


def test_what_asks_no_model_costs_nothing_and_what_nobody_knows_is_null(api: APIClient) -> None:
    assert told(api, made(api, chain(set_node("s", x=1)))) == {
        "low_usd": "0.000000", "high_usd": "0.000000", "basis": "static", "calls": 0,
    }  # fmt: skip
    unknown = told(api, made(api, chain(asks(model="of-tomorrow"))))
    assert (unknown["low_usd"], unknown["high_usd"], unknown["calls"]) == (None, None, 1)
    assert told(api, made(api, chain(asks(model="{{ $json.model }}"))))["high_usd"] is None
    disabled = asks(model="of-tomorrow")
    disabled["data"]["settings"] = {"disabled": True}
    assert told(api, made(api, chain(disabled)))["calls"] == 0


def ended(
    user: User, workflow_id: str, cost: str, calls: int, *, status: str = "completed", definition_hash: str = ""
) -> None:
    """Store a run of a workflow, of its working copy unless another definition is named."""
    known = definition_hash or Workflow.objects.get(pk=workflow_id).definition_hash
    execution_id = queue(chain(asks()), owner=user.pk, workflow_id=UUID(workflow_id))
    Execution.objects.filter(pk=execution_id).update(cost_usd=Decimal(cost), definition_hash=known)
    RunState.objects.filter(pk=execution_id).update(status=status)
    row = {"execution_id": execution_id, "node_id": "ask", "label": "ask", "status": "completed", "effect": "write"}
    for number in range(calls):
        created = Execution.objects.get(pk=execution_id).created_at
        NodeRun.objects.create(**row, kind="step.model", path=f"ask@0.m{number}", started_at=created)


def test_what_it_has_cost_before_counts_more(api: APIClient, user: User) -> None:
    workflow_id = made(api, chain(asks()))
    for cost, calls in (("0.01", 1), ("0.03", 3), ("0.02", 2)):
        ended(user, workflow_id, cost, calls)
    ended(user, workflow_id, "5", 9, status="failed")
    ended(user, workflow_id, "7", 9, definition_hash="0" * 64)
    assert told(api, workflow_id) == {"low_usd": "0.010000", "high_usd": "0.030000", "basis": "history", "calls": 2}
    changed = api.patch(f"{BASE}{workflow_id}/", chain(asks(prompt="Changed")), format="json")
    assert changed.status_code == 200, changed.json()
    assert told(api, workflow_id)["basis"] == "static"


def test_who_may_not_see_a_workflow_is_told_nothing(other_api: APIClient, api: APIClient) -> None:
    workflow_id = made(api, chain(asks()))
    assert other_api.post(f"{BASE}{workflow_id}/estimate/", {"input": {}}, format="json").status_code == 404


@pytest.mark.parametrize("params", [{"max_steps": 2_000_000_000}, {"max_steps": -5}, {"max_tokens": 10**30}])
def test_absurd_params_of_a_draft_take_no_time_and_give_no_absurd_figure(
    api: APIClient, params: dict[str, Any]
) -> None:
    body = told(api, made(api, chain(asks(kind="agent", **params))))
    low, high = usd(body)
    assert 0 <= low <= high < 100_000
