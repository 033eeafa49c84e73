"""Child processes: started together, restarted when they crash, stopped in order, their lines under one roof."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from workflow_backend.supervisor.run_file import Process

RESTART_AFTER_S = (0, 1, 2, 5, 10)
STEADY_S = 30
STOP_S = 15
MARK = "HEDDLE_PROCESS"
AS_ROOT = "You're running the worker with superuser privileges"  # eight lines that a container shows at each start
COLORS = {"web": "36", "worker-1": "32", "worker-2": "33", "beat": "35", "inference": "34"}


@dataclass(slots=True)
class Child:
    """One process and its history."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    listener: socket.socket | None = None
    mark: str = ""  # of its present process
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    crashes: int = 0
    restart_at: float = 0.0
    readers: list[threading.Thread] = field(default_factory=list)


def cause_of(code: int) -> str:
    """Say why a process ended, from its return code as `subprocess` has it."""
    if code >= 0:
        return f"with exit code {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:
        return f"by signal {-code}"


class Supervisor:
    """Holds the children of one installation.

    `changed` is told of those that live whenever one has started, `died` of one that ended by itself: mark, pid, code.
    """

    def __init__(
        self,
        folder: str,
        environment: Mapping[str, str],
        *,
        quiet: bool = False,
        changed: Callable[[Sequence[Process]], object] | None = None,
        died: Callable[[str, int, int], object] | None = None,
    ) -> None:
        self.folder = folder
        self.environment = dict(environment)
        self.quiet = quiet
        self.children: list[Child] = []
        self.stopping = threading.Event()
        self._changed = changed
        self._died = died
        self._saying = threading.Lock()
        self._lifeline, self._held = os.pipe()  # see `child`: they end when the writing end is closed, by whatever

    def add(self, name: str, module: Sequence[str], *, listener: socket.socket | None = None) -> None:
        """Start a Python module with its arguments as a child; it inherits the listening socket."""
        python = [sys.executable, "-W", f"ignore:{AS_ROOT}", "-m"]
        command = [*python, "workflow_backend.supervisor.child", str(self._lifeline), *module]
        child = Child(name, command, self.environment, listener)
        self.children.append(child)
        self._start(child)

    def _start(self, child: Child) -> None:
        inherited = [self._lifeline, *([child.listener.fileno()] if child.listener else [])]
        child.mark = str(uuid4())
        child.process = subprocess.Popen(  # noqa: S603 (our own commands)
            list(child.command),
            cwd=self.folder,
            pass_fds=inherited,
            env={**os.environ, **child.environment, "PYTHONUNBUFFERED": "1", MARK: child.mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C in the terminal reaches us alone; we stop the children in order
        )
        child.started = time.monotonic()
        reader = threading.Thread(target=self._read, args=(child, child.process), daemon=True)
        reader.start()
        child.readers = [reader]
        if self._changed is not None:
            self._changed(self.living())

    def living(self) -> list[Process]:
        """Return the children that live."""
        found = [Process.of(child.name, child.process.pid) for child in self.children if child.process is not None]
        return [process for process in found if process is not None]

    def _read(self, child: Child, process: subprocess.Popen[str]) -> None:
        if process.stdout is None:
            return
        with process.stdout as lines:
            for line in lines:
                if not self.quiet or "ERROR" in line or "Traceback" in line:
                    self.say(child.name, line.rstrip())

    def say(self, name: str, line: str) -> None:
        color = COLORS.get(name, "37")
        prefix = f"\033[{color}m{name:>8}\033[0m │ " if sys.stdout.isatty() else f"{name:>8} | "
        with self._saying:
            sys.stdout.write(f"{prefix}{line}\n")
            sys.stdout.flush()

    def watch(self) -> None:
        """Restart crashed children until `stopping` is set."""
        while not self.stopping.wait(0.2):
            for child in self.children:
                self._look_after(child)

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None and child.process.poll() is not None:
            if now - child.started > STEADY_S:
                child.crashes = 0
            delay = RESTART_AFTER_S[min(child.crashes, len(RESTART_AFTER_S) - 1)]
            self.say(
                child.name,
                f"ended {cause_of(child.process.returncode)}; starts again {f'in {delay} s' if delay else 'at once'}",
            )
            if self._died is not None:
                self._died(child.mark, child.process.pid, child.process.returncode)
            child.crashes += 1
            child.restart_at = now + delay
            child.process = None
        elif child.process is None and now >= child.restart_at:
            self._start(child)

    def first_failure(self) -> Child | None:
        """Return a child that has ended, where all should be up."""
        return next((child for child in self.children if child.process and child.process.poll() is not None), None)

    def stop(self) -> None:
        """Stop the children: the way in first, then who works."""
        self.stopping.set()
        for names in (("web", "beat"), None):
            chosen = [child for child in self.children if names is None or child.name in names]
            for child in chosen:
                self._signal(child, signal.SIGTERM)
            end = time.monotonic() + STOP_S
            for child in chosen:
                self._wait(child, end)
        for child in self.children:
            if child.listener is not None:
                child.listener.close()
        for number in (self._lifeline, self._held):
            with contextlib.suppress(OSError):
                os.close(number)

    def _signal(self, child: Child, number: int) -> None:
        if child.process is not None and child.process.poll() is None:
            try:
                child.process.send_signal(number)
            except ProcessLookupError:
                return

    def _wait(self, child: Child, end: float) -> None:
        if child.process is None:
            return
        try:
            child.process.wait(max(end - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            self.say(child.name, f"does not end within {STOP_S} s and is killed")
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)  # each leads a group of its own
            child.process.wait(5)
        for reader in child.readers:
            reader.join(2)
