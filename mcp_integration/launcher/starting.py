"""Starts one server and looks after it, as a process of its own.

    our process ── control socket ──▶ launcher ── fork, walls, exec ──▶ server ──▶ whatever it starts
                ◀───────── stdin, stdout, stderr of the server ─────────┘

The order is one line of JSON, the answer another. When the control socket closes, when the server ends, or when our
process dies, everything that came of the server is killed: orphans come to the launcher, which is their reaper. As root
each server has an account of its own, and what has that account is killed in one call.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
from typing import Any

from mcp_integration.launcher import accounts, walls
from mcp_integration.launcher.calls import deny_calls
from mcp_integration.launcher.watching import LOOK_S, Watch, descendants

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
    try:
        account, _kept = accounts.own_account(order)  # by its lock, as long as this process is
        folder, _locked = accounts.private_folder(order, account)
    except (walls.WallFailed, OSError) as exc:
        tell(control, {"error": str(exc)})
        return 1
    try:
        server, fault = start(order, account, folder)
        tell(control, {"error": fault} if fault else {"ok": True, "folder": folder})
        for descriptor in (0, 1, 2):
            os.close(descriptor)  # the server has them: who reads sees when it closes them
        if fault is None and (too_much := look_after(control, wake, server, Watch(order["limits"], folder))):
            tell(control, {"ended": too_much})
    finally:
        kill_all(account)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def tell(control: socket.socket, what: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        control.sendall(json.dumps(what).encode() + b"\n")


def read_order(control: socket.socket) -> dict[str, Any]:
    raw = b""
    while not raw.endswith(b"\n"):
        piece = control.recv(65536)
        if not piece:
            sys.exit(1)
        raw += piece
    order: dict[str, Any] = json.loads(raw)
    return order


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
    deny_calls(network=order["network"])
    os.closerange(3, tells)
    os.closerange(tells + 1, 65536)
    filled = [text.replace("{folder}", folder) for text in order["argv"]]
    given = {name: value.replace("{folder}", folder) for name, value in order["env"].items()}
    os.execve(  # noqa: S606 (no shell is wanted)
        order["program"], filled, {**given, "HOME": folder, "TMPDIR": folder}
    )


def look_after(control: socket.socket, wake: int, server: int, watch: Watch) -> str | None:
    """Return when the server has ended or nobody wants it any more, or with the reason where it used too much."""
    next_look = time.monotonic() + LOOK_S
    while True:
        ready, _, _ = select.select([control.fileno(), wake], [], [], max(next_look - time.monotonic(), 0))
        if control.fileno() in ready:
            return None
        with contextlib.suppress(BlockingIOError):
            told = os.read(wake, 1024)
            if signal.SIGTERM in told or signal.SIGINT in told:
                return None
        if has_ended(server):
            return None
        if time.monotonic() < next_look:
            continue
        if (fault := watch.fault()) is not None:
            return fault
        next_look = time.monotonic() + LOOK_S


def has_ended(server: int) -> bool:
    """Ask for all that has ended; returns whether the server is among them."""
    while True:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if ended in (0, server):
            return ended == server


def kill_all(account: int | None) -> None:
    """Kill all that came of the server, again and again until there is nothing left."""
    until = time.monotonic() + KILLING_S
    while time.monotonic() < until:
        if account is not None:
            accounts.kill_account(account)
        for pid in descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)


def run(descriptor: int) -> None:
    """Be the launcher; `descriptor` is the control socket's."""
    with socket.socket(fileno=descriptor) as line:
        sys.exit(main(line))
