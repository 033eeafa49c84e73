"""MCP servers of tests: a program of ours on the operator's list, and folders its account may reach."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

PLAIN = Path(__file__).resolve().parent.parent.parent / "mcp_servers" / "plain.py"
BASE = "/api/mcp/servers/"


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that accounts of servers may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="heddle-mcp-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shared_folder(open_folder: Path) -> Path:
    """A folder that the operator lets servers write into."""
    folder = Path(tempfile.mkdtemp(dir=open_folder))
    folder.chmod(0o777)
    return folder


@pytest.fixture(scope="session")
def plain(open_folder: Path) -> str:
    """The path of our server where its account may read it."""
    copy = open_folder / "plain.py"
    shutil.copy(PLAIN, copy)
    copy.chmod(0o644)
    return str(copy)


@pytest.fixture(autouse=True)
def allowed(settings: Any, open_folder: Path) -> None:
    settings.MCP_COMMANDS = [sys.executable]
    settings.MCP_READ = [str(open_folder / "plain.py")]
    settings.MCP_FOLDER = open_folder / "folders"


@pytest.fixture
def make_server(api: APIClient, plain: str) -> Callable[..., dict[str, Any]]:
    def make(start: str = "well", **fields: Any) -> dict[str, Any]:
        body = {"name": "Plain", "transport": "stdio", "command": sys.executable, "args": ["-I", "-S", plain, start],
                "timeout_s": 20, **fields}  # fmt: skip
        reply = api.post(BASE, body, format="json")
        assert reply.status_code == 201, reply.content
        return dict(reply.json())

    return make
