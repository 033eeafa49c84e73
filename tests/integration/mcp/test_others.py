"""Servers that others wrote, behind our launcher and transport, in both ways of opening a session."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mcp_integration.client.session import Session
from mcp_integration.client.spec import Confinement, Outcome, ServerSpec
from tests.conftest import Peer
from tests.integration.mcp import installing

MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])
Work = Callable[[Session], Awaitable[Any]]


@pytest.fixture(scope="session")
def python_bin() -> Path:
    return installing.python_servers()


@pytest.fixture(scope="session")
def node_bin() -> Path:
    found = installing.node_servers()
    if found is None:
        pytest.skip("there is no npm")
    return found


@pytest.fixture
def spoken(open_folder: Path, shared_folder: Path) -> Callable[..., Any]:
    def speak(program: Path, work: Work, *args: str, mode: str, network: bool = False, **env: str) -> Any:
        walls = Confinement(
            os.environ["PATH"], str(open_folder / "folders"), str(open_folder / "accounts"), 57_000, 50,
            write=(str(shared_folder),), network=network,
        )  # fmt: skip
        spec = ServerSpec("stdio", str(program), args, env, timeout_s=60, confinement=walls)

        async def go() -> Any:
            session = Session(spec, mode)
            try:
                return await work(session)
            finally:
                await session.close()

        return asyncio.run(go())

    return speak


def text_of(outcome: Outcome) -> str:
    assert not outcome.is_error, outcome
    return "\n".join(part.get("text", "") for part in outcome.content)


async def names(session: Session) -> set[str]:
    return {tool.name for tool in (await session.tools()).tools}


@MODES
def test_time(spoken: Any, python_bin: Path, mode: str) -> None:
    async def work(session: Session) -> tuple[set[str], Outcome, Outcome]:
        good = await session.call("get_current_time", {"timezone": "Europe/Lisbon"})
        return await names(session), good, await session.call("get_current_time", {"timezone": "Nowhere/None"})

    found, good, bad = spoken(python_bin / "mcp-server-time", work, mode=mode)

    assert found == {"get_current_time", "convert_time"}
    assert "Europe/Lisbon" in text_of(good)
    assert bad.is_error


@MODES
def test_git(spoken: Any, python_bin: Path, shared_folder: Path, mode: str) -> None:
    repository = shared_folder / "repository"
    repository.mkdir()
    for command in (
        ["init", "-q"],
        ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "First words"],
    ):
        subprocess.run(["git", "-C", str(repository), *command], check=True)
    for path in (repository, *repository.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
        if os.getuid() == 0:
            os.chown(path, 57_000, 57_000)

    async def work(session: Session) -> Outcome:
        return await session.call("git_log", {"repo_path": str(repository)})

    assert "First words" in text_of(spoken(python_bin / "mcp-server-git", work, mode=mode))


@MODES
def test_fetch(spoken: Any, python_bin: Path, peer: Peer, mode: str) -> None:
    peer.answer("/page", (200, {"Content-Type": "text/plain"}, b"words of a page"))

    async def work(session: Session) -> Outcome:
        return await session.call("fetch", {"url": f"{peer.url}/page", "raw": True})

    args = ("--ignore-robots-txt", "--allow-private-ips")
    opened = spoken(python_bin / "mcp-server-fetch", work, *args, mode=mode, network=True)
    closed = spoken(python_bin / "mcp-server-fetch", work, *args, mode=mode)

    assert "words of a page" in text_of(opened)
    assert closed.is_error
    assert len(peer.calls) == 1


@MODES
def test_everything(spoken: Any, node_bin: Path, mode: str) -> None:
    async def work(session: Session) -> tuple[set[str], Outcome, list[Outcome]]:
        echoed = await session.call("echo", {"message": "hello"})
        side_by_side = [session.call("echo", {"message": str(at)}) for at in range(10)]
        return await names(session), echoed, await asyncio.gather(*side_by_side)

    found, echoed, many = spoken(node_bin / "mcp-server-everything", work, mode=mode)

    assert "echo" in found
    assert "hello" in text_of(echoed)
    assert [str(at) in text_of(one) for at, one in enumerate(many)] == [True] * 10


@MODES
def test_filesystem(spoken: Any, node_bin: Path, shared_folder: Path, mode: str) -> None:
    (shared_folder / "note.txt").write_text("a note")
    (shared_folder / "note.txt").chmod(0o644)

    async def work(session: Session) -> tuple[Outcome, Outcome]:
        inside = await session.call("read_text_file", {"path": str(shared_folder / "note.txt")})
        return inside, await session.call("read_text_file", {"path": "/etc/passwd"})

    inside, outside = spoken(node_bin / "mcp-server-filesystem", work, str(shared_folder), mode=mode)

    assert "a note" in text_of(inside)
    assert outside.is_error


@MODES
def test_memory(spoken: Any, node_bin: Path, shared_folder: Path, mode: str) -> None:
    entity = {"name": "Ada", "entityType": "person", "observations": ["wrote programs"]}
    kept = {"MEMORY_FILE_PATH": str(shared_folder / "memory.json")}

    async def write(session: Session) -> Outcome:
        return await session.call("create_entities", {"entities": [entity]})

    async def read(session: Session) -> Outcome:
        return await session.call("read_graph", {})

    text_of(spoken(node_bin / "mcp-server-memory", write, mode=mode, **kept))
    assert "wrote programs" in text_of(spoken(node_bin / "mcp-server-memory", read, mode=mode, **kept))
