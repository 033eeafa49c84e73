"""The MCP tools helper in runs: which tools a step is given, and what calling them gives."""

from __future__ import annotations

from typing import Any

import pytest

from core.models import User
from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from nodes.handlers.ai.helpers.mcp_tools import RESULT_BYTES, bounded
from tests.builders import edge, graph, node
from tests.integration.executor import running
from tests.integration.mcp.test_mcp_tool import engine, results, stored

__all__ = ["engine"]  # a fixture
pytestmark = pytest.mark.django_db(transaction=True)


def called(engine: EngineThread, user: User, sets: dict[str, dict[str, Any]], *calls: tuple[str, Any]) -> Any:
    """Call tools of helpers, by the names that the step gives them."""
    asked = [{"tool": tool, "arguments": arguments} for tool, arguments in calls]
    helpers = [node(name, "mcp_tools", params) for name, params in sets.items()]
    edges = [edge("start", "c"), *(edge(name, "c", "tool", "tools") for name in sets)]
    drawn = graph([node("c", "tool_call", {"calls": asked}), *helpers], edges)
    return running.run(engine, drawn, [{}], owner=user.pk)


def answers(execution: Any) -> list[Any]:
    (made,) = results(execution)
    return [one["error"]["code"] if one["error"] else one["result"] for one in made["results"]]


def test_all_tools_of_servers_are_given_by_names_that_are_used_once(
    engine: EngineThread, user: User, plain: str
) -> None:
    first, second = stored(user, plain), stored(user, plain)

    execution = called(
        engine, user, {"h1": {"server_id": first}, "h2": {"server_id": second, "tools": ["echo"]}},
        ("echo", {"text": "a"}), ("echo_2", {"text": "b"}), ("fails", {}), ("fails_2", {}),
    )  # fmt: skip

    one, two, failed, unknown = answers(execution)
    assert (one["content"][0]["text"], two["content"][0]["text"]) == ("a", "b")
    assert (failed, unknown) == ("mcp_tool_failed", "unknown_tool")
    steps = NodeRun.objects.filter(execution_id=execution.pk, path__contains="@").order_by("path")
    assert [(row.path, row.effect) for row in steps][:3] == [
        ("c@0.t0", "read"),
        ("c@0.t1", "read"),
        ("c@0.t2", "write"),
    ]


def test_only_chosen_tools_are_given_and_one_that_is_gone_is_named(
    engine: EngineThread, user: User, plain: str
) -> None:
    server = stored(user, plain)

    chosen = called(engine, user, {"h": {"server_id": server, "tools": ["echo"]}}, ("facts", {}))
    gone = called(engine, user, {"h": {"server_id": server, "tools": ["echo", "gone"]}}, ("echo", {}))

    assert answers(chosen) == ["unknown_tool"]
    assert (gone.error["code"], gone.error["details"]["tools"]) == ("mcp_tool_missing", ["gone"])


def test_more_tools_than_a_model_takes_are_refused_with_their_number(
    engine: EngineThread, user: User, plain: str
) -> None:
    many = stored(user, plain, args=["-I", "-S", plain, "many"])

    refused = called(engine, user, {"h": {"server_id": many}}, ("t1", {}))

    assert (refused.error["code"], refused.error["details"]) == ("mcp_too_many_tools", {"tools": 500, "limit": 128})


def test_what_a_model_is_given_of_a_result_has_an_end(engine: EngineThread, user: User, plain: str) -> None:
    execution = called(engine, user, {"h": {"server_id": stored(user, plain)}}, ("large", {"bytes": 300_000}))

    (result,) = answers(execution)
    assert (len(result["content"][0]["text"]), result["truncated"]) == (RESULT_BYTES, True)
    small = [{"type": "text", "text": "x"}]
    assert bounded(small, {"a": 1}) == {"content": small, "structured": {"a": 1}, "truncated": False}
    assert bounded(small, ["x" * RESULT_BYTES]) == {"content": small, "structured": None, "truncated": True}
