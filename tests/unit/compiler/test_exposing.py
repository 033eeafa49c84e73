"""What the compiler says of a workflow's settings for /mcp/."""

from __future__ import annotations

from typing import Any

import pytest

from compiler.compiler import validate
from compiler.definition import read
from nodes.registry import builtin_catalogue
from tests.builders import chain, graph, set_node


def found(mcp: Any, document: dict[str, Any] | None = None) -> list[tuple[str, str, str | None]]:
    drawn = {**(document or chain(set_node("s", a="1"))), "settings": {"mcp": mcp}}
    return [(one.severity, one.code, one.field) for one in validate(read(drawn), builtin_catalogue())]


@pytest.mark.parametrize(
    ("mcp", "field"),
    [
        ("on", "settings.mcp"),
        ([], "settings.mcp"),
        ({"enabled": "perhaps"}, "settings.mcp.enabled"),
        ({"enabled": True, "name": "Two words"}, "settings.mcp.name"),
        ({"enabled": True, "name": "x" * 65}, "settings.mcp.name"),
        ({"enabled": True, "description": 7}, "settings.mcp.description"),
        ({"enabled": True, "wait_s": -1}, "settings.mcp.wait_s"),
        ({"enabled": True, "wait_s": 301}, "settings.mcp.wait_s"),
    ],
)
def test_a_wrong_setting_is_an_error_by_its_field(mcp: Any, field: str) -> None:
    assert found(mcp) == [("error", "invalid_config", field)]


@pytest.mark.parametrize("mcp", [None, {}, {"enabled": False}, {"enabled": True, "name": None, "wait_s": 0}])
def test_what_is_right_is_silent(mcp: Any) -> None:
    assert found(mcp) == []


def test_an_unknown_name_and_a_workflow_that_nobody_can_call_are_warned_of() -> None:
    without = {**graph([set_node("s", a="1")], []), "nodes": [set_node("s", a="1")]}

    assert found({"enabled": True, "waits": 3}) == [("warning", "unknown_setting", "settings.mcp.waits")]
    assert ("warning", "mcp_without_trigger", "settings.mcp.enabled") in found({"enabled": True}, without)
    assert ("warning", "mcp_without_trigger", "settings.mcp.enabled") not in found({"enabled": False}, without)
