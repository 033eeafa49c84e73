"""What runs in a data folder: a lock that the supervisor holds for its life, and a file that says what it started.

The lock is the truth about whether a supervisor lives, as the kernel gives it back however that ends. The file names
the processes, each with its start time, for `make stop` and for the next `make run`.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from workflow_backend.supervisor.identity import born

LOCK, FILE = "run.lock", "run.json"


@dataclass(frozen=True, slots=True)
class Process:
    """A process and when it began."""

    name: str
    pid: int
    start: str

    @classmethod
    def of(cls, name: str, pid: int) -> Process | None:
        """Return a living process, or None."""
        start = born(pid)
        return None if start is None else cls(name, pid, start)


@dataclass(frozen=True, slots=True)
class Running:
    """A supervisor, where it serves and what it started."""

    supervisor: Process
    url: str
    children: tuple[Process, ...] = field(default=())


class AlreadyRunning(RuntimeError):
    """Another supervisor holds this data folder; the message says where it serves and how it is ended."""


class RunFile:
    """The supervisor's side: hold the lock, write what runs."""

    def __init__(self, data_folder: Path) -> None:
        self._folder = data_folder
        self._lock: IO[str] | None = None
        self._url = ""

    def take(self) -> None:
        """Hold the data folder until this process ends. Raises: AlreadyRunning."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = os.fdopen(os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            lock.close()
            if exc.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            raise AlreadyRunning(said(read(self._folder))) from None
        self._lock = lock

    def write(self, url: str, children: Iterable[Process]) -> None:
        """Say what runs; a full disk changes nothing about it."""
        self._url = url
        me = Process.of("supervisor", os.getpid())
        if me is not None:
            _write(self._folder / FILE, Running(me, url, tuple(children)))

    def written_again(self, children: Iterable[Process]) -> None:
        """Say what runs now, at the same address."""
        if self._lock is not None:
            self.write(self._url, children)

    def release(self) -> None:
        """Say that nothing runs any more."""
        if self._lock is not None:
            (self._folder / FILE).unlink(missing_ok=True)
            self._lock.close()
            self._lock = None


def said(running: Running | None) -> str:
    """Return the sentence for somebody who wants to start a second one."""
    if running is None:
        return "already running, or just starting, in this folder; `make stop` ends it"
    where = f" on {running.url}" if running.url else ""
    return f"already running{where}, pid {running.supervisor.pid}; `make stop` ends it"


def is_held(data_folder: Path) -> bool:
    """Tell whether a supervisor lives."""
    try:
        with (data_folder / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except PermissionError:
        return read(data_folder) is not None
    except OSError as exc:
        if exc.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return True
        raise
    return False


def read(data_folder: Path) -> Running | None:
    """Return what the file says; what cannot be read says nothing."""
    try:
        found = json.loads((data_folder / FILE).read_text())
        return Running(
            Process(**found["supervisor"]), str(found["url"]), tuple(Process(**child) for child in found["children"])
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(path: Path, running: Running) -> None:
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "w") as file:
                json.dump(asdict(running), file, indent=1)
            Path(draft).replace(path)
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError:
        return
