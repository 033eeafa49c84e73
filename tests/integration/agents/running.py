"""Runs with agents that ask a scripted provider."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from executor.models import NodeRun
from tests.builders import edge, graph, node
from tests.integration.executor.running import behave
from tests.providers import Provider, Reply, calls, says
from tests.providers.server import Asked


def agent(credential_id: str, *tools: dict[str, Any], settings: Any = None, **params: Any) -> dict[str, Any]:
    """Return a run with one agent, whose tools are other nodes."""
    own = {"prompt": "{{ $json.q }}", "provider": "openai", "model": "m1", **params}
    asks = node("agent", "agent", own, credentials={"model": credential_id}, settings=settings or {})
    into = [edge(tool["id"], "agent", "tool", "tools") for tool in tools]
    return graph([asks, *tools], [edge("start", "agent"), *into])


def by_round(*replies: Reply) -> Callable[[Asked], Reply]:
    """Answer by how many times the model has spoken already: a call that is made again gets the same."""

    def answer(asked: Asked) -> Reply:
        spoken = sum(message["role"] == "assistant" for message in asked.body["messages"])
        reply: Reply = replies[spoken]
        return reply

    return answer


def told(asked: Asked) -> list[str]:
    """Return what the model was told of tools' results, in order."""
    return [message["content"] for message in asked.body["messages"] if message["role"] == "tool"]


def steps(execution: Any) -> list[tuple[str, str]]:
    """Return (name, status) of the steps of the agent of a run, in the order of their names."""
    rows = NodeRun.objects.filter(execution_id=execution.pk, path__contains="@").order_by("path")
    return [(row.path.partition(".")[2], row.status) for row in rows]


def said(execution: Any) -> dict[str, Any]:
    assert execution.state.status == "completed", execution.error
    (item,) = execution.output
    made: dict[str, Any] = item["json"]
    return made


def effect(name: str) -> dict[str, Any]:
    """Return a tool that writes, and is counted by its key."""
    return behave(name, "pass", "effect")


def three_and_four(provider: Provider) -> Sequence[dict[str, Any]]:
    """Script a model that asks three times for four tools, two of them together, and answers; return the tools."""
    provider.answers = by_round(
        calls(("one", {}), ("two", {})), calls(("three", {})), calls(("four", {})), says("done")
    )
    return [effect(name) for name in ("one", "two", "three", "four")]
