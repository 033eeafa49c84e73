"""One run in this process, from its claim to its end: loaded, restored, driven by its program, ended or handed back.

What goes wrong here is the engine's, never a node's: the run goes back to the queue with the suspicion noted. One that
breaks its worker's hold on it again and again is tried alone, and then ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from core.clock import utc_now
from core.database.errors import sentence_of
from core.text.scrubbing import scrubbed_text
from credentials.variables import Values, values_for
from executor.compute import pieces
from executor.database.orm import OWNER
from executor.database.statements import Control
from executor.domain.claimed import ClaimedRun
from executor.domain.lifecycle import FINAL
from executor.domain.memory_use import MEMORY_PER_BYTE, memory_limit
from executor.domain.program import Program
from executor.domain.running_time import RunningTime
from executor.domain.signals import DatabaseLost, EngineBroke, Fenced, JournalRejected, Refused
from executor.domain.step_names import is_step
from executor.driver.loading import Unloadable, values_of
from executor.journal.journal import Journal
from executor.node.providing import Services
from executor.run.endings import ending_of
from executor.run.restoring import TooMuchToRestore, restorable
from executor.run.state import Run
from executor.sql import journal_sql, lost_runs_sql, remote_turns_sql
from executor.waits.remote_turns import lost_result
from nodes.usage import NOTHING, Usage

logger = logging.getLogger(__name__)
STUBBORN_S = 0.8
MOST_REJECTED = 3


@dataclass(frozen=True, slots=True)
class Around:
    """What a run needs of its process."""

    load: Callable[[str, str, Any], Program[Run]]
    cached: Callable[[str, str], Program[Run] | None]
    control: Control
    journal: Journal
    services: Services
    lease_left_s: Callable[[], float]
    memory_bytes: int  # what the process may take
    is_alone: bool  # it is tried in a process of its own: if it breaks that, it ends
    connect: Callable[[Run], None]  # tie a run to this process
    ended: Callable[[Run], None]  # a run has ended
    again: Callable[[str], None]  # a run went back to the queue
    bury: Callable[[Sequence[Mapping[str, Any]]], Awaitable[None]]  # runs ended because of what they did


class RunDriver:
    """Drives the runs that a process has claimed."""

    def __init__(self, around: Around) -> None:
        self.around = around
        self.runs: dict[str, Run] = {}

    async def run(self, claimed: ClaimedRun, *, is_closing: Callable[[], bool]) -> None:
        """Drive a run until it ends, waits, or is handed back. Raises only what concerns the whole process."""
        OWNER.set(claimed.owner_id)
        try:
            await self._run(claimed, is_closing)
        except Unloadable:
            logger.exception("execution %s cannot be compiled", claimed.execution_id)
            await self._query(lost_runs_sql.FAIL_UNLOADABLE, claimed)
        except DatabaseLost as exc:
            logger.warning("execution %s is handed back: %s", claimed.execution_id, exc)
            await self._query(journal_sql.HAND_BACK, claimed)
            self.around.again(str(claimed.execution_id))
        except Exception as exc:
            logger.exception("execution %s broke its hold", claimed.execution_id)
            await self._blame(claimed, exc)

    async def _query(self, statement: str, claimed: ClaimedRun, **more: Any) -> list[dict[str, Any]]:
        asked = {"id": claimed.execution_id, "epoch": claimed.epoch, **more}
        return await self.around.control.query(statement, asked)

    async def _blame(self, claimed: ClaimedRun, exc: Exception) -> None:
        """Put a run back with what it did; tried alone, it ends."""
        reason: BaseException = exc
        while isinstance(reason, EngineBroke) and reason.__cause__ is not None:
            reason = reason.__cause__
        cause = scrubbed_text(sentence_of(reason))
        rows = await self._query(lost_runs_sql.BLAME, claimed, cause=cause, ends=self.around.is_alone)
        self.around.again(str(claimed.execution_id))
        await self.around.bury([row for row in rows if row["status"] == "failed"])

    async def _run(self, claimed: ClaimedRun, is_closing: Callable[[], bool]) -> None:
        around = self.around
        key = (claimed.definition_hash, claimed.trigger_node_id)
        program = around.cached(*key) or await around.services.in_database(around.load, *key, claimed.owner_id)
        if claimed.are_large:
            claimed = replace(claimed, **await around.services.in_database(values_of, claimed.execution_id))
        shared: Values | None = None
        if program.reads_variables:
            shared = await around.services.in_database(values_for, claimed.owner_id, claimed.workflow_id)
        running_time = RunningTime(around.control.away_s)
        run = Run(claimed, program, around.journal, around.services, around.lease_left_s, running_time, shared)
        self.runs[run.execution_id] = run
        if claimed.takes_up_rows:
            try:
                run.restore(await self._restorable(run))
            except TooMuchToRestore:
                run.failure = memory_limit("What this run has come to so far is more than a worker may hold")
                await self._end(run, "failure")
                return
            run.waits.restore(await around.control.query(journal_sql.WAITS, {"id": run.execution_id}))
        await run.program_run.prepare(is_resumed=claimed.takes_up_rows)
        try:
            await self._drive(run, is_closing)
        finally:
            run.release()
        await run.program_run.let_go()

    async def _restorable(self, run: Run) -> list[dict[str, Any]]:
        rows = await self.around.control.query(journal_sql.FINISHED_ROWS, {"id": run.execution_id})
        run.usage = sum((Usage.of(row) for row in rows if not is_step(row["kind"])), NOTHING)
        most_bytes = self.around.memory_bytes // MEMORY_PER_BYTE
        services = self.around.services

        async def fetch(asked: dict[str, Any]) -> list[dict[str, Any]]:
            return await self.around.control.query(journal_sql.OUTPUTS, {"id": run.execution_id, **asked})

        return await restorable(rows, fetch, run.owner_id, services.in_database, services.computing, most_bytes)

    # -- driving -----------------------------------------------------------------------------------------------------
    async def _drive(self, run: Run, is_closing: Callable[[], bool]) -> None:
        reason: list[str] = []
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()

        def finish() -> None:
            if not over.done():
                over.set_result(None)

        def interrupt(why: str) -> None:
            if not reason:
                reason.append(why)
                run.is_ending = True
                going.cancel()
                loop.call_later(STUBBORN_S, finish)

        run.program_run.begin()
        going = asyncio.create_task(run.program_run.go(), name=f"program {run.execution_id}")
        going.add_done_callback(lambda done: finish())
        run.interrupt = interrupt
        self.around.connect(run)
        run.keep_job = self._keep_job
        run.job_result = self._job_result
        if is_closing():
            run.gate.close("shutdown")
        left_s = run.program.settings.timeout_s - run.claimed.running_ms / 1000
        run.time.call_after(left_s, partial(interrupt, "timeout"))
        try:
            if run.claimed.command:
                run.on_command(run.claimed.command)
            await over
        finally:
            run.time.stop_calling()
            going.cancel()
        if not reason and going.done() and not going.cancelled() and run.failure is None:
            run.broken = run.broken or _as_exception(going.exception())
        if run.broken is not None:
            await self._hand_back(run)
            raise EngineBroke(run.execution_id) from run.broken
        await self._end(run, reason[0] if reason else "")

    async def _keep_job(self, asked: dict[str, Any]) -> None:
        await self.around.control.query(remote_turns_sql.KEEP, asked)

    async def _job_result(self, asked: dict[str, Any]) -> bytes:
        rows = await self.around.control.query(remote_turns_sql.RESULT, asked)
        return bytes(rows[0]["result"]) if rows else lost_result()

    # -- ending ------------------------------------------------------------------------------------------------------
    async def _hand_back(self, run: Run) -> None:
        """Store what a run has come to before its engine broke; it is still ours, and goes back in a moment."""
        try:
            await self.around.journal.flush(run)
        except (Fenced, JournalRejected) as exc:
            logger.warning("of execution %s the last rows are not stored: %s", run.execution_id, exc)
        run.buffer.closed = True
        self.around.journal.forget(run)

    async def _end(self, run: Run, reason: str) -> None:
        if reason in ("suspended", "fenced"):
            run.buffer.closed = True
            self.around.journal.forget(run)
            return
        rejected = 0
        while True:
            ending = ending_of(run, reason, utc_now(), bare=rejected > 1)
            ending.output_json = await pieces.written_if_large(ending.output)
            try:
                await self.around.journal.finish(run, ending)
            except Refused as exc:
                reason = str(exc)
                continue
            except JournalRejected as exc:
                rejected += 1
                if rejected == MOST_REJECTED:
                    raise
                run.buffer.take()
                run.failure = run.failure or exc.as_error()
                reason = "failure"
                continue
            except Fenced:
                logger.warning("execution %s is somebody else's now", run.execution_id)
            run.buffer.closed = True
            if ending.status in FINAL:
                self.around.ended(run)
            return


def _as_exception(raised: BaseException | None) -> Exception | None:
    """Return what a program raised, as something to be blamed: one in a group stands for all."""
    while isinstance(raised, BaseExceptionGroup):
        raised = raised.exceptions[0]
    return raised if raised is None or isinstance(raised, Exception) else EngineBroke(type(raised).__name__)
