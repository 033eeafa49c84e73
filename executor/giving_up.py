"""What a process that ends before its time says last: all it holds is free, and may have been the reason."""

from __future__ import annotations

import logging
from uuid import UUID

from core.scrubbing import scrubbed_text
from executor import jobs_sql, journal_sql, lost_sql
from executor.connecting import connect

logger = logging.getLogger(__name__)


async def give_up(database_url: str, worker_id: UUID, cause: str) -> None:
    """Give back what stands in a worker's name, on a connection of its own. What fails here the sweeper makes good."""
    try:
        connection = await connect(database_url)
        async with connection:
            asked = {"worker": worker_id, "cause": scrubbed_text(cause), "ends": False}
            await connection.execute(lost_sql.GIVE_UP, asked)
            await connection.execute(jobs_sql.GIVE_UP, asked)
            await connection.execute(journal_sql.HEARTBEAT_ENDS, {"id": worker_id})
    except Exception:
        logger.exception("a process that ends could not hand back what it holds")
