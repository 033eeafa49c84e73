"""Which runs a worker takes, and when: as many as it has places for, by bell, by poll, and as places become free."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

import psycopg

from core.database.errors import sentence_of
from core.fairness.room import HeldByOwners
from core.json.key_order import as_written
from executor.database.statements import Control
from executor.domain.claimed import ClaimedRun
from executor.sql import lost_runs_sql, queue_sql

AS_WRITTEN = ("variables", "pinned", "partial")  # of what a run was started with: their keys keep their order
logger = logging.getLogger(__name__)
FORGOTTEN_S = 5.0
GATHER_S = 0.004
# Another worker may have been at the same runs: they were locked, and by now are taken or free.
ONCE_MORE_S = 0.02
MOST_SERVED = 200
ONE_BY_ONE = 200
FIRST = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))


class Start(Protocol):
    """Who drives what was claimed."""

    def __call__(self, claimed: ClaimedRun, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Places:
    """What a worker has room for: `taken` says how many runs it holds, `start` takes one more."""

    most: int
    taken: Callable[[], int]
    start: Start
    only_suspects: bool = False  # those that are to be tried alone, and nothing else

    @property
    def free(self) -> int:
        return self.most - self.taken()


class Claims:
    """The claims of one worker, one at a time."""

    def __init__(
        self, control: Control, worker_id: UUID, places: Places, spawn: Callable[[Coroutine[Any, Any, None]], None]
    ) -> None:
        self._control = control
        self._worker_id = worker_id
        self._places = places
        self._spawn = spawn
        self._bells: set[str] = set()
        self._bell = asyncio.Event()
        self._claiming = asyncio.Lock()
        self._held = HeldByOwners()
        self._served: dict[UUID, None] = {}  # owners, the one served last at the end
        self._was_full = False
        self._limited_wanted = False
        self._is_tried_again = False
        self._limited_after = uuid4()  # the owner that was looked at last; at first anywhere
        self._tried_to: dict[str, tuple[datetime, UUID]] = {}  # how far the runs were tried one by one
        self._claiming_since: float | None = None
        self.is_closed = False

    # -- what calls for a claim --------------------------------------------------------------------------------------
    def ring(self, execution_id: str) -> None:
        """Look at an execution."""
        self._bells.add(execution_id)
        self._bell.set()

    def look_for_work(self) -> None:
        """There are runs nobody was told of one by one."""
        if self._places.free > 0 and not self._places.only_suspects:
            self._spawn(self._claim_older(age_s=0))
            self._spawn(self._claim_limited())

    def place_freed(self, run: ClaimedRun) -> None:
        """A run has ended: fill its place in a moment, together with those that become free meanwhile."""
        self._held.gave_back(run.owner_id)
        if self.is_closed:
            return
        if self._places.only_suspects:
            self._spawn(self.forgotten())
            return
        later = asyncio.get_running_loop().call_later
        if run.limit_key is not None and not self._limited_wanted:
            self._limited_wanted = True
            later(GATHER_S, lambda: self._spawn(self._claim_limited()))
        if self._was_full:
            self._was_full = False
            later(GATHER_S, lambda: self._spawn(self._claim_older(age_s=0)))
            if not self._limited_wanted:
                self._limited_wanted = True
                later(GATHER_S, lambda: self._spawn(self._claim_limited()))

    async def on_bell(self, stopped: asyncio.Event) -> None:
        """Claim what is rung for, until `stopped`."""
        while not stopped.is_set():
            await self._bell.wait()
            self._bell.clear()
            ids, self._bells = list(self._bells), set()
            if self._places.only_suspects:
                continue
            await self._claim(queue_sql.CLAIM_RUNG, ids=ids)
            if len(ids) > self._places.taken():
                await self._claim_limited()

    def wake(self) -> None:
        """Let `on_bell` see that it is to stop."""
        self._bell.set()

    async def forgotten(self) -> None:
        """Claim what nobody rang for."""
        if self._places.only_suspects:
            await self._claim_locked(queue_sql.CLAIM_SUSPECT)
            return
        await self._claim_older(age_s=FORGOTTEN_S)
        await self._claim_limited()

    async def close(self) -> None:
        """Take no more; what a claim under way brings has been started when this returns."""
        self.is_closed = True
        with contextlib.suppress(TimeoutError):  # the database may be away
            async with asyncio.timeout(2), self._claiming:
                pass

    # -- claiming ----------------------------------------------------------------------------------------------------
    async def _claim_older(self, age_s: float) -> None:
        """Claim what has waited so long; once more in a moment, if this worker might stand idle beside what waits."""
        await self._claim(queue_sql.CLAIM_OLDER, age_s=age_s)
        if not self._was_full and not self._is_tried_again:
            self._is_tried_again = True
            asyncio.get_running_loop().call_later(ONCE_MORE_S, lambda: self._spawn(self._try_again(age_s)))

    async def _try_again(self, age_s: float) -> None:
        self._is_tried_again = False
        await self._claim(queue_sql.CLAIM_OLDER, age_s=age_s)

    async def _claim(self, statement: str, **which: Any) -> None:
        async with self._claiming:
            free = self._places.free
            self._was_full = free <= 0
            if self.is_closed or free <= 0:
                return
            asked = {**which, **self._held.asked(free), "worker": self._worker_id, "served": list(self._served)}
            try:
                rows = await self._timed(self._control.query(statement, asked))
            except psycopg.Error as exc:
                await self._one_by_one(exc, queue_sql.WAITING)
                return
            for claimed in self._started(rows):
                self._served.pop(claimed.owner_id, None)
                self._served[claimed.owner_id] = None
            while len(self._served) > MOST_SERVED:
                del self._served[next(iter(self._served))]
            left = free - len(rows)
            self._was_full = left <= 0 or self._held.somebody_is_held_back(left)  # there may be more than we could take

    async def _claim_limited(self) -> None:
        """Claim runs of which only so many may run at once, if there are any."""
        self._limited_wanted = False
        if self.is_closed:
            return
        if self._places.free <= 0:
            self._was_full = True
            return
        asked = {"after": self._limited_after, "most": queue_sql.OWNERS}
        owners = [row["owner_id"] for row in await self._control.query(queue_sql.LIMITED_OWNERS, asked)]
        if owners:
            self._limited_after = owners[-1]  # those of more owners than are looked at have their turn next time
            await self._claim_locked(queue_sql.CLAIM_LIMITED, owners=owners)

    async def _claim_locked(self, statement: str, **which: Any) -> None:
        async with self._claiming:
            free = self._places.free
            if self.is_closed:
                return
            if free <= 0:
                self._was_full = True
                return
            asked = {**which, **self._held.asked(free), "worker": self._worker_id}
            try:
                rows = await self._timed(self._control.locked(queue_sql.LIMITED_LOCK, statement, asked))
            except psycopg.Error as exc:
                suspects = statement == queue_sql.CLAIM_SUSPECT
                await self._one_by_one(exc, queue_sql.WAITING_SUSPECTS if suspects else queue_sql.WAITING_LIMITED)
                return
            self._started(rows)

    def _started(self, rows: list[dict[str, Any]]) -> list[ClaimedRun]:
        """Hand what a claim returned to who drives it."""
        claimed = [ClaimedRun(**row | {name: as_written(row[name]) for name in AS_WRITTEN}) for row in rows]
        for run in claimed:
            self._held.took(run.owner_id)
            self._places.start(run)
        return claimed

    async def _timed(self, claim: Coroutine[Any, Any, list[dict[str, Any]]]) -> list[dict[str, Any]]:
        self._claiming_since = time.monotonic()
        try:
            return await claim
        finally:
            self._claiming_since = None

    def waited_s(self, now: float) -> float:
        """Return how long a claim has been under way."""
        return 0.0 if self._claiming_since is None else now - self._claiming_since

    async def _one_by_one(self, exc: psycopg.Error, waiting: str) -> None:
        """Take what waits one by one, after a claim that a row of somebody's made fail; that row ends alone."""
        logger.error("a claim is refused, runs are taken one by one: %s", sentence_of(exc))
        queued_at, after = self._tried_to.get(waiting, FIRST)
        found = await self._control.query(waiting, {"queued_at": queued_at, "after": after, "most": ONE_BY_ONE})
        if len(found) < ONE_BY_ONE:
            self._tried_to.pop(waiting, None)  # the next time from the first one on
        else:
            self._tried_to[waiting] = found[-1]["queued_at"], found[-1]["execution_id"]
        for row in found:
            if self.is_closed or self._places.free <= 0:
                self._tried_to[waiting] = queued_at, after
                return
            asked = {"ids": [row["execution_id"]], "most": 1, "worker": self._worker_id}
            try:
                rows = await self._control.locked(queue_sql.LIMITED_LOCK, queue_sql.CLAIM_ONE, asked)
            except psycopg.Error as alone:
                logger.exception("execution %s cannot be claimed", row["execution_id"])
                await self._end_unclaimable(row["execution_id"], sentence_of(alone))
                continue
            self._started(rows)

    async def _end_unclaimable(self, execution_id: UUID, cause: str) -> None:
        try:
            await self._control.query(lost_runs_sql.FAIL_UNCLAIMABLE, {"id": execution_id, "cause": cause})
        except psycopg.Error:
            logger.exception("execution %s cannot even be ended", execution_id)
