"""Kinds of rows for tests: they note what they did, and behave as their payload says."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from datetime import timedelta

from core.clock import database_now
from core.http.requests import Request
from core.outbox import queue
from core.outbox.kinds import GiveUp, Kind, Later, Outcome, Row
from core.outbox.tools import Tools

DONE: list[Row] = []
OPEN = threading.Event()  # lets "gate" go on


async def behave(row: Row, tools: Tools) -> Outcome:
    how = row.payload.get("how", "pass")
    if how == "raise":
        raise RuntimeError("broken\x00")
    if how == "give_up":
        raise GiveUp("no use")
    if how == "exit":
        await tools.call(_exit)
    if how == "die":
        os._exit(9)
    if how == "post":
        await tools.send(Request("POST", row.payload["url"], (("Idempotency-Key", str(row.id)),), b"{}", 60))
    if how == "gate":
        while not OPEN.is_set():
            await asyncio.sleep(0.005)
    if how == "hang":
        await tools.call(time.sleep, 5)
    if how == "again":
        add = {"owner_id": row.owner_id, "payload": {"how": "pass", "n": 2}, "key": row.key}
        await tools.call(queue.add, "test.calls", **add)
    DONE.append(row)
    if how == "later":
        return Later(await tools.call(database_now) + timedelta(hours=1), {"how": "pass"})
    return None


def _exit() -> None:
    raise SystemExit(3)


KINDS = (
    Kind("test.calls", "calls", behave, pauses_s=(5, 30)),
    Kind("test.work", "work", behave, pauses_s=(5,), gives_up=False),
    Kind("test.brief", "mails", behave, pauses_s=(5,), limit_s=0.2),
)
