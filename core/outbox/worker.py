"""The room of a worker process in which the outbox is worked off: one thread with a loop, a few threads a lane.

look ─▶ claim what there are places for ─▶ turns, side by side ─▶ write what came of them ─▶ look
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db import Error as DatabaseProblem
from django.db import connection

from core.database.errors import is_outage
from core.http.client import GuardedClient
from core.outbox.delivery import Ended, turn, turn_alone
from core.outbox.kinds import Row
from core.outbox.lanes import LANES
from core.outbox.table import LEASE_S, Table
from core.outbox.tools import Tools, new_client

logger = logging.getLogger(__name__)
R = TypeVar("R")
POLL_S = 0.4
GATHER_S = 0.03  # ends of one moment are written together, and their places filled together
RENEW_S = LEASE_S / 3
MOST_BACKOFF_S = 5.0
TROUBLE = (DatabaseProblem, OSError)  # of a look or a claim: no row's fault, whatever it is (another schema, a standby)


def _disconnect() -> None:
    connection.close()  # of the thread this runs in


class Room:
    """Works off the outbox. `on_death` is called, in its thread, where its loop ends without being told to."""

    def __init__(self, on_death: Callable[[BaseException], object] | None = None) -> None:
        self._on_death = on_death
        self._table = Table(uuid4())
        self._rows = ThreadPoolExecutor(1, thread_name_prefix="outbox-rows")  # one connection, statements in order
        self._tools = {lane.name: Tools(lane, self._http) for lane in LANES.values()}
        self._client: GuardedClient | None = None
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._at_work: dict[str, Counter[UUID]] = {name: Counter() for name in LANES}
        self._ended: list[Ended] = []
        self._ready: list[str] = []  # lanes in which more was ready than there were places for
        self._renewed_at = self._expires_at = 0.0
        self._thread = threading.Thread(target=self._main, name="outbox", daemon=True)
        self._stopping = threading.Event()
        self._grace_s = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._alone: Table | None = None  # that of the process in which a row is tried alone: one at a time, in no lane
        self._wake = asyncio.Event()
        self.looked_at = time.monotonic()  # when the database last said what there is to do

    # -- life --------------------------------------------------------------------------------------------------------
    def start(self) -> None:
        self._thread.start()

    def silent_s(self) -> float:
        """Return for how long the outbox has not been looked at."""
        return time.monotonic() - self.looked_at

    def ring(self) -> None:
        """Look at once; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def stop(self, grace_s: float = 10) -> None:
        """Take no more, give those at work a while, hand the rest back."""
        self._grace_s = grace_s
        self._stopping.set()
        self.ring()
        if self._thread.is_alive():
            self._thread.join(grace_s + 10)

    def _main(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as exc:
            logger.critical("the outbox's loop ended", exc_info=True)
            if self._on_death is not None:
                self._on_death(exc)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._expires_at = time.monotonic() + LEASE_S  # an outage may just be over
        backoff_s = POLL_S
        try:
            while not self._stopping.is_set():
                try:
                    pause_s = await self._round()
                    backoff_s = POLL_S
                except TROUBLE as exc:
                    logger.warning("the outbox waits for the database: %s", exc)
                    await self._in_table(_disconnect)
                    pause_s = backoff_s = min(backoff_s * 2, MOST_BACKOFF_S)
                await self._pause(pause_s)
        finally:
            await self._close()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
            await asyncio.sleep(GATHER_S)
        except TimeoutError:
            pass
        self._wake.clear()

    async def _close(self) -> None:
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=self._grace_s)
        alone = self._alone  # it ends with this process, which says nothing about its row
        for task in self._tasks.values():
            task.cancel()
        try:
            await self._write()
            await self._in_table(self._table.hand_back)
            if alone is not None:
                await self._in_table(alone.hand_back)
        except TROUBLE as exc:
            logger.warning("what the outbox held comes back with the end of its lease: %s", exc)
        await self._in_table(_disconnect)
        if self._client is not None:
            await self._client.close()
        for tools in self._tools.values():
            tools.close()
        self._rows.shutdown(wait=False)

    # -- a round -----------------------------------------------------------------------------------------------------
    async def _round(self) -> float:
        """Write what has ended, take what there are places for; returns how long to wait where nothing happens."""
        await self._write()
        await self._keep()
        ready, next_s = self._ready, None
        if not ready or time.monotonic() - self.looked_at > POLL_S / 2:
            ready, next_s = await self._in_table(self._table.look)
            self.looked_at = time.monotonic()
        self._ready = []
        claimed, is_behind = 0, False
        for lane in ready:
            self._tools[lane].check()
            free = LANES[lane].places - self._at_work[lane].total()
            rows = await self._in_table(self._table.claim, lane, free, self._at_work[lane]) if free > 0 else []
            if free <= 0 or len(rows) >= free:
                self._ready.append(lane)
            claimed += len(rows)
            is_behind = is_behind or (free > 0 and self._table.has_more)
            for row in rows:
                self._at_work[lane][row.owner_id] += 1
                self._begin(row, turn(row, self._tools[lane]), partial(self._leave, lane, row.owner_id))
        if self._alone is None and (row_alone := await self._in_table(self._table.claim_alone)) is not None:
            self._alone = Table(uuid4())
            doing = turn_alone(row_alone, self._table.worker_id, self._alone.worker_id)
            self._begin(row_alone, doing, self._leave_alone)
        if claimed and not self._ready:
            return 0  # what comes meanwhile finds places
        return min(POLL_S / 8 if is_behind else POLL_S, POLL_S if next_s is None else max(next_s, 0.001))

    def _leave(self, lane: str, owner_id: UUID) -> None:
        self._at_work[lane][owner_id] -= 1

    def _leave_alone(self) -> None:
        self._alone = None

    def _begin(self, row: Row, doing: Coroutine[Any, Any, Ended], leave: Callable[[], None]) -> None:
        async def work() -> None:
            try:
                ended = await doing
                self._ended.append(ended)  # to the list there is now
            finally:
                del self._tasks[row.id]
                leave()
                self._wake.set()

        self._tasks[row.id] = asyncio.create_task(work(), name=f"{row.kind} {row.id}")

    async def _write(self) -> None:
        """Write what came of turns; what could not be written stays, for the next round."""
        ended, self._ended = self._ended, []
        try:
            done = [one for one in ended if one.is_done]
            busy = await self._in_table(self._table.done, [one.row for one in done]) if done else set[UUID]()
            ended = [one for one in ended if not one.is_done]
            self._ended += [one for one in done if one.row.id in busy]
            while ended:
                if not await self._in_table(self._write_one, ended[0]):
                    self._ended.append(ended[0])
                del ended[0]
        except BaseException:
            self._ended[:0] = ended
            raise

    def _write_one(self, one: Ended) -> bool:
        """Write one; returns False where that has to be done later."""
        try:
            return one.write(self._table)
        except Exception as exc:
            if isinstance(exc, OSError) or is_outage(exc):
                raise
            # that row comes back with the end of its lease; the others are written
            logger.exception("what came of %s %s could not be written", one.row.kind, one.row.id)
            _disconnect()
            return True

    async def _keep(self) -> None:
        """Renew what is held; take what others let expire, once they had their time to renew it as well.

        After an outage all leases are over, and nobody is lost: who comes back first waits for the length of one.
        """
        now = time.monotonic()
        if now - self.looked_at > RENEW_S:
            self._expires_at = now + LEASE_S
        held = [*self._tasks, *(one.row.id for one in self._ended)]
        if held and now - self._renewed_at > RENEW_S:
            await self._in_table(self._table.renew, held)
            self._renewed_at = now
        if now >= self._expires_at:
            await self._in_table(self._table.expire)
            self._expires_at = now + RENEW_S

    async def _in_table(self, work: Callable[..., R], *arguments: Any) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._rows, work, *arguments)

    def _http(self) -> GuardedClient:
        if self._client is None:
            self._client = new_client()
        return self._client

    # -- without a worker --------------------------------------------------------------------------------------------
    @classmethod
    def work_off(cls) -> None:
        """Do all that is due, here and now; returns when nothing is left that is."""
        room = cls()

        async def go() -> None:
            room._loop = asyncio.get_running_loop()
            try:
                while True:
                    await room._round()
                    if not room._tasks and not room._ended and not (await room._in_table(room._table.look))[0]:
                        return
                    await room._pause(POLL_S)
            finally:
                await room._close()

        asyncio.run(go())
