"""Whom a task asks: putting it to others, people who cannot answer, what becomes of an item's own fields."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from core.models import AuditEntry, OutboxRow, User
from executor.models import HumanTask
from executor.process.engine_thread import EngineThread
from tests.builders import edge, graph, node
from tests.integration.executor.running import queue
from tests.integration.orchestrator.test_human_tasks import BASE, asking, begin, went

pytestmark = pytest.mark.django_db(transaction=True)
VALIDATE = "/api/compile/validate/"


def reassign(api: APIClient, task: HumanTask, *people: User) -> Any:
    body = {"assignee_ids": [str(one.pk) for one in people]}
    return api.post(f"{BASE}{task.pk}/reassign/", body, format="json")


def answer(api: APIClient, task: HumanTask, action: str = "approve") -> Any:
    return api.post(f"{BASE}{task.pk}/respond/", {"action": action}, format="json")


def test_the_owner_puts_a_task_to_somebody_else(
    engine: EngineThread, api: APIClient, user: User, make_user: Callable[..., User],
    as_user: Callable[[User], APIClient],
) -> None:  # fmt: skip
    gone, other = make_user(), make_user(name="Ada")
    execution_id, task = begin(engine, asking(assignee_id=str(gone.pk)), user)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    [reason] = api.get(f"/api/orchestrator/executions/{execution_id}/why/").json()["reasons"]
    assert f"nobody can give: {gone.email} (switched off) was asked" in reason["message"]

    reply = reassign(api, task, other)

    assert (reply.status_code, reply.json()["assignee_ids"]) == (200, [str(other.pk)])
    [entry] = AuditEntry.objects.filter(object_id=str(task.pk), action="human_task.reassign")
    assert (entry.user_id, entry.changes["assignee_ids"]) == (user.pk, [[str(gone.pk)], [str(other.pk)]])
    [reason] = api.get(f"/api/orchestrator/executions/{execution_id}/why/").json()["reasons"]
    assert reason["message"].endswith("by Ada.")
    assert OutboxRow.objects.filter(kind="task_asked", payload__task_id=str(task.pk)).exists()
    assert answer(as_user(other), task).status_code == 200
    assert went(engine, execution_id).output[0]["json"]["way"] == "approved"
    assert reassign(api, task, other).json()["code"] == "human_task_closed"


def test_who_does_not_own_the_workflow_reassigns_nothing(
    engine: EngineThread, user: User, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    addressee, stranger = make_user(), make_user()
    _, task = begin(engine, asking(assignee_id=str(addressee.pk)), user)

    assert reassign(as_user(stranger), task, stranger).status_code == 404
    refused = reassign(as_user(addressee), task, stranger)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_required")
    assert HumanTask.objects.get(pk=task.pk).assignee_ids == [str(addressee.pk)]


def test_a_task_is_put_to_people_who_can_answer_and_enough_of_them(
    engine: EngineThread, api: APIClient, user: User, make_user: Callable[..., User],
    as_user: Callable[[User], APIClient],
) -> None:  # fmt: skip
    first, second, third = make_user(), make_user(), make_user()
    asked = [str(one.pk) for one in (first, second, third)]
    execution_id, task = begin(engine, asking(assignee_ids=asked, required_answers=3), user)
    off = make_user(is_active=False)

    for refused, reason in (
        (reassign(api, task, first, off), "unknown_person"),
        (reassign(api, task, first), "too_few"),
    ):
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, reason)
    unknown = api.post(f"{BASE}{task.pk}/reassign/", {"assignee_ids": [str(uuid4())]}, format="json")
    assert unknown.json()["errors"][0]["code"] == "unknown_person"
    assert HumanTask.objects.get(pk=task.pk).assignee_ids == asked

    assert answer(as_user(first), task).json()["status"] == "pending"
    fourth, fifth = make_user(), make_user()
    assert reassign(api, task, fourth).json()["errors"][0]["code"] == "too_few"
    assert reassign(api, task, fourth, fifth).status_code == 200  # two are missing, and two are asked
    assert answer(as_user(fourth), task).json()["status"] == "pending"
    assert answer(as_user(fifth), task).json()["status"] == "approved"
    assert went(engine, execution_id).output[0]["json"]["way"] == "approved"


def test_a_refusal_decides_once_too_few_are_left(
    engine: EngineThread, user: User, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    """Those who answered before an escalation count once, and those who are asked no more do not."""
    first, second, boss, deputy = (make_user() for _ in range(4))
    params = {"assignee_ids": [str(first.pk), str(second.pk)], "required_answers": 2, "timeout_s": 1,
              "on_timeout": "escalate", "escalate_to": [str(boss.pk), str(deputy.pk)]}  # fmt: skip
    execution_id, task = begin(engine, asking(**params), user)
    assert answer(as_user(first), task).json()["status"] == "pending"
    end = time.monotonic() + 5
    while not as_user(boss).get(f"{BASE}pending/").json()["count"] and time.monotonic() < end:
        time.sleep(0.05)

    assert answer(as_user(boss), task, "reject").json()["status"] == "pending"  # one of two is left, and one missing
    assert answer(as_user(deputy), task, "reject").json()["status"] == "rejected"
    assert went(engine, execution_id).output[0]["json"]["way"] == "rejected"


def test_an_items_own_fields_stay(engine: EngineThread, api: APIClient, user: User) -> None:
    document = asking()
    execution_id = queue(document, [{"data": "a,b", "n": 1}, {"n": 2}], owner=user.pk)
    engine.ring(str(execution_id))
    end = time.monotonic() + 10
    while (task := HumanTask.objects.filter(execution_id=execution_id).first()) is None:
        assert time.monotonic() < end
        time.sleep(0.05)
    body = {"action": "approve", "data": {"k": 1}}
    assert api.post(f"{BASE}{task.pk}/respond/", body, format="json").status_code == 200

    execution = went(engine, execution_id)

    own, without = (item["json"] for item in execution.output)
    assert (own["data"], own["human_task"]["data"]) == ("a,b", {"k": 1})
    assert (without["data"], without["human_task"]["data"]) == ({"k": 1}, {"k": 1})
    assert "field_kept" in {one["code"] for one in execution.warnings}


@pytest.mark.parametrize(
    ("params", "edges", "code"),
    [({"on_timeout": "proceed"}, ("approved",), "silence_proceeds"), ({"on_timeout": "proceed"}, ("timeout",), None),
     ({}, ("approved",), None), ({"on_timeout": "approve"}, ("approved",), None),
     ({"on_timeout": "reject"}, ("timeout",), "unused_output"),
     ({"assignee_id": str(uuid4())}, ("approved",), "unknown_person"),
     ({"on_timeout": "escalate", "escalate_to": [str(uuid4())]}, ("approved",), "unknown_person")],
)  # fmt: skip
def test_what_an_author_is_told_of_silence_and_of_people_who_are_not_there(
    api: APIClient, params: dict[str, Any], edges: tuple[str, ...], code: str | None
) -> None:
    document = graph(
        [node("ask", "human_task", {"title": "x", **params}), node("z")],
        [edge("start", "ask"), *(edge("ask", "z", handle) for handle in edges)],
    )

    found = api.post(VALIDATE, document, format="json").json()

    assert found["valid"]
    assert [(one["code"], one["node_id"]) for one in found["diagnostics"]] == ([(code, "ask")] if code else [])


def test_people_who_are_there_and_enough_of_them_pass(
    api: APIClient, user: User, make_user: Callable[..., User]
) -> None:
    boss, off = make_user(), make_user(is_active=False)
    params = {"title": "x", "assignee_ids": [str(user.pk), str(boss.pk)], "required_answers": 2,
              "on_timeout": "escalate", "escalate_to": [str(boss.pk), str(user.pk).upper()]}  # fmt: skip

    def findings(**more: Any) -> list[tuple[str, str]]:
        document = graph([node("ask", "human_task", {**params, **more})], [edge("start", "ask")])
        found = api.post(VALIDATE, document, format="json").json()["diagnostics"]
        return [(one["code"], one["field"]) for one in found]

    assert findings() == []
    assert findings(escalate_to=[str(boss.pk), str(off.pk)]) == [("unknown_person", "params.escalate_to")]
    [(code, _)] = findings(escalate_to=[str(boss.pk), str(boss.pk)])
    assert code == "invalid_config"
