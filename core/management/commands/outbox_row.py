"""Do one row of the outbox in a process of its own: several others were lost with it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

from django.core.management.base import BaseCommand, CommandParser

from core.outbox.delivery import turn
from core.outbox.kinds import LANES, Row, kinds
from core.outbox.table import LEASE_S, Table
from core.outbox.tools import Tools, new_client


class Command(BaseCommand):
    help = "Do one row of the outbox that a worker holds and gives away (called by workers)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("row", type=UUID)
        parser.add_argument("holder", type=UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        table = Table(uuid4())
        row = table.take_over(options["row"], options["holder"])
        if row is not None:
            asyncio.run(_do(row, table))


async def _do(row: Row, table: Table) -> None:
    client = new_client()
    tools = Tools(LANES[kinds()[row.kind].lane], lambda: client)

    async def keep() -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            await tools.call(table.renew, [row.id])

    keeping = asyncio.create_task(keep())
    try:
        ended = await turn(row, tools)
        if ended.is_done:
            await tools.call(table.done, [row])
        else:
            await tools.call(ended.write, table)
    finally:
        keeping.cancel()
        await client.close()
        tools.close()
