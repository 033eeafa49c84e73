"""Conversations: what was said is told again, each turn is kept once, and people see and forget what is kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from core.datastore import conversations
from core.datastore.conversations import Place
from core.datastore.guarding import Once
from core.datastore.models import Conversation, ConversationTurn
from core.models import User
from executor.process.engine_thread import EngineThread
from tests.builders import edge, node, set_node
from tests.integration.agents.running import agent, said
from tests.integration.executor.running import behave, run
from tests.integration.outbox.working import work_off
from tests.providers import Provider, calls, says

pytestmark = pytest.mark.django_db(transaction=True)


def remembering(key: str, *tools: dict[str, Any], memory: dict[str, Any] | None = None, **params: Any) -> Any:
    document = agent(key, *tools, **params)
    document["nodes"].append(node("memory", "conversation_memory", {"key": "{{ $json.c }}", **(memory or {})}))
    document["edges"].append(edge("memory", "agent", "memory", "memory"))
    return document


def talk(models: EngineThread, document: Any, user: User, workflow: UUID, q: str, c: str = "one") -> Any:
    return said(run(models, document, {"q": q, "c": c}, owner=user.pk, workflow_id=workflow))


def sent(provider: Provider) -> list[tuple[str, str]]:
    """Return (role, text) of what the model was told last, without instructions."""
    messages = provider.asked[-1].body["messages"]
    return [(one["role"], one.get("content") or "") for one in messages if one["role"] != "system"]


def test_what_was_said_is_told_again_with_what_tools_gave(
    user: User, provider: Provider, models: EngineThread, key: str
) -> None:
    workflow = uuid4()
    document = remembering(key, set_node("find", id="{{ $fromAI('name', '', 'string') }}-4711"))
    provider.script(calls(("find", {"name": "ada"})), says("It is ada-4711"), says("As I said"), says("Who?"))
    talk(models, document, user, workflow, "Which id?")
    talk(models, document, user, workflow, "And again?")

    told = sent(provider)
    assert [role for role, _ in told] == ["user", "assistant", "tool", "assistant", "user"]
    assert (told[0][1], told[3][1], told[4][1]) == ("Which id?", "It is ada-4711", "And again?")
    assert "ada-4711" in told[2][1], "without it a model makes ids up"
    talk(models, document, user, workflow, "Who am I?", c="other")
    assert sent(provider) == [("user", "Who am I?")], "another key is another conversation"
    talk(models, document, user, uuid4(), "Who am I?")
    assert sent(provider) == [("user", "Who am I?")], "and another workflow, too"


def test_the_model_sees_the_window_and_large_results_are_cut(
    user: User, provider: Provider, models: EngineThread, key: str
) -> None:
    workflow = uuid4()
    document = remembering(key, behave("large", "large"), memory={"window": 4})
    provider.answers = lambda asked: says("ok")
    for number in range(4):
        talk(models, document, user, workflow, f"q{number}")
    assert [text for role, text in sent(provider) if role == "user"] == ["q1", "q2", "q3"]

    provider.script(calls(("large", {})), says("done"))
    talk(models, document, user, workflow, "large")
    talk(models, document, user, workflow, "small")
    (result,) = [text for role, text in sent(provider) if role == "tool"]
    assert len(result) < 2300
    assert "<<<end data-" in result


def test_older_turns_are_summed_up(user: User, provider: Provider, models: EngineThread, key: str) -> None:
    workflow = uuid4()
    document = remembering(key, memory={"window": 2, "summarize_after": 4})
    provider.answers = lambda asked: says("SUMMARY" if "Sum up this conversation" in asked.prompt else "ok")
    for number in range(4):
        talk(models, document, user, workflow, f"q{number}")
    kept = Conversation.objects.get(workflow_id=workflow)
    assert (kept.summary, kept.turn_count, kept.message_count) == ("SUMMARY", 4, 8)
    assert 1 <= kept.summed_up < 4

    talk(models, document, user, workflow, "last")
    texts = [text for asked in provider.asked[-2:] for text in [asked.text]]
    assert any("What was said before, in short:" in text for text in texts)


def test_a_turn_is_kept_once_whatever_is_done_again(user: User) -> None:
    place, once = Place(user.pk, uuid4(), "one"), Once(uuid4(), "key")
    for _ in range(2):
        conversations.add(place, [{"role": "user", "content": "Hi"}], None, once)
    conversations.add(place, [{"role": "user", "content": "Ho"}], None, Once(uuid4(), "other"))
    assert [turn for turn, _ in conversations.read(place).turns] == [1, 2]


def test_a_run_that_fails_keeps_no_half_turn(user: User, provider: Provider, models: EngineThread, key: str) -> None:
    workflow = uuid4()
    provider.answers = lambda asked: calls(("nobody", {}))
    execution = run(models, remembering(key, max_steps=1), {"q": "?", "c": "x"}, owner=user.pk, workflow_id=workflow)
    assert execution.state.status == "failed"
    assert not Conversation.objects.filter(workflow_id=workflow).exists()


def test_people_see_export_and_forget_conversations(api: APIClient, other_api: APIClient, user: User) -> None:
    place = Place(user.pk, uuid4(), "ada")
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    conversations.add(place, messages, None, Once(uuid4(), "key"))
    base = "/api/orchestrator/conversations/"

    (listed,) = api.get(base).json()["results"]
    assert (listed["key"], listed["workflow_id"], listed["message_count"]) == ("ada", str(place.workflow_id), 2)
    shown = api.get(f"{base}{listed['id']}/").json()
    assert [(one["role"], one["content"], one["turn"]) for one in shown["messages"]] == [
        ("user", "Hi", 1), ("assistant", "Hello", 1),
    ]  # fmt: skip
    export = api.get(f"{base}{listed['id']}/export/")
    assert "attachment" in export["Content-Disposition"]
    assert export.json()["messages"] == shown["messages"]
    assert api.get(f"{base}?search=ad").json()["count"] == 1
    assert api.get(f"{base}?workflow_id={uuid4()}").json()["count"] == 0

    for way in ("get", "delete"):
        assert getattr(other_api, way)(f"{base}{listed['id']}/").status_code == 404
    assert other_api.get(base).json()["count"] == 0
    assert api.delete(f"{base}{listed['id']}/").status_code == 204
    assert api.get(f"{base}{listed['id']}/").status_code == 404
    assert conversations.read(place).turns == ()


def test_conversations_go_with_their_workflow(api: APIClient, user: User) -> None:
    made = api.post("/api/orchestrator/workflows/", {"name": "w", "nodes": [], "edges": []}, format="json").json()
    place = Place(user.pk, UUID(made["id"]), "ada")
    conversations.add(place, [{"role": "user", "content": "Hi"}], None, Once(uuid4(), "key"))
    assert api.delete(f"/api/orchestrator/workflows/{made['id']}/").status_code == 204
    work_off()
    assert not Conversation.objects.exists()
    assert not ConversationTurn.objects.exists()
