"""Who only runs a workflow of another does not choose what its nodes are given, nor approves in his place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from executor.models import Execution, HumanTask
from orchestrator.people.tasks import NotAddressee, check_asked
from tests.builders import chain, edge, graph, node
from tests.integration.orchestrator.sharing import O, Person, joined, made

pytestmark = pytest.mark.django_db
ITEMS = [{"json": {"amount": 777}}]
GIVES = {"ask": {"approved": ITEMS}}


@pytest.fixture
def workflow_id(owner: Person) -> str:
    ask = node("ask", "human_task", {"title": "Pay?"})
    return made(owner, "Pay", graph([ask, node("pay")], [edge("start", "ask"), edge("ask", "pay", "approved")]))


@pytest.mark.parametrize(
    "body",
    [
        {"node_id": "pay", "direction": "only", "inputs": {"main": ITEMS}},
        {"node_id": "pay", "direction": "from", "inputs": {"main": ITEMS}},
        {"node_id": "pay", "direction": "only"},
        {"node_id": "pay", "direction": "from"},
        {"node_id": "pay", "direction": "to", "pinned": GIVES},
        {"node_id": "pay", "direction": "to", "inputs": {"main": ITEMS}},
    ],
)
def test_a_runner_runs_no_part_with_data_of_his_own(
    owner: Person, person: Any, workflow_id: str, body: dict[str, Any]
) -> None:
    runner, editor = person(), person()
    joined(owner, workflow_id, runner, "runner")
    joined(owner, workflow_id, editor, "editor")

    reply = runner.api.post(f"{O}workflows/{workflow_id}/partial-execute/", body, format="json")
    assert (reply.status_code, reply.json()["code"]) == (403, "role_required")
    assert not Execution.objects.exists()
    allowed = editor.api.post(f"{O}workflows/{workflow_id}/partial-execute/", body, format="json").json()
    assert allowed.get("code") != "role_required"


def test_a_runner_runs_up_to_a_node(owner: Person, person: Any, workflow_id: str) -> None:
    runner = person()
    joined(owner, workflow_id, runner, "runner")

    body = {"node_id": "ask", "direction": "to"}
    assert runner.api.post(f"{O}workflows/{workflow_id}/partial-execute/", body, format="json").status_code == 202


def test_a_runner_repeats_a_run_and_puts_nothing_in_place_of_what_nodes_gave(owner: Person, person: Any) -> None:
    workflow_id, runner = made(owner, document=chain(node("a"), node("b"))), person()
    joined(owner, workflow_id, runner, "runner")
    started = runner.api.post(f"{O}workflows/{workflow_id}/execute/", {"input": {}}, format="json").json()
    owner.api.post(f"{O}executions/{started['id']}/stop/")

    body = {"from": {"node_id": "b", "path": ""}, "overrides": {"a": {"main": ITEMS}}}
    reply = runner.api.post(f"{O}executions/{started['id']}/retry/", body, format="json")
    assert (reply.status_code, reply.json()["code"]) == (403, "role_required")
    assert runner.api.post(f"{O}executions/{started['id']}/retry/", {"from": "start"}, format="json").status_code == 202


@pytest.mark.parametrize(("kind", "may"), [("approval", False), ("clarification", True)])
def test_who_started_a_run_does_not_approve_it_in_its_owners_place(
    owner: Person, person: Any, workflow_id: str, kind: str, may: bool
) -> None:
    starter, other = person(), person()
    for one in (starter, other):
        joined(owner, workflow_id, one, "runner")
    started = starter.api.post(f"{O}workflows/{workflow_id}/execute/", {"input": {}}, format="json").json()
    task = HumanTask(
        execution_id=UUID(started["id"]), owner_id=owner.user.pk, workflow_id=UUID(workflow_id), type=kind,
        assignee_ids=[str(owner.user.pk)], created_at=timezone.now(),
    )  # fmt: skip

    check_asked(owner.user, task)
    check_asked(other.user, task)
    if may:
        check_asked(starter.user, task)
    else:
        with pytest.raises(NotAddressee, match="started"):
            check_asked(starter.user, task)
