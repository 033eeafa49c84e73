"""The account and the private folder of one server: nobody else's while it runs, and empty when it begins."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from mcp_integration.launcher import walls

OPEN_PLACES = ("/dev/shm", "/dev/mqueue", "/tmp", "/var/tmp")  # noqa: S108 (what everybody may write into)
IPC = {"shm": "shmctl", "msg": "msgctl", "sem": "semctl"}
IPC_RMID = 0
EMPTYING_S = 3
FRESH_S = 60  # a folder that is younger may not have its lock yet
_LIBC = ctypes.CDLL(None, use_errno=True)


def own_account(order: dict[str, Any]) -> tuple[int | None, int | None]:
    """Return an account that no other server has now and nothing is left of, and what keeps it: of root's only."""
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
        if emptied(number):
            return number, lock
        os.close(lock)
    raise walls.WallFailed("no account is free for another server")


def emptied(account: int) -> bool:
    """Take away what is left of an account: processes, then shared memory and files; returns whether nothing runs."""
    until = time.monotonic() + EMPTYING_S
    while _runs(account):
        if time.monotonic() > until:
            return False
        kill_account(account)
        time.sleep(0.01)
    for kind, control in IPC.items():
        for number in _shared(kind, account):
            getattr(_LIBC, control)(ctypes.c_int(number), *((IPC_RMID, None) if kind != "sem" else (0, IPC_RMID)))
    for place in OPEN_PLACES:
        _remove_files(place, account)
    return True


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


def _runs(account: int) -> bool:
    """Whether a process has this account, dead ones that nobody has asked for left out."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/status", "rb") as file:
                told = dict(line.split(b":", 1) for line in file if b":" in line)
        except OSError:
            continue  # it has ended
        ids = {int(one) for one in told.get(b"Uid", b"").split()}
        if account in ids and told.get(b"State", b"").split()[:1] != [b"Z"]:
            return True
    return False


def _shared(kind: str, account: int) -> Iterator[int]:
    """Yield the System V objects of an account."""
    try:
        with open(f"/proc/sysvipc/{kind}") as file:
            names, *rows = [line.split() for line in file]
    except (OSError, ValueError):
        return  # a kernel without them
    owner, maker = names.index("uid"), names.index("cuid")
    for _, number, *row in rows:
        if str(account) in (row[owner - 2], row[maker - 2]):
            yield int(number)


def _remove_files(place: str, account: int) -> None:
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                about = entry.stat(follow_symlinks=False)
                if about.st_uid != account:
                    continue
                if stat.S_ISDIR(about.st_mode):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    os.unlink(entry.path)


def private_folder(order: dict[str, Any], account: int | None) -> tuple[str, int]:
    """Make the folder of a server; returns it, and what keeps it from being swept away. Removes those nobody has."""
    place: str = order["folders"]
    _sweep(place)
    folder = tempfile.mkdtemp(prefix="mcp-", dir=place)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    if account is not None:
        os.chown(folder, account, account)
    return folder, lock


def _sweep(place: str) -> None:
    """Remove private folders whose launcher was killed: its lock went with it."""
    with os.scandir(place) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if (
                    not entry.name.startswith("mcp-")
                    or time.time() - entry.stat(follow_symlinks=False).st_ctime < FRESH_S
                ):
                    continue
                lock = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(entry.path, ignore_errors=True)
                finally:
                    os.close(lock)
