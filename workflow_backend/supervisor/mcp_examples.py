"""The MCP servers of `make run WITH=mcp-examples`: programs of others that may start, in an environment apart."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

MCP_EXAMPLES = "mcp-examples"
COMMANDS = ("mcp-server-time", "mcp-server-git", "mcp-server-fetch")


class ExamplesMissing(Exception):
    """They are not installed."""


class McpExamples:
    """The folder of the programs. Their packages ask for other versions than ours, so they are not among ours."""

    def __init__(self, environment: Path) -> None:
        self._programs = environment / "mcp-examples" / "bin"
        if not all((self._programs / command).is_file() for command in COMMANDS):
            raise ExamplesMissing("the examples of MCP servers are not installed: `make install-mcp-examples`")

    def environment(self) -> Mapping[str, str]:
        """Return what puts them on the operator's list, behind what stands there, and where they are found."""
        listed = [name for name in os.environ.get("HEDDLE_MCP_COMMANDS", "").split(",") if name.strip()]
        path = os.environ.get("PATH", os.defpath)
        return {
            "HEDDLE_MCP_COMMANDS": ",".join([*listed, *COMMANDS]),
            "PATH": os.pathsep.join([path, str(self._programs)]),
        }
