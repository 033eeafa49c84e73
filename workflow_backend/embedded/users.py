"""Who uses the embedded servers: a shared lock for each process, and the guardian that waits for the last one's end."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from workflow_backend.embedded import guardian
from workflow_backend.embedded.errors import EmbeddedServerError

STOPPING_S = 60
LINGER_S = 3  # processes that a user left may need a moment to end
_held: dict[Path, int] = {}


def join(data_folder: Path) -> None:
    """Count this process among the users until it ends. Waits while the servers are being stopped.

    Raises: EmbeddedServerError.
    """
    if data_folder in _held:
        return
    users = guardian.opened(data_folder / guardian.USERS)
    end = time.monotonic() + STOPPING_S
    while not _locked(users, fcntl.LOCK_SH):
        if time.monotonic() > end:
            os.close(users)
            raise EmbeddedServerError("the servers of the data folder have been stopping for over a minute")
        time.sleep(0.05)
    _held[data_folder] = users


def guard(data_folder: Path) -> None:
    """See to it that a guardian waits. Raises: EmbeddedServerError."""
    lock = guardian.opened(data_folder / guardian.GUARDIAN)
    is_free = _locked(lock, fcntl.LOCK_EX)
    os.close(lock)
    if not is_free:
        return
    command = [sys.executable, "-I", guardian.__file__, str(data_folder)]
    try:
        done = subprocess.run(  # noqa: S603 (our own file)
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise EmbeddedServerError(f"the servers' guardian cannot be started: {exc}") from exc
    if done.returncode:
        raise EmbeddedServerError(f"the servers' guardian cannot be started: {(done.stderr.splitlines() or ['?'])[-1]}")


def dismiss_guardian(data_folder: Path) -> None:
    """End the guardian where nobody uses the servers, which are stopped: it would find nothing to do."""
    if not (data_folder / guardian.GUARDIAN).exists():
        return
    users = guardian.opened(data_folder / guardian.USERS)
    try:
        is_alone = _locked(users, fcntl.LOCK_EX)
        if is_alone or not _locked(users, fcntl.LOCK_SH):  # else others share it; if not, the guardian has it
            end_guardian(data_folder)
    finally:
        os.close(users)


def end_guardian(data_folder: Path) -> None:
    """End the guardian, whose number is true for as long as it holds its lock."""
    lock = guardian.opened(data_folder / guardian.GUARDIAN)
    try:
        end = time.monotonic() + LINGER_S
        while not _locked(lock, fcntl.LOCK_EX) and time.monotonic() < end:
            with contextlib.suppress(ValueError, OSError):  # it has not written its number yet, or is another account's
                os.kill(int(os.pread(lock, 32, 0)), signal.SIGTERM)
            time.sleep(0.02)
    finally:
        os.close(lock)


def leave(data_folder: Path) -> int | None:
    """Take this process out; returns the lock of all users, to be closed, if there is none left, else None."""
    mine = _held.pop(data_folder, None)
    if mine is not None:
        os.close(mine)
    end = time.monotonic() + LINGER_S
    users = guardian.opened(data_folder / guardian.USERS)
    while not _locked(users, fcntl.LOCK_EX):
        if time.monotonic() > end and _locked(users, fcntl.LOCK_SH):  # not the guardian, which stops the servers
            os.close(users)
            return None
        if time.monotonic() > end + STOPPING_S:
            os.close(users)
            return None
        time.sleep(0.05)
    return users


def _locked(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except OSError as exc:
        if exc.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True
