"""Plans and what becomes of them: the planner, tasks side by side, other plans, and where they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from core.models import User
from executor.process.engine_thread import EngineThread
from executor.selectors import events_after
from tests.builders import edge, graph, node
from tests.integration.agents.running import effect, said, steps
from tests.integration.executor.running import SEEN, behave, check_events, run
from tests.providers import Provider, Reply, calls, says
from tests.providers.server import Asked

pytestmark = pytest.mark.django_db(transaction=True)
Task = tuple[int, str, list[int]]


def plan(*tasks: Task, **more: Any) -> Reply:
    written = [{"order": order, "action": action, "depends_on": needs} for order, action, needs in tasks]
    return says(json.dumps({"tasks": written}), **more)


def planned(credential_id: str, *tools: dict[str, Any], **params: Any) -> dict[str, Any]:
    """Return a run that plans and executes."""
    own = {"goal": "{{ $json.q }}", "provider": "openai", "model": "m1", **params}
    step = node("agent", "plan_and_execute", own, credentials={"model": credential_id})
    into = [edge(tool["id"], "agent", "tool", "tools") for tool in tools]
    return graph([step, *tools], [edge("start", "agent"), *into])


def is_plan(asked: Asked) -> bool:
    return "Make a plan" in asked.body["messages"][0]["content"]


def is_answer(asked: Asked) -> bool:
    return "All tasks of the plan are done" in asked.body["messages"][0]["content"]


def question(asked: Asked) -> str:
    return str(next(message["content"] for message in asked.body["messages"] if message["role"] == "user"))


def task_of(asked: Asked) -> str:
    """Return the task that a question is about; empty where it is about none."""
    return question(asked).partition("Your task:\n")[2].partition("\n")[0]


def by_task(plans: list[Reply], **of_action: Reply | Callable[[Asked], Reply]) -> Any:
    """Answer the planner in order, tasks by a word of their action, and the last question."""
    left = list(plans)

    def made(asked: Asked) -> Reply:
        if is_plan(asked):
            return left.pop(0) if len(left) > 1 else left[0]
        if is_answer(asked):
            return says("The end")
        task = task_of(asked)
        reply = of_action[task]
        return reply if isinstance(reply, Reply) else reply(asked)

    return made


def test_a_plan_is_made_carried_out_and_answered(
    user: User, provider: Provider, models: EngineThread, key: str
) -> None:
    one = calls(("one", {}))
    first = plan((1, "look", []), (2, "think", [1]), usage=(10, 5, 0, 0))
    provider.answers = by_task(
        [first], look=lambda asked: says("seen") if asked.body["messages"][-1]["role"] == "tool" else one,
        think=says("thought"),
    )  # fmt: skip
    execution = run(models, planned(key, effect("one")), {"q": "Find out"}, owner=user.pk)

    found = said(execution)
    assert found["text"] == "The end"
    assert found["replans"] == 0
    assert found["plan"] == [
        {"order": 1, "action": "look", "status": "completed", "result": "seen", "error": None, "depends_on": []},
        {"order": 2, "action": "think", "status": "completed", "result": "thought", "error": None, "depends_on": [1]},
    ]
    assert found["usage"]["input_tokens"] == 10 * 5
    (thinks,) = [asked for asked in provider.asked if task_of(asked) == "think"]
    assert "Task 1, look, gave:\nseen" in thinks.prompt
    assert "- one: " in provider.asked[0].body["messages"][0]["content"], "the planner knows the tools"
    assert "tools" not in provider.asked[0].body
    assert "tools" not in provider.asked[-1].body
    assert [name for name, _ in steps(execution)] == [
        "answer-m0", "k1-end", "k1-m0", "k1-m1", "k1-t0-0", "k2-end", "k2-m0", "p", "r0-m0", "r0-plan",
    ]  # fmt: skip
    check_events(execution)
    told = [event.data["plan"] for event in events_after(execution, 0, 1000) if event.type == "planning"]
    assert [[task["status"] for task in one] for one in told] == [
        ["pending", "pending"], ["completed", "pending"], ["completed", "completed"],
    ]  # fmt: skip


def test_free_tasks_go_side_by_side_and_none_waits_for_a_stranger(
    user: User, provider: Provider, models: EngineThread, key: str
) -> None:
    tasks = plan((1, "slow", []), (2, "quick", []), (3, "after", [2]), (4, "both", [1, 3]))
    provider.answers = by_task(
        [tasks], slow=says("s", first_byte_s=1.5), quick=says("q"), after=says("a"), both=says("b")
    )
    assert said(run(models, planned(key), {"q": "?"}, owner=user.pk))["text"] == "The end"
    assert provider.most_at_once >= 2
    order = [task_of(asked) for asked in provider.asked[1:-1]]
    assert {*order[:2]} == {"slow", "quick"}
    assert order[2:] == ["after", "both"]


def test_a_task_that_fails_is_planned_in_another_way(
    user: User, provider: Provider, models: EngineThread, key: str
) -> None:
    plans = [plan((1, "look", []), (2, "try", []), (3, "use", [2])), plan((4, "other", [1]))]
    provider.answers = by_task(plans, look=says("seen"), other=says("worked"), **{"try": says("FAILED: it is locked")})
    found = said(run(models, planned(key), {"q": "?"}, owner=user.pk))
    assert (found["text"], found["replans"]) == ("The end", 1)
    assert [(task["order"], task["status"]) for task in found["plan"]] == [
        (1, "completed"), (2, "failed"), (3, "dropped"), (4, "completed"),
    ]  # fmt: skip
    assert found["plan"][1]["error"] == {"code": "task_failed", "message": "it is locked"}
    again = [asked for asked in provider.asked if is_plan(asked)][1]
    assert "it is locked" in again.prompt
    assert "seen" in again.prompt
    assert "from 4 on" in again.body["messages"][0]["content"]


@pytest.mark.parametrize("most", [0, 2])
def test_other_plans_are_made_so_often(
    user: User, provider: Provider, models: EngineThread, key: str, most: int
) -> None:
    plans = [plan((number, "try", [])) for number in (1, 2, 3)]
    provider.answers = by_task(plans, **{"try": says("FAILED: no")})
    execution = run(models, planned(key, max_replans=most), {"q": "?"}, owner=user.pk)
    assert (execution.state.status, execution.error["code"]) == ("failed", "task_failed")
    assert execution.error["details"]["replans"] == most
    assert len([asked for asked in provider.asked if is_plan(asked)]) == most + 1


def test_the_same_failing_call_fails_its_task(user: User, provider: Provider, models: EngineThread, key: str) -> None:
    provider.answers = by_task(
        [plan((1, "try", [])), plan((2, "other", []))], other=says("ok"), **{"try": calls(("bad", {}))}
    )
    found = said(run(models, planned(key, behave("bad", "fail")), {"q": "?"}, owner=user.pk))
    assert [task["error"] and task["error"]["code"] for task in found["plan"]] == ["tool_loop", None]

    provider.answers = by_task([plan((1, "try", []))], **{"try": calls(("bad", {}))})
    execution = run(models, planned(key, behave("bad", "fail"), max_replans=0), {"q": "?"}, owner=user.pk)
    assert execution.error["code"] == "tool_loop"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (plan((1, "a", [2]), (2, "b", [1])), "circle"),
        (plan((1, "a", [1])), "circle"),
        (plan((1, "a", [7])), "there is no such task"),
        (plan((1, "a", []), (1, "b", [])), "twice"),
        (plan(), "tasks"),
        (says("I would rather not"), "no JSON"),
        (says('{"tasks": [{"order": "x"}]}'), "order"),
    ],
)
def test_a_plan_that_is_none_is_sent_back_and_then_ends_the_node(
    user: User, provider: Provider, models: EngineThread, key: str, wrong: Reply, why: str
) -> None:
    provider.answers = by_task([wrong, plan((1, "look", []))], look=says("seen"))
    assert said(run(models, planned(key), {"q": "?"}, owner=user.pk))["text"] == "The end"
    assert why in provider.asked[1].body["messages"][-1]["content"]

    provider.asked.clear()
    provider.answers = by_task([wrong])
    execution = run(models, planned(key), {"q": "?"}, owner=user.pk)
    assert (execution.state.status, execution.error["code"]) == ("failed", "invalid_plan")
    assert any(why in fault for fault in execution.error["details"]["errors"])
    assert len(provider.asked) == 3


def test_all_tasks_together_keep_to_the_steps(user: User, provider: Provider, models: EngineThread, key: str) -> None:
    provider.answers = by_task([plan((1, "a", []), (2, "b", []))], a=calls(("one", {})), b=calls(("one", {})))
    execution = run(models, planned(key, effect("one"), max_steps=5), {"q": "?"}, owner=user.pk)
    assert (execution.state.status, execution.error["code"]) == ("failed", "step_limit")
    assert len(SEEN) <= 5

    many = plan(*((number, "a", []) for number in range(1, 5)))
    provider.answers = by_task([many])
    execution = run(models, planned(key, max_steps=3), {"q": "?"}, owner=user.pk)
    assert execution.error["code"] == "invalid_plan", "a plan has no more tasks than steps"

    plans = [plan((1, "a", []), (2, "a", [])), plan((3, "a", []))]
    provider.answers = by_task(plans, a=says("FAILED: no"))
    execution = run(models, planned(key, max_steps=2), {"q": "?"}, owner=user.pk)
    assert execution.error["code"] == "step_limit"


def test_planner_and_tasks_may_ask_different_models(
    user: User, provider: Provider, models: EngineThread, key: str
) -> None:
    provider.answers = by_task([plan((1, "look", []))], look=says("seen"))
    document = planned(key)
    document["nodes"].append(node("wise", "openai_model", {"model": "beta"}, credentials={"model": key}))
    document["edges"].append(edge("wise", "agent", "model", "planner"))
    assert said(run(models, document, {"q": "?"}, owner=user.pk))["text"] == "The end"
    assert [asked.body["model"] for asked in provider.asked] == ["beta", "m1", "m1"]
