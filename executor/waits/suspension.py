"""Letting a run go while it waits: asked for when nobody of it can go on, refused when an answer came meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from core.clock import utc_now
from executor.database.statements import Control
from executor.domain.signals import Fenced, JournalRejected, Refused
from executor.journal.journal import Journal
from executor.run.endings import ending_of
from executor.run.state import Run
from executor.sql import journal_sql, verbs_sql

logger = logging.getLogger(__name__)


class Suspension:
    """Suspends the runs of one worker, and hands them the answers that come while they are at work."""

    def __init__(
        self,
        control: Control,
        journal: Journal,
        look_for_commands: Callable[[Run], Coroutine[Any, Any, None]],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._control = control
        self._journal = journal
        self._look_for_commands = look_for_commands
        self._spawn = spawn

    def maybe(self, run: Run) -> None:
        """Suspend a run of which nobody can go on."""
        if run.suspending or not self._is_due(run):
            return
        run.suspending = True
        self._spawn(self._suspend(run))

    def _is_due(self, run: Run) -> bool:
        if run.tokens.total or run.is_ending:
            return False
        if not run.waits.open and not run.gate.reasons:
            logger.error("execution %s stands still and waits for nothing", run.execution_id)
            return False
        return True

    async def _suspend(self, run: Run) -> None:
        """Ask for one commit that lets the run go; an answer or a command that came meanwhile refuses it."""
        try:
            await self._ask_to_suspend(run)
        except Exception as exc:
            logger.exception("execution %s cannot be suspended", run.execution_id)
            run.broke(exc)
        finally:
            run.suspending = False
            run.gate.open("suspend")

    async def _ask_to_suspend(self, run: Run) -> None:
        while self._is_due(run):
            run.gate.close("suspend")
            try:
                await self._journal.finish(run, ending_of(run, "suspend", utc_now()))
            except Refused:
                run.gate.open("suspend")  # who stands there because of us alone is no reason to suspend
                await self._look_for_commands(run)
                continue
            except Fenced:
                run.interrupt("fenced")
                return
            except JournalRejected:
                return  # the run was told
            run.buffer.closed = True
            run.interrupt("suspended")
            return

    async def hand_answers(self, run: Run) -> None:
        """Hand a run the answers that came for it; what goes wrong is its own."""
        try:
            await self.read_answers(run)
        except Exception as exc:
            logger.exception("execution %s does not get its answers", run.execution_id)
            run.broke(exc)

    async def read_answers(self, run: Run, wakes: int | None = None) -> None:
        """Hand a run the answers to what it waits for."""
        asked = {"id": run.execution_id, **run.waits.unanswered()}
        run.waits.resolve(await self._control.query(journal_sql.ANSWERS, asked))
        run.wakes = max(run.wakes, wakes or 0)

    async def match_signals(self, run: Run) -> None:
        """Take a signal that was there before anybody waited for it."""
        await self._control.query(verbs_sql.MATCH, {"id": run.execution_id, "reason": "signal"})
        self._spawn(self._look_for_commands(run))
