"""What a process that ends before its time says last: all it holds is free, and who may have been the reason."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from core.scrubbing import scrubbed_text
from executor import jobs_sql, journal_sql, lost_sql
from executor.connecting import connect
from executor.memory import MemoryKept
from executor.supervision import PartEnded

logger = logging.getLogger(__name__)
TRIES, PAUSE_S = 20, 0.05


async def give_up(database_url: str, worker_id: UUID, ended: PartEnded) -> None:
    """Give back what stands in a worker's name, on a connection of its own. What fails here the sweeper makes good."""
    cause = ended.cause
    suspects = None if not isinstance(cause, MemoryKept) else [] if cause.greediest is None else [cause.greediest]
    try:
        connection = await connect(database_url)
        async with connection:
            asked = {"worker": worker_id, "cause": scrubbed_text(str(ended)), "ends": False, "suspects": suspects}
            for _ in range(TRIES):  # a row in which something is being written just now is passed over
                await connection.execute(lost_sql.GIVE_UP, asked)
                if not await (await connection.execute(lost_sql.STILL_HELD, asked)).fetchall():
                    break
                await asyncio.sleep(PAUSE_S)
            await connection.execute(jobs_sql.GIVE_UP, asked)
            await connection.execute(journal_sql.HEARTBEAT_ENDS, {"id": worker_id})
    except Exception:
        logger.exception("a process that ends could not hand back what it holds")
