"""Do one row of the outbox in a process of its own: several others were lost with it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError

from core.database.errors import Backoff, is_outage
from core.outbox.delivery import Ended, turn
from core.outbox.kinds import Row, kinds
from core.outbox.lanes import LANES
from core.outbox.table import LEASE_S, Table
from core.outbox.tools import Tools, new_client


class Command(BaseCommand):
    help = "Do one row of the outbox that a worker holds and gives away (called by workers)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("row", type=UUID)
        parser.add_argument("holder", type=UUID)
        parser.add_argument("taker", type=UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        table = Table(options["taker"])
        row = table.take_over(options["row"], options["holder"])
        if row is not None:
            asyncio.run(_do(row, table))


async def _do(row: Row, table: Table) -> None:
    client = new_client()
    tools = Tools(LANES[kinds()[row.kind].lane], lambda: client)

    async def keep() -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            with suppress(DatabaseError, InterfaceError):
                await tools.call(table.renew, [row.id])

    keeping = asyncio.create_task(keep())
    try:
        ended = await turn(row, tools)
        await _write(ended, table, tools)
    finally:
        keeping.cancel()
        await client.close()
        tools.close()


async def _write(ended: Ended, table: Table, tools: Tools) -> None:
    """Write what came of it, however long the database is away: that is not this row's fault."""
    pauses = Backoff()
    while True:
        try:
            if not await tools.call(table.done, [ended.row]) if ended.is_done else await tools.call(ended.write, table):
                return
        except (DatabaseError, InterfaceError) as exc:
            if not is_outage(exc):
                raise
        await asyncio.sleep(pauses.next_s())
