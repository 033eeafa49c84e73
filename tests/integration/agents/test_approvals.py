"""People approve what an agent wants to do: nothing is done before, and nothing twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import User
from executor.models import HumanTask
from executor.process.engine_thread import EngineThread
from tests.builders import set_node
from tests.integration.agents.running import agent, by_round, effect, said, steps, told
from tests.integration.executor.running import SEEN, check_events, eventually, finished, queue, until
from tests.providers import Provider, calls, says

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/"


def waiting(models: EngineThread, document: dict[str, Any], user: User) -> Any:
    """Begin a run, and return it when it waits for people."""
    execution_id = queue(document, {"q": "?"}, owner=user.pk)
    models.ring(str(execution_id))
    return until(execution_id, {"waiting"})


def respond(api: APIClient, models: EngineThread, execution: Any, action: str, **more: Any) -> Any:
    task = HumanTask.objects.get(execution_id=execution.pk, status="pending")
    answer = api.post(f"{BASE}hitl/{task.pk}/respond/", {"action": action, **more}, format="json")
    assert answer.status_code == 200, answer.json()
    models.ring(str(execution.pk))
    return finished(execution.pk)


def writer() -> dict[str, Any]:
    """Return a tool that says what it was asked to do."""
    return set_node("send", sent="{{ $fromAI('to', 'To whom', 'string') }}: {{ $fromAI('text', '', 'string', 'Hi') }}")


def test_a_tool_waits_for_people_who_may_change_its_arguments(
    api: APIClient, user: User, provider: Provider, models: EngineThread, key: str
) -> None:
    provider.answers = by_round(calls(("one", {}), ("send", {"to": "ada"}), ("two", {})), says("sent"))
    tools = [effect("one"), writer(), effect("two")]
    execution = waiting(models, agent(key, *tools, approve=["send"]), user)

    assert execution.state.worker_id is None, "nobody is kept while people think"
    assert len(provider.asked) == 1
    assert len(SEEN) == len(set(SEEN)) == 2, "the others were used meanwhile, once"
    (task,) = HumanTask.objects.filter(execution_id=execution.pk)
    assert (task.type, task.status, task.assignee_ids) == ("approval", "pending", [str(user.pk)])
    assert task.context == {"tool": "send", "arguments": {"to": "ada"}, "agent": "agent", "step": "a0-1"}
    assert task.form["properties"]["to"] == {"type": "string", "description": "To whom", "default": "ada"}

    ended = respond(api, models, execution, "approve", data={"to": "bob", "text": "Hello"})
    found = said(ended)
    assert found["text"] == "sent"
    assert [(step["tool"], step["arguments"]) for step in found["steps"]] == [
        ("one", {}), ("send", {"to": "bob", "text": "Hello"}), ("two", {}),
    ]  # fmt: skip
    assert found["steps"][1]["result"]["sent"] == "bob: Hello"
    assert len(SEEN) == 2, "one that waited makes none of the others again"
    assert len(provider.asked) == 2
    assert "bob: Hello" in told(provider.asked[1])[1]
    check_events(ended)


def test_what_is_approved_as_it_is_is_done_as_it_is(
    api: APIClient, user: User, provider: Provider, models: EngineThread, key: str
) -> None:
    provider.answers = by_round(calls(("send", {"to": "ada"})), says("sent"))
    execution = waiting(models, agent(key, writer(), approve=["*"]), user)
    found = said(respond(api, models, execution, "approve"))
    assert found["steps"][0]["result"]["sent"] == "ada: Hi"


def test_a_change_that_does_not_fit_the_tool_is_refused(
    api: APIClient, user: User, provider: Provider, models: EngineThread, key: str
) -> None:
    provider.answers = by_round(calls(("send", {"to": "ada"})), says("sent"))
    execution = waiting(models, agent(key, writer(), approve=["*"]), user)
    task = HumanTask.objects.get(execution_id=execution.pk)
    answer = api.post(f"{BASE}hitl/{task.pk}/respond/", {"action": "approve", "data": {"to": 3}}, format="json")
    assert answer.status_code in (400, 422), answer.json()
    assert said(respond(api, models, execution, "approve"))["text"] == "sent"


def test_a_rejection_is_told_to_the_model_and_the_run_goes_on(
    api: APIClient, user: User, provider: Provider, models: EngineThread, key: str
) -> None:
    provider.answers = by_round(calls(("one", {})), says("Then not"))
    execution = waiting(models, agent(key, effect("one"), approve=["one"]), user)
    found = said(respond(api, models, execution, "reject", comment="too dear"))
    assert found["text"] == "Then not"
    assert SEEN == []
    assert found["steps"][0]["error"]["code"] == "rejected"
    assert told(provider.asked[1]) == ["rejected: too dear"]


def test_nobody_s_silence_approves(
    user: User, provider: Provider, models: EngineThread, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nodes.handlers.ai.agents.approving.TIME_TO_ANSWER_S", 1.0)
    provider.answers = by_round(calls(("one", {})), says("Then not"))
    execution = waiting(models, agent(key, effect("one"), approve=["one"]), user)
    eventually(lambda: HumanTask.objects.filter(execution_id=execution.pk, expires_at__lt=timezone.now()).exists())
    found = said(finished(execution.pk))
    assert (SEEN, told(provider.asked[1])) == ([], ["rejected: nobody answered in time"])
    assert found["text"] == "Then not"


def test_two_approvals_are_answered_one_after_the_other(
    api: APIClient, user: User, provider: Provider, models: EngineThread, key: str
) -> None:
    provider.answers = by_round(calls(("one", {}), ("two", {})), says("done"))
    execution = waiting(models, agent(key, effect("one"), effect("two"), approve=["*"]), user)
    first, second = HumanTask.objects.filter(execution_id=execution.pk).order_by("path")
    answer = api.post(f"{BASE}hitl/{second.pk}/respond/", {"action": "approve"}, format="json")
    assert answer.status_code == 200
    models.ring(str(execution.pk))
    eventually(lambda: len(SEEN) == 1)
    until(execution.pk, {"waiting"})
    assert first.context["tool"] == "one"
    found = said(respond(api, models, execution, "approve"))
    assert [step["error"] for step in found["steps"]] == [None, None]
    assert len(SEEN) == 2
    assert {status for _, status in steps(execution)} == {"completed"}
