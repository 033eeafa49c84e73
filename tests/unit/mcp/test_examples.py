"""The MCP servers that `make run WITH=mcp-examples` lets start."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflow_backend.supervisor.mcp_examples import COMMANDS, ExamplesMissing, McpExamples


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    programs = tmp_path / "mcp-examples" / "bin"
    programs.mkdir(parents=True)
    for command in COMMANDS:
        (programs / command).touch()
    return tmp_path


def test_they_stand_behind_what_the_operator_allows_himself(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEDDLE_MCP_COMMANDS", "/opt/tickets")
    monkeypatch.setenv("PATH", "/usr/bin")

    given = McpExamples(installed).environment()

    assert given == {
        "HEDDLE_MCP_COMMANDS": "/opt/tickets,mcp-server-time,mcp-server-git,mcp-server-fetch",
        "PATH": f"/usr/bin:{installed}/mcp-examples/bin",
    }


def test_where_one_is_missing_it_is_said_how_to_get_them(installed: Path) -> None:
    (installed / "mcp-examples" / "bin" / COMMANDS[-1]).unlink()

    with pytest.raises(ExamplesMissing, match="make install-mcp-examples"):
        McpExamples(installed)
