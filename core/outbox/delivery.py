"""One row's turn: its work, within its time; whatever it raises is that row's alone."""

from __future__ import annotations

import asyncio
import logging
import sys
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from core.outbox.kinds import GiveUp, Later, Outcome, Row, kinds
from core.outbox.table import MOST_LOSSES, Table
from core.outbox.tools import Tools

logger = logging.getLogger(__name__)
START_S = 30  # what a process of its own may take to begin


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a turn. `problem` is empty where it went well."""

    row: Row
    outcome: Outcome = None
    problem: str = ""
    is_final: bool = False
    is_elsewhere: bool = False  # another process has written it, or was lost with it

    def write(self, table: Table) -> bool:
        """Write it into the row; returns False where that has to be done later, as the row is asked for just now.

        Those that are simply done are written together, by `Table.done`.
        """
        if self.problem:
            return table.failed(self.row, self.problem, is_final=self.is_final)
        return table.later(self.row, self.outcome) if isinstance(self.outcome, Later) else True

    @property
    def is_done(self) -> bool:
        return not self.problem and self.outcome is None and not self.is_elsewhere


async def turn(row: Row, tools: Tools) -> Ended:
    """Do a row."""
    kind = kinds()[row.kind]
    try:
        async with asyncio.timeout(kind.limit_s):
            return Ended(row, await kind.run(row, tools))
    except GiveUp as exc:
        return Ended(row, problem=str(exc) or "given up", is_final=True)
    except TimeoutError:
        problem = f"it took longer than {kind.limit_s:g} s"
    except Exception as exc:  # noqa: BLE001 (the edge between the outbox and what is done in it)
        problem = f"{type(exc).__name__}: {exc}"
    logger.warning("try %d of %s %s: %s", row.attempts, row.kind, row.key or row.id, problem)
    return Ended(row, problem=problem)


async def turn_alone(row: Row, holder: UUID, taker: UUID) -> Ended:
    """Do a row that several processes were lost with in a process of its own; when that is lost too, never again."""
    if row.losses >= MOST_LOSSES:
        return Ended(row, problem=f"worker_lost: {row.losses} processes were lost with it", is_final=True)
    logger.warning("%s %s is tried alone: %d processes were lost with it", row.kind, row.id, row.losses)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(settings.BASE_DIR / "manage.py"), "outbox_row", str(row.id), str(holder), str(taker)
    )
    try:
        async with asyncio.timeout(kinds()[row.kind].limit_s + START_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    except asyncio.CancelledError:  # this process stops: who started it hands the row back
        process.kill()
        raise
    return Ended(row, is_elsewhere=True)
