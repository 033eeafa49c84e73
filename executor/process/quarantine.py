"""What took its process down twice is tried once more, alone: if a process of its own ends too, it was the reason.

The worker that finds such a run, or such a node of its queues, starts the process, waits for its end, and judges. A
process that goes down together with its worker judges nobody.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from executor.database.statements import Control
from executor.process.memory import MemoryKept
from executor.process.supervision import PartEnded
from executor.sql import journal_sql, lost_runs_sql, queue_sql, remote_turns_sql
from executor.waits.remote_turns import lost_result

logger = logging.getLogger(__name__)
Command = Callable[[UUID], Sequence[str]]
EMPTY_S = 10.0  # after one that did not get so far as to take something
IDLE_S = 3.0  # such a process ends when there has been nothing for it so long


class Quarantine:
    """At most one process of its own for each worker; suspects go through it one after the other."""

    def __init__(
        self,
        command: Command | None,
        serves: tuple[bool, Sequence[str]],
        control: Control,
        bury: Callable[[Sequence[Mapping[str, Any]]], Awaitable[None]],
        woken: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._command = command
        self._takes_runs, self._queues = serves[0], list(serves[1])
        self._woken = woken
        self._control = control
        self._bury = bury
        self._process: subprocess.Popen[bytes] | None = None
        self._worker_id: UUID | None = None
        self._not_before = 0.0

    async def look(self) -> None:
        """Start a process where somebody waits for one; judge after one that has ended."""
        if self._command is None:
            return
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            await self._judge(code)
        if time.monotonic() < self._not_before:
            return
        if await self._control.query(queue_sql.ANY_SUSPECT, {"queues": self._queues, "takes_runs": self._takes_runs}):
            self._start(self._command)

    def _start(self, command: Command) -> None:
        self._worker_id = uuid4()
        try:
            self._process = subprocess.Popen(  # noqa: S603 (our own program)
                list(command(self._worker_id)), stdin=subprocess.DEVNULL, start_new_session=True
            )
        except OSError:  # no memory, no places for processes: it has to wait
            logger.exception("no process can be started for what is to be tried alone")
            self._not_before = time.monotonic() + EMPTY_S
            return
        logger.warning("what lost two processes is tried alone, by process %d", self._process.pid)

    async def _judge(self, code: int) -> None:
        """End what a process still held as it went down."""
        worker_id, self._process, self._worker_id = self._worker_id, None, None
        if code == 0:  # there was nothing left for it: what there still seems to be it cannot take now
            self._not_before = time.monotonic() + EMPTY_S
            return
        cause = cause_of(code)
        asked = {"worker": worker_id, "cause": cause, "ends": True, "suspects": None}
        ended = await self._control.query(lost_runs_sql.GIVE_UP, asked)
        jobs = await self._control.query(remote_turns_sql.OF_WORKER, asked)
        for row in jobs:
            finish = {"job_id": row["id"], "epoch": row["epoch"], "result": lost_result(cause), "reason": "answer"}
            for woken in await self._control.query(remote_turns_sql.FINISH, finish):
                self._woken(woken)
        await self._control.query(journal_sql.HEARTBEAT_ENDS, {"id": worker_id})
        if ended or jobs:
            culprit = (ended or jobs)[0]["execution_id"]
            logger.error("execution %s took a process of its own down: %s", culprit, cause)
        else:
            logger.error("a process for one run ended, with nothing in it: %s", cause)
            self._not_before = time.monotonic() + EMPTY_S
        await self._bury([row for row in ended if row["status"] == "failed"])
        await self._bury([{"execution_id": row["execution_id"], "loss_cause": cause} for row in jobs])

    def close(self) -> None:
        """End the process with its worker: it hands back what it has."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)


def code_of(cause: BaseException) -> int:
    """Return the code that a process ends with because of what one of its parts raised."""
    raised = cause.cause if isinstance(cause, PartEnded) else cause
    return MEMORY if isinstance(raised, MemoryKept) else BROKEN


def cause_of(code: int) -> str:
    """Return in words how a process ended."""
    if code == STUCK:
        return "its event loop stood still for too long to keep its lease"
    if code == HELD:
        return "a call held its interpreter for too long to keep its lease, or it broke as it started"
    if code == MEMORY:
        return "it needed more memory than a worker may have"
    if code < 0:
        name = signal.Signals(-code).name if -code in signal.valid_signals() else str(-code)
        return f"it was killed by {name}" + (", as the system does where memory runs out" if name == "SIGKILL" else "")
    return f"it ended with code {code}"


STUCK, MEMORY, BROKEN = 71, 72, os.EX_SOFTWARE
HELD = 1  # what the interpreter itself ends with where none of its threads can run
