"""Human tasks: who may answer, what follows, what is refused; deadlines, quorum, recovery of failed nodes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from core.models import AuditEntry, User
from core.storage import blobs
from executor.models import HumanTask, NodeRun, Wait
from executor.process.engine_thread import EngineThread
from executor.selectors import events_after, execution_by_id, waiting_of
from orchestrator.people import tasks
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import SEEN, behave, check_events, finished, queue, statuses, until

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/hitl/"


def asking(**params: Any) -> dict[str, Any]:
    """Return start → ask, with a node behind each of its outputs."""
    ways = ("approved", "rejected", "answered", "timeout")
    return graph(
        [node("ask", "human_task", {"title": "Pay?", **params}), *(set_node(way, way=way) for way in ways)],
        [edge("start", "ask"), *(edge("ask", way, way) for way in ways)],
    )


def begin(engine: EngineThread, document: dict[str, Any], owner: User) -> tuple[UUID, HumanTask]:
    execution_id = queue(document, {"n": 1}, owner=owner.pk)
    engine.ring(str(execution_id))
    until(execution_id, {"waiting"})
    return execution_id, HumanTask.objects.get(execution_id=execution_id)


def went(engine: EngineThread, execution_id: UUID) -> Any:
    engine.ring(str(execution_id))
    execution = finished(execution_id)
    check_events(execution)
    return execution


@pytest.mark.parametrize(("action", "way"), [("approve", "approved"), ("reject", "rejected")])
def test_an_approval_goes_on_by_its_answer(
    engine: EngineThread, api: APIClient, user: User, action: str, way: str
) -> None:
    execution_id, task = begin(engine, asking(message="{{ $json.n }} euros", context={"n": "{{ $json.n }}"}), user)
    [pending] = api.get(f"{BASE}pending/").json()["results"]
    assert (pending["id"], pending["title"], pending["message"], pending["context"]) == (
        str(task.pk),
        "Pay?",
        "1 euros",
        {"n": 1},
    )
    assert (pending["status"], pending["assignee_id"], pending["timeout_s"]) == ("pending", str(user.pk), 259_200)
    shown = waiting_of(execution_by_id(execution_id))
    assert shown is not None
    assert (shown["reason"], shown["human_task_id"]) == ("human_task", str(task.pk))

    reply = api.post(f"{BASE}{task.pk}/respond/", {"action": action, "data": {"k": 1}, "comment": "so"}, format="json")

    assert (reply.status_code, reply.json()["status"]) == (200, way)
    shown_again = api.get(f"{BASE}{task.pk}/").json()
    assert (reply.json()["responded_by"], shown_again["responded_by"]) == (user.email, user.email)
    execution = went(engine, execution_id)
    [item] = execution.output
    assert (item["json"]["way"], item["json"]["data"]) == (way, {"k": 1})
    said = {"action": action, "comment": "so", "responded_by_id": str(user.pk), "data": {"k": 1}}
    assert item["json"]["human_task"] == said
    events = {event.type: event.data for event in events_after(execution, 0, 100)}
    assert events["human_task.opened"]["task"]["status"] == "pending"
    closed = events["human_task.closed"]
    assert (closed["status"], closed["responded_by_id"]) == (way, str(user.pk))
    assert closed["response_ms"] >= 0
    [entry] = AuditEntry.objects.filter(object_id=str(task.pk))
    assert (entry.action, entry.user_id) == ("human_task.respond", user.pk)
    assert entry.changes["response_ms"][1] >= 0


def test_a_second_answer_and_one_by_somebody_else_are_refused(
    engine: EngineThread, user: User, make_user: Callable[[], User], as_user: Callable[[User], APIClient]
) -> None:
    addressee, stranger = make_user(), make_user()
    _, task = begin(engine, asking(assignee_id=str(addressee.pk)), user)
    url, body = f"{BASE}{task.pk}/respond/", {"action": "approve"}

    assert as_user(stranger).post(url, body, format="json").status_code == 404
    refused = as_user(user).post(url, body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_addressee")
    wrong = as_user(addressee).post(url, {"action": "dance"}, format="json")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "action")
    assert as_user(addressee).post(url, body, format="json").status_code == 200
    again = as_user(addressee).post(url, body, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "human_task_closed")
    assert as_user(user).get(f"{BASE}{task.pk}/").json()["status"] == "approved"
    assert as_user(addressee).get(f"{BASE}?status=approved").json()["count"] == 1
    assert as_user(stranger).get(BASE).json()["count"] == 0


def test_a_form_is_held_against_the_answer(engine: EngineThread, api: APIClient, user: User) -> None:
    form = {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "number", "minimum": 0}}}
    execution_id, task = begin(engine, asking(type="clarification", form=form), user)
    url = f"{BASE}{task.pk}/respond/"

    bad = api.post(url, {"action": "answer", "data": {"amount": -1}}, format="json")
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (400, "data.amount")
    assert HumanTask.objects.get(pk=task.pk).status == "pending"
    assert api.post(url, {"action": "answer", "data": {"amount": 3}}, format="json").json()["status"] == "answered"
    assert went(engine, execution_id).output[0]["json"]["data"] == {"amount": 3}


def test_an_answer_that_looks_like_a_stored_value_is_data(engine: EngineThread, api: APIClient, user: User) -> None:
    """The run is taken up again twice after it, and nothing is read in its place."""
    mine = blobs.save(owner_id=user.pk, content=b'"read"', file_name="a.json", mime_type="application/json")
    forged = {"$blob": {"id": str(mine.pk), "size_bytes": 6, "url": f"/api/orchestrator/blobs/{mine.pk}/"}}
    params = {"title": "Which?", "type": "clarification"}
    document = graph(
        [node("ask", "human_task", params), node("again", "human_task", params), set_node("z")],
        [edge("start", "ask"), edge("ask", "again", "answered"), edge("again", "z", "answered")],
    )
    execution_id, task = begin(engine, document, user)
    assert api.post(f"{BASE}{task.pk}/respond/", {"action": "answer", "data": forged}, format="json").status_code == 200
    engine.ring(str(execution_id))
    end = time.monotonic() + 15
    while (second := HumanTask.objects.filter(execution_id=execution_id, node_id="again").first()) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    until(execution_id, {"waiting"})
    api.post(f"{BASE}{second.pk}/respond/", {"action": "answer", "data": {"deep": forged}}, format="json")

    assert went(engine, execution_id).output[0]["json"]["data"] == {"deep": forged}
    assert (
        NodeRun.objects.get(execution_id=execution_id, node_id="ask").outputs["answered"][0]["json"]["data"] == forged
    )


def test_options_of_a_clarification_are_the_only_answers(engine: EngineThread, api: APIClient, user: User) -> None:
    options = [{"value": "red"}, {"value": "blue", "label": "Blue"}]
    _, task = begin(engine, asking(type="clarification", options=options), user)
    url = f"{BASE}{task.pk}/respond/"

    assert api.post(url, {"action": "answer", "data": "green"}, format="json").status_code == 400
    assert api.post(url, {"action": "answer", "data": "red"}, format="json").status_code == 200


def test_each_option_of_a_choice_is_an_output(engine: EngineThread, api: APIClient, user: User) -> None:
    document = graph(
        [node("ask", "human_task", {"title": "Which?", "type": "choice", "options": [{"value": "ship"}, {"value": "hold"}]}),
         set_node("s", way="ship"), set_node("h", way="hold")],
        [edge("start", "ask"), edge("ask", "s", "ship"), edge("ask", "h", "hold")],
    )  # fmt: skip
    execution_id, task = begin(engine, document, user)

    assert api.post(f"{BASE}{task.pk}/respond/", {"action": "hold"}, format="json").status_code == 200
    assert went(engine, execution_id).output[0]["json"]["way"] == "hold"


@pytest.mark.parametrize(
    ("on_timeout", "status", "reason"),
    [("proceed", "completed", "timeout"), ("approve", "completed", "approved"), ("reject", "completed", "rejected"),
     ("cancel", "completed", "timeout"), ("fail", "failed", "human_task_timeout")],
)  # fmt: skip
def test_nobody_in_time(engine: EngineThread, user: User, on_timeout: str, status: str, reason: str) -> None:
    execution_id, task = begin(engine, asking(timeout_s=0.3, on_timeout=on_timeout), user)

    execution = finished(execution_id)

    assert execution.state.status == status
    if status == "completed":
        assert execution.output[0]["json"]["way"] == reason
    else:
        assert reason in (execution.end_reason, (execution.error or {}).get("code"))
    assert HumanTask.objects.get(pk=task.pk).status == "timeout"
    assert "human_task.closed" in check_events(execution)


def test_a_run_is_cancelled_where_nothing_says_what_silence_means(engine: EngineThread, user: User) -> None:
    document = graph([node("ask", "human_task", {"title": "x", "timeout_s": 0.2})], [edge("start", "ask")])
    execution_id, _ = begin(engine, document, user)

    assert finished(execution_id).end_reason == "human_task_timeout"


def test_without_a_timeout_output_an_approval_counts_as_given(engine: EngineThread, user: User) -> None:
    document = graph(
        [node("ask", "human_task", {"title": "x", "timeout_s": 0.2, "on_timeout": "proceed"}), node("ok")],
        [edge("start", "ask"), edge("ask", "ok", "approved")],
    )
    execution_id, _ = begin(engine, document, user)

    assert finished(execution_id).output_node_id == "ok"


def test_a_task_is_escalated_once_and_gets_its_time_again(
    engine: EngineThread, user: User, make_user: Callable[[], User], as_user: Callable[[User], APIClient]
) -> None:
    boss = make_user()
    execution_id, task = begin(engine, asking(timeout_s=1, on_timeout="escalate", escalate_to=[str(boss.pk)]), user)
    end = time.monotonic() + 5
    while not as_user(boss).get(f"{BASE}pending/").json()["count"] and time.monotonic() < end:
        time.sleep(0.05)

    late = as_user(user).post(f"{BASE}{task.pk}/respond/", {"action": "approve"}, format="json")
    assert late.json()["code"] == "not_addressee"
    assert as_user(boss).post(f"{BASE}{task.pk}/respond/", {"action": "approve"}, format="json").status_code == 200
    assert went(engine, execution_id).output[0]["json"]["way"] == "approved"


@pytest.mark.parametrize(("votes", "status"), [("aa", "approved"), ("ara", "approved"), ("rr", "rejected")])
def test_so_many_of_them_must_agree(
    engine: EngineThread, user: User, make_user: Callable[[], User], as_user: Callable[[User], APIClient],
    votes: str, status: str,
) -> None:  # fmt: skip
    people = [make_user() for _ in range(3)]
    execution_id, task = begin(engine, asking(assignee_ids=[str(one.pk) for one in people], required_answers=2), user)
    for vote, one in zip(votes, people, strict=False):
        action = "approve" if vote == "a" else "reject"
        reply = as_user(one).post(f"{BASE}{task.pk}/respond/", {"action": action}, format="json")
        assert reply.status_code == 200
        if reply.json()["status"] == "pending":
            again = as_user(one).post(f"{BASE}{task.pk}/respond/", {"action": action}, format="json")
            assert again.json()["code"] == "human_task_closed"

    assert reply.json()["status"] == status
    assert went(engine, execution_id).output[0]["json"]["way"] == status


def test_stopping_a_run_closes_its_tasks(engine: EngineThread, api: APIClient, user: User) -> None:
    execution_id, task = begin(engine, asking(), user)

    assert api.post(f"/api/orchestrator/executions/{execution_id}/stop/", {}, format="json").status_code == 202
    assert api.get(f"{BASE}{task.pk}/").json()["status"] == "cancelled"
    assert api.get(f"{BASE}pending/").json()["count"] == 0
    assert "human_task.closed" in check_events(execution_by_id(execution_id))


def test_a_failure_elsewhere_closes_open_tasks(engine: EngineThread, user: User) -> None:
    document = graph(
        [node("ask", "human_task", {"title": "x"}), node("slow", "wait", {"seconds": 0.3}), behave("bad", "fail")],
        [edge("start", "ask"), edge("start", "slow"), edge("slow", "bad")],
    )
    execution_id = queue(document, owner=user.pk)
    engine.ring(str(execution_id))
    execution = finished(execution_id)

    assert execution.state.status == "failed"
    assert HumanTask.objects.get(execution_id=execution_id).status == "cancelled"
    assert check_events(execution).count("human_task.closed") == 1


@pytest.mark.parametrize(
    ("action", "status", "tries"), [("retry", "completed", 2), ("skip", "completed", 1), ("stop", "cancelled", 1)]
)
def test_people_are_asked_about_a_failed_node(
    engine: EngineThread, user: User, action: str, status: str, tries: int
) -> None:
    document = chain(behave("a", "flaky", times=1, settings={"on_error": "ask"}), set_node("z", z=1))
    execution_id, task = begin(engine, document, user)
    assert (task.type, task.title, task.context["error"]["code"]) == ("error_recovery", "a failed", "no_luck")

    tasks.respond(actor=user, task_id=task.pk, reply=tasks.Reply(action), now=task.created_at)
    execution = went(engine, execution_id)

    assert execution.state.status == status
    assert len(SEEN) == tries
    if action == "skip":
        assert execution.output[0]["json"]["error"]["code"] == "no_luck"
    if action == "stop":
        assert execution.end_reason == "stopped"
    if action == "retry":
        row = NodeRun.objects.get(execution_id=execution_id, node_id="a")
        assert (row.status, row.attempt, len(row.attempts)) == ("completed", 2, 1)


def test_tasks_in_rounds_of_a_loop(engine: EngineThread, user: User) -> None:
    document = graph(
        [node("L", "loop", {"concurrency": 3}), node("ask", "human_task", {"title": "round {{ $loop.index }}"})],
        [edge("start", "L"), edge("L", "ask", "loop"), edge("ask", "L", "approved"), edge("ask", "L", "rejected")],
    )
    execution_id = queue(document, [{"n": n} for n in range(3)], owner=user.pk)
    engine.ring(str(execution_id))
    until(execution_id, {"waiting"})
    for task in HumanTask.objects.filter(execution_id=execution_id).order_by("-title"):
        action = "reject" if task.title == "round 1" else "approve"
        tasks.respond(actor=user, task_id=task.pk, reply=tasks.Reply(action), now=task.created_at)
        engine.ring(str(execution_id))

    execution = went(engine, execution_id)

    assert [item["json"]["human_task"]["action"] for item in execution.output] == ["approve", "reject", "approve"]
    assert Wait.objects.filter(execution_id=execution_id, answered_at=None).count() == 0
    assert statuses(execution)["L"] == "completed"


@pytest.mark.parametrize(("is_connected", "reason"), [(False, "rejected"), (True, "finished")])
def test_a_no_with_nothing_behind_it_ends_the_run_as_rejected(
    engine: EngineThread, api: APIClient, user: User, is_connected: bool, reason: str
) -> None:
    document = asking()
    if not is_connected:
        document["edges"] = [one for one in document["edges"] if one["sourceHandle"] != "rejected"]
        document["nodes"] = [one for one in document["nodes"] if one["id"] != "rejected"]
    execution_id, task = begin(engine, document, user)
    reply = api.post(f"{BASE}{task.pk}/respond/", {"action": "reject"}, format="json")
    assert reply.status_code == 200, reply.json()

    execution = went(engine, execution_id)

    assert (execution.state.status, execution.end_reason) == ("completed", reason)
