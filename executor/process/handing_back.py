"""What a process that ends before its time says last: all it holds is free, and who may have been the reason."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from uuid import UUID

from core.text.scrubbing import scrubbed_text
from executor.database.connecting import connect
from executor.process.memory import MemoryKept
from executor.process.quarantine import STUCK, cause_of
from executor.process.supervision import PartEnded
from executor.sql import journal_sql, lost_runs_sql, remote_turns_sql

logger = logging.getLogger(__name__)
TRIES, PAUSE_S = 20, 0.05
LAST_WORDS_S = 3.0


def suspects_of(ended: PartEnded) -> list[str] | None:
    """Return who may have been the reason that a part ended; None: any of those at work."""
    cause = ended.cause
    return None if not isinstance(cause, MemoryKept) else [] if cause.greediest is None else [cause.greediest]


async def give_up(database_url: str, worker_id: UUID, cause: str, suspects: list[str] | None) -> None:
    """Give back what stands in a worker's name, on a connection of its own. What fails here the sweeper makes good."""
    try:
        connection = await connect(database_url)
        async with connection:
            asked = {"worker": worker_id, "cause": scrubbed_text(cause), "ends": False, "suspects": suspects}
            for _ in range(TRIES):  # a row in which something is being written just now is passed over
                await connection.execute(lost_runs_sql.GIVE_UP, asked)
                if not await (await connection.execute(lost_runs_sql.STILL_HELD, asked)).fetchall():
                    break
                await asyncio.sleep(PAUSE_S)
            await connection.execute(remote_turns_sql.GIVE_UP, asked)
            await connection.execute(journal_sql.HEARTBEAT_ENDS, {"id": worker_id})
    except Exception:
        logger.exception("a process that ends could not hand back what it holds")


def give_up_stuck(database_url: str, worker_id: UUID, execution_id: str | None) -> None:
    """Give all back in place of a loop that stands still in an execution; in another thread than its own."""
    suspects = None if execution_id is None else [execution_id]
    with contextlib.suppress(TimeoutError):
        asyncio.run(asyncio.wait_for(give_up(database_url, worker_id, cause_of(STUCK), suspects), LAST_WORDS_S))
