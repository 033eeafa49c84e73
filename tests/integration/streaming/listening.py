"""Listening to a run from its beginning, as who watches it does."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from django.db import connection

from core.json import loads_own
from executor.process.engine_thread import EngineThread
from streaming.read_ahead import WrittenEvent
from streaming.reader import Reader
from streaming.views import server_sent
from tests.integration.executor.running import queue


def listened(
    engine: EngineThread, document: dict[str, Any], value: Any = None, **fields: Any
) -> tuple[UUID, list[dict[str, Any]], bytes]:
    """Run a workflow with somebody listening from its beginning; returns what was heard, and as a browser hears it."""
    execution_id = queue(document, value, **fields)

    async def listen() -> list[WrittenEvent]:
        heard: list[WrittenEvent] = []
        events = Reader(execution_id, 0).events()
        async for event in events:
            if len(heard) == 0:
                engine.ring(str(execution_id))
            if event is not None:
                heard.append(event)
        return heard

    heard = asyncio.run(asyncio.wait_for(listen(), 60))
    connection.close()

    async def again() -> bytes:
        async def events() -> Any:
            for event in heard:
                yield event

        return b"".join([piece async for piece in server_sent(events(), ())])

    return execution_id, [loads_own(event.json) for event in heard], asyncio.run(again())
