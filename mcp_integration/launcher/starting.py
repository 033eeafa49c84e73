"""Starts one server and looks after it, as a process of its own.

    our process ── control socket ──▶ launcher ── fork, walls, exec ──▶ server ──▶ whatever it starts
                ◀───────── stdin, stdout, stderr of the server ─────────┘

The order is one line of JSON, the answer another. When the control socket closes, when the server ends, or when our
process dies, everything that came of the server is killed: orphans come to the launcher, which is their reaper. As root
each server has an account of its own, and what has that account is killed in one call.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
from typing import Any

from mcp_integration.launcher import walls

KILLING_S = 10
RESET = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


def main(control: socket.socket) -> int:
    order = read_order(control)
    walls.prctl(walls.PR_SET_CHILD_SUBREAPER, 1, "child subreaper")
    wake, woken = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    walls.prctl(walls.PR_SET_PDEATHSIG, signal.SIGTERM, "parent-death signal")
    account, lock = own_account(order)
    folder = private_folder(order, account)
    try:
        server, fault = start(order, account, folder)
        control.sendall(json.dumps({"error": fault} if fault else {"ok": True, "folder": folder}).encode() + b"\n")
        for descriptor in (0, 1, 2):
            os.close(descriptor)  # the server has them: who reads sees when it closes them
        if fault is None:
            look_after(control, wake, server)
    finally:
        kill_all(account)
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)
    return 0


def read_order(control: socket.socket) -> dict[str, Any]:
    raw = b""
    while not raw.endswith(b"\n"):
        piece = control.recv(65536)
        if not piece:
            sys.exit(1)
        raw += piece
    order: dict[str, Any] = json.loads(raw)
    return order


def own_account(order: dict[str, Any]) -> tuple[int | None, int | None]:
    """Return an account that no other server has now, and what keeps it: of root's only."""
    if os.getuid() != 0:
        return None, None
    first, count, folder = order["accounts"]["first"], order["accounts"]["count"], order["accounts"]["folder"]
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for number in range(first, first + count):
        lock = os.open(f"{folder}/{number}", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        return number, lock
    sys.exit(3)


def private_folder(order: dict[str, Any], account: int | None) -> str:
    folder = tempfile.mkdtemp(prefix="mcp-", dir=order["folders"])
    if account is not None:
        os.chown(folder, account, account)
    return folder


def start(order: dict[str, Any], account: int | None, folder: str) -> tuple[int, str | None]:
    """Fork the server; returns its id, and why it could not be executed."""
    told, tells = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        os.close(told)
        try:
            execute(order, account, folder, tells)
        except BaseException as exc:  # noqa: BLE001 (whatever it is, it is told, and this process ends)
            reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
            os.write(tells, f"{reason or type(exc).__name__}"[:500].encode())
        os._exit(127)
    os.close(tells)
    fault = b""
    while piece := os.read(told, 4096):
        fault += piece
    os.close(told)
    return pid, fault.decode("utf-8", "replace") or None


def execute(order: dict[str, Any], account: int | None, folder: str, tells: int) -> None:
    """Put the walls up and become the server."""
    os.setsid()
    os.umask(0o022)
    for number in RESET:
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    if account is not None:
        walls.show(order["read"], folder)
        walls.become(account)
    os.chdir(folder)
    os.umask(0o077)
    most = order["limits"]
    walls.limits(most["memory_bytes"], most["processes"], most["file_bytes"], most["cpu_s"])
    walls.prctl(walls.PR_SET_PDEATHSIG, signal.SIGKILL, "parent-death signal")
    walls.prctl(walls.PR_SET_NO_NEW_PRIVS, 1, "no new privileges")
    if not walls.landlock(order["read"], [folder, *order["write"]], order["network"]) and order["needs_landlock"]:
        raise walls.WallFailed("the kernel has no Landlock")
    walls.deny_calls()
    os.closerange(3, tells)
    os.closerange(tells + 1, 65536)
    filled = [text.replace("{folder}", folder) for text in order["argv"]]
    given = {name: value.replace("{folder}", folder) for name, value in order["env"].items()}
    os.execve(  # noqa: S606 (no shell is wanted)
        order["program"], filled, {**given, "HOME": folder, "TMPDIR": folder}
    )


def look_after(control: socket.socket, wake: int, server: int) -> None:
    """Return when the server has ended, or nobody wants it any more."""
    while True:
        ready, _, _ = select.select([control.fileno(), wake], [], [])
        if control.fileno() in ready:
            return
        with contextlib.suppress(BlockingIOError):
            told = os.read(wake, 1024)
            if signal.SIGTERM in told or signal.SIGINT in told:
                return
        while True:
            try:
                ended, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if ended == server:
                return
            if ended == 0:
                break


def kill_all(account: int | None) -> None:
    """Kill all that came of the server, again and again until there is nothing left."""
    until = time.monotonic() + KILLING_S
    while time.monotonic() < until:
        if account is not None:
            kill_account(account)
        for pid in descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)


def kill_account(account: int) -> None:
    """Kill what has this account, in one call: nothing can fork meanwhile and get away."""
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(OSError):
            walls.become(account)
            os.kill(-1, signal.SIGKILL)
        os._exit(0)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)


def descendants(pid: int) -> list[int]:
    """Return all processes below one. Orphans stand below the launcher, their reaper."""
    parents: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as stat:
                parent = int(stat.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        parents.setdefault(parent, []).append(int(name))
    found: list[int] = []
    left = [pid]
    while left:
        below = parents.get(left.pop(), [])
        found += below
        left += below
    return found


def run(descriptor: int) -> None:
    """Be the launcher; `descriptor` is the control socket's."""
    with socket.socket(fileno=descriptor) as line:
        sys.exit(main(line))
