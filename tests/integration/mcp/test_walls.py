"""What keeps a server's process in: files, sockets, totals of what it uses, and an account that is empty."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mcp_integration.client import programs
from mcp_integration.client.session import Session
from mcp_integration.client.spec import Confinement, McpFailed, ServerSpec
from mcp_integration.launcher import accounts

ACCOUNT = 57_100
AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="accounts of their own are root's to give")
Call = Callable[..., Any]


@pytest.fixture
def call(plain: str, open_folder: Path) -> Call:
    """Call a tool of our server behind walls of our choice; returns what it gave."""

    def called(tool: str, arguments: dict[str, Any] | None = None, **walls: Any) -> Any:
        confinement = Confinement(
            os.environ["PATH"], str(open_folder / "folders"), str(open_folder / "locks"), ACCOUNT, 20,
            **{"read": (plain,), **walls},
        )  # fmt: skip
        spec = ServerSpec(
            "stdio", sys.executable, ("-I", "-S", "-B", plain, "well"), timeout_s=30, confinement=confinement
        )

        async def go() -> Any:
            session = Session(spec)
            try:
                return (await session.call(tool, arguments or {})).structured
            finally:
                await session.close()

        return asyncio.run(go())

    return called


# -- files -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("at", ["home/ann/bin", "opt/tool/bin", "srv/app/sbin", "home/ann/.local/bin", "app"])
def test_a_program_opens_no_folder_for_being_in_it(tmp_path: Path, at: str) -> None:
    program = tmp_path / at / "server"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    for beside in (".env", ".ssh", "lib/notes", "data"):
        (program.parent.parent / beside).mkdir(parents=True, exist_ok=True)

    opened, _ = programs.needed_by(str(program), os.defpath)

    assert [path for path in opened if path.startswith(str(tmp_path))] == [str(program)]


def test_a_program_opens_the_packages_that_were_installed_with_it(tmp_path: Path) -> None:
    venv, node = tmp_path / "app", tmp_path / "site" / "node_modules"
    for folder in (venv / "bin", venv / "lib" / "python3.12", node / ".bin", node / "tool"):
        folder.mkdir(parents=True)
    (venv / "pyvenv.cfg").touch()
    (venv / ".env").touch()
    (venv / "bin" / "python").symlink_to(sys.executable)
    (venv / "bin" / "server").write_text(f"#!{venv}/bin/python\n")
    (node / "tool" / "index.js").write_text("#!/usr/bin/env node\n")
    (node / ".bin" / "tool").symlink_to("../tool/index.js")

    python, _ = programs.needed_by(str(venv / "bin" / "server"), os.defpath)
    script, _ = programs.needed_by(str(node / ".bin" / "tool"), os.defpath)

    own = {path for path in python if path.startswith(str(tmp_path))}
    assert own == {str(venv / name) for name in ("bin", "bin/python", "bin/server", "lib", "pyvenv.cfg")}
    assert {path for path in script if path.startswith(str(tmp_path))} == {
        str(node), str(node / ".bin" / "tool"), str(node / "tool" / "index.js"),
    }  # fmt: skip


def test_a_server_reads_programs_and_nothing_of_other_people(call: Call, open_folder: Path, plain: str) -> None:
    closed = open_folder / "closed"
    for place in ("data", "home/bin", "folders/mcp-of-another"):
        (closed / place).mkdir(parents=True, exist_ok=True)
    (closed / ".env").write_text("DJANGO_SECRET_KEY=x")
    (closed / "data" / "secret_key").write_text("x")
    for path in (closed, *closed.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    shut = [*map(str, (closed, closed / ".env", closed / "data" / "secret_key", closed / "folders" / "mcp-of-another")),
            "/", "/home", "/root", "/opt", "/srv", "/var", "/var/log", "/etc", "/etc/fstab", "/etc/login.defs", "/run",
            "/tmp", "/dev/shm", "/usr/src", str(open_folder), str(open_folder / "folders"),
            str(Path(__file__).parent), "/usr/local"]  # fmt: skip
    opened = [plain, sys.executable, os.__file__, "/etc/passwd", "/usr/bin", "/dev/urandom"]

    found = call("reads", {"paths": [*shut, *opened]})

    assert [path for path in shut if found[path]] == []
    assert [path for path in opened if not found[path]] == []


def test_a_path_that_holds_our_own_folders_is_not_opened(call: Call, open_folder: Path, plain: str) -> None:
    data = open_folder / "installation" / "data"
    data.mkdir(parents=True, exist_ok=True)

    for path in (data, data.parent, open_folder):
        with pytest.raises(McpFailed, match="holds Heddle's own files"):
            call("echo", read=(plain, str(path)), closed=(str(data),))
    assert call("echo", {"text": "x"}, closed=(str(data),)) == {"said": {"text": "x"}}


# -- sockets ---------------------------------------------------------------------------------------------------------
REFUSED = {"AF_UNIX", "AF_PACKET", "AF_VSOCK", "AF_ALG", "pair of datagrams"}
INTERNET = {"AF_INET", "AF_INET6", "AF_NETLINK", "udp"}


@pytest.mark.parametrize("network", [False, True])
def test_sockets_are_closed_by_the_filter_of_calls_whatever_the_kernels_landlock_knows(
    call: Call, network: bool
) -> None:
    found = call("sockets", network=network)

    refused = {what for what, number in found.items() if number == errno.EACCES}
    assert refused == (REFUSED if network else REFUSED | INTERNET)
    assert found["pair"] == 0
    assert {found[what] for what in ("shmget", "msgget", "new user namespace")} == {errno.EPERM}


# -- totals ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "walls", "said"),
    [
        ({"what": "memory", "processes": 6, "bytes": 30 * 2**20}, {"memory_bytes": 120 * 2**20}, "120 MiB of memory"),
        ({"what": "processor", "processes": 4}, {"cpu_s": 3}, "3 s of processor time"),
        ({"what": "files", "processes": 5, "files": 60}, {"open_files": 200}, "200 files open"),
        ({"what": "disk", "times": 30}, {"disk_bytes": 20 * 2**20}, "20 MiB"),
        ({"what": "names", "times": 11_000}, {}, "10000 files"),
        ({"what": "unlinked", "times": 30}, {"disk_bytes": 20 * 2**20}, "20 MiB"),
    ],
    ids=lambda value: value["what"] if isinstance(value, dict) and "what" in value else "",
)
def test_a_server_is_ended_for_what_all_of_its_processes_use_together(
    call: Call, arguments: dict[str, Any], walls: dict[str, Any], said: str
) -> None:
    begun = time.monotonic()

    with pytest.raises(McpFailed) as refused:
        call("hoards", arguments, **walls)

    assert said in refused.value.message
    assert time.monotonic() - begun < 25


# -- accounts --------------------------------------------------------------------------------------------------------
@pytest.fixture
def left() -> Iterator[list[Path]]:
    """What an account left behind: a process, a file in each open place, and shared memory."""
    account = ACCOUNT + 19
    code = (
        "import ctypes, os, sys, time\n"
        f"os.setresgid({account}, {account}, {account}); os.setresuid({account}, {account}, {account})\n"
        "ctypes.CDLL(None).shmget(0x5eed, 4096, 0o1666)\n"
        f"open('/dev/shm/left-{account}', 'w').close(); os.makedirs('/tmp/left-{account}/deep')\n"
        "print(os.getpid(), flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    yield [Path(f"/dev/shm/left-{account}"), Path(f"/tmp/left-{account}")]
    process.kill()
    process.wait()
    process.stdout.close()


@AS_ROOT
def test_an_account_is_empty_before_another_server_has_it(left: list[Path]) -> None:
    account = ACCOUNT + 19
    assert all(path.exists() for path in left)
    assert shared_by(account)

    assert accounts.emptied(account)

    assert [path for path in left if path.exists()] == []
    assert not shared_by(account)
    assert not accounts._runs(account)


@AS_ROOT
def test_an_account_that_cannot_be_emptied_is_given_to_nobody(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "emptied", lambda account: account != ACCOUNT)
    order = {"accounts": {"first": ACCOUNT, "count": 2, "folder": str(open_folder / "few")}}

    first, lock = accounts.own_account(order)
    assert (first, lock is not None) == (ACCOUNT + 1, True)
    with pytest.raises(Exception, match="no account is free"):
        accounts.own_account(order)
    os.close(lock or -1)


def test_private_folders_of_a_killed_launcher_are_swept_away_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mcp-dead").mkdir()
    (tmp_path / "of-somebody").mkdir()
    monkeypatch.setattr(accounts, "FRESH_S", -1)

    first, lock = accounts.private_folder({"folders": str(tmp_path)}, None)
    second, other = accounts.private_folder({"folders": str(tmp_path)}, None)

    assert {path.name for path in tmp_path.iterdir()} == {"of-somebody", Path(first).name, Path(second).name}
    os.close(lock)
    os.close(other)


def shared_by(account: int) -> list[int]:
    return list(accounts._shared("shm", account))
