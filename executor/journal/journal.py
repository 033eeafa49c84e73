"""The journal: results of all runs of this process, written in one group commit after the other.

run ── flush ──▶ wanted ──▶ one statement for all of them ──▶ publish, wake who waited

A group that PostgreSQL refuses is halved until the culprit is alone; `refused_batches` keeps what can be kept of it.
A run whose row is locked by somebody else waits by itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg

from core.database.errors import Backoff, Meaning, Trouble, meaning_of, sentence_of
from executor.database.connecting import connect
from executor.domain.lifecycle import FINAL, Status
from executor.domain.records import Batch, Buffer, Ending, EventRecord
from executor.domain.signals import Fenced, JournalRejected, Refused
from executor.journal.refused_batches import refused_step, steps_of
from executor.journal.rows import parameters_of
from executor.sql import journal_sql

logger = logging.getLogger(__name__)
FLUSH_AFTER_S = 0.1
AFTER_EFFECT_S = 0.002
LOCKED_FIRST_S, LOCKED_LONGEST_S = 0.005, 0.25
Waiters = list["asyncio.Future[None]"]


class JournaledRun(Protocol):
    """What the journal needs to know of a run."""

    execution_id: str
    epoch: int
    commit_no: int
    last_seq: int
    buffer: Buffer

    wakes: int

    def on_command(self, command: str) -> None: ...

    def on_wakes(self, wakes: int) -> None: ...

    def on_rejected(self, problem: JournalRejected) -> None: ...

    def progress(self) -> EventRecord | None: ...


Key = tuple[str, int]


def _key(run: JournaledRun) -> Key:
    return run.execution_id, run.epoch


@dataclass(slots=True)
class Entry:
    """A batch of a run on its way, and who waits for it."""

    run: JournaledRun
    batch: Batch
    waiters: Waiters
    locked: int = 0  # how often its row was somebody else's
    refused: int = 0  # how often it was refused alone

    def settle(self, problem: Exception | None) -> None:
        for waiter in self.waiters:
            if waiter.done():
                continue
            if problem is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(problem)


class Journal:
    """Commits for the runs of one process. One batch of a run is in flight at a time."""

    def __init__(self, database_url: str, *, published: Callable[[Sequence[Batch]], None]) -> None:
        self._url = database_url
        self._published = published
        self._connection: psycopg.AsyncConnection[dict[str, Any]] | None = None
        # By run and epoch: a run that was lost and claimed again is in this process twice for a moment.
        self._wanted: dict[Key, JournaledRun] = {}
        self._endings: dict[Key, Ending] = {}
        self._waiters: dict[Key, Waiters] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._locked: dict[Key, Entry] = {}  # batches whose row is somebody else's for now
        self._due: list[Entry] = []  # those of them that are to be tried again
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._backoff = Backoff()
        self._wanted_since: float | None = None
        self._writing_since: float | None = None
        self.trouble = Trouble()
        self.commits = 0
        self.rows = 0

    # -- what runs ask for --------------------------------------------------------------------------------------------
    def dirty(self, run: JournaledRun, within_s: float = FLUSH_AFTER_S) -> None:
        """See to it that what is buffered is durable in a while; with no time to wait, in the next commit."""
        if within_s <= 0:
            self._want(run)
            return
        timer = self._timers.get(_key(run))
        loop = asyncio.get_running_loop()
        if timer is not None:
            if timer.when() <= loop.time() + within_s:
                return
            timer.cancel()
        self._timers[_key(run)] = loop.call_later(within_s, self._want, run)

    async def flush(self, run: JournaledRun) -> None:
        """Return when all that is buffered is durable. Raises: Fenced, JournalRejected."""
        await self._commit_of(run)

    async def finish(self, run: JournaledRun, ending: Ending) -> None:
        """Write the last batch of a run segment and its transition. Raises: Fenced, Refused, JournalRejected."""
        self._endings[_key(run)] = ending
        try:
            await self._commit_of(run)
        finally:
            if self._endings.get(_key(run)) is ending:
                del self._endings[_key(run)]
        timer = self._timers.pop(_key(run), None)
        if timer is not None:
            timer.cancel()

    def forget(self, run: JournaledRun) -> None:
        timer = self._timers.pop(_key(run), None)
        if timer is not None:
            timer.cancel()
        self._wanted.pop(_key(run), None)

    async def _commit_of(self, run: JournaledRun) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(_key(run), []).append(future)
        self._want(run)
        await future

    def _want(self, run: JournaledRun) -> None:
        timer = self._timers.pop(_key(run), None)
        if timer is not None:
            timer.cancel()
        self._wanted[_key(run)] = run
        if _key(run) not in self._locked:
            self._ring()

    def _ring(self) -> None:
        if self._wanted_since is None:
            self._wanted_since = time.monotonic()
        self._wake.set()

    def stop(self) -> None:
        """End the loop after what is wanted now; what cannot be written by then is given up."""
        self._stopping.set()
        self._wake.set()

    def waited_s(self, now: float) -> float:
        """Return how long a commit has been wanted, or is under way."""
        moments = [since for since in (self._wanted_since, self._writing_since) if since is not None]
        return now - min(moments) if moments else 0.0

    # -- the loop -----------------------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Commit until `stop`."""
        try:
            while not self._stopping.is_set():
                await self._wake.wait()
                self._wake.clear()
                await asyncio.sleep(0)  # runs that are about to ask in this turn of the loop ride along
                self._wanted_since, self._writing_since = None, time.monotonic()
                await self._write(self._taken())
                self._writing_since = None
        finally:
            self._give_up()

    def _taken(self) -> list[Entry]:
        """Return what is to be written now; a run whose last batch is still on its way has to wait for that."""
        due, self._due = self._due, []
        wanted, self._wanted = self._wanted, {}
        newest = {run.execution_id: run.epoch for run in wanted.values()}
        for entry in self._locked.values():
            newest[entry.batch.execution_id] = max(newest.get(entry.batch.execution_id, 0), entry.batch.epoch)
        taken = [entry for entry in due if self._is_newest(entry.run, newest, entry.waiters)]
        for key, run in wanted.items():
            if key in self._locked:
                self._wanted[key] = run
            elif self._is_newest(run, newest, self._waiters.get(key, [])):
                taken.append(Entry(run, self._batch(run), self._waiters.pop(key, [])))
            else:
                self._waiters.pop(key, None)
        for entry in due:
            self._locked.pop(_key(entry.run), None)
        return taken

    def _is_newest(self, run: JournaledRun, newest: dict[str, int], waiters: Waiters) -> bool:
        """Tell whether nobody claimed a run again; who did not notice hears of it."""
        if run.epoch >= newest.get(run.execution_id, 0):
            return True
        run.buffer.closed = True
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(Fenced(run.execution_id))
        return False

    def _batch(self, run: JournaledRun) -> Batch:
        taken = run.buffer.take()
        ending = self._endings.pop(_key(run), None)
        progress = run.progress()
        if progress is not None:
            taken.events.append(progress)
        events = taken.events if ending is None else [*taken.events, ending.event]
        return Batch(
            run.execution_id, run.epoch, run.commit_no + 1, list(taken.rows.values()), events, ending, taken.response,
            taken.waits, run.wakes if ending is None else ending.wakes,
            closes_tasks=ending is not None and ending.closes_tasks, taken=taken,
        )  # fmt: skip

    async def _write(self, group: list[Entry]) -> None:
        """Write a group in one statement; what stands in the way of all is waited for, what is one's alone is his."""
        while group:
            try:
                found = await self._execute([entry.batch for entry in group])
            except Exception as exc:
                meaning = meaning_of(exc)
                if meaning is Meaning.LOCKED and len(group) == 1:
                    self._hold(group[0])
                    return
                if meaning in (Meaning.REFUSED, Meaning.LOCKED):
                    logger.warning("the journal refuses a batch of %d runs: %s", len(group), sentence_of(exc))
                    await self._halve(group, exc)
                    return
                self.trouble.begins(exc, time.monotonic())
                logger.warning("the journal has to wait: %s", sentence_of(exc), exc_info=meaning is Meaning.UNFIT)
                group = await self._after_break(group)
                continue
            self._backoff.succeeded()
            self.trouble.ends(time.monotonic())
            self._sort_out(group, found)
            return

    async def _halve(self, group: list[Entry], exc: Exception) -> None:
        if len(group) == 1:
            group[0].refused += 1
            if group[0].refused == 1:
                await self._write(group)
            else:
                await self._keep_what_can_be(group[0], exc)
            return
        middle = len(group) // 2
        await self._write(group[:middle])
        await self._write(group[middle:])

    async def _keep_what_can_be(self, entry: Entry, exc: Exception) -> None:
        """Write what can be written of a refused batch; its run is told, whether somebody waits or not."""
        run, batch = entry.run, entry.batch
        logger.error("execution %s wants to store what nobody can: %s", batch.execution_id, sentence_of(exc))
        problem = JournalRejected(sentence_of(exc))
        for step in steps_of(batch):
            step.commit_no = run.commit_no + 1
            alone = Entry(run, step, [])
            try:
                found = await self._execute([step])
            except Exception as again:
                logger.warning("of execution %s a row is not stored", batch.execution_id, exc_info=again)
                if meaning_of(again) is not Meaning.REFUSED:
                    entry.settle(Fenced(batch.execution_id))  # it is taken up again from what is stored
                    return
                if not step.rows:
                    continue
                problem = JournalRejected(sentence_of(again), step.rows[0].place())
                refused_step(step, problem.as_error())
                try:
                    found = await self._execute([step])
                except Exception:
                    logger.exception("not even the failure of node %s can be stored", step.rows[0].node_id)
                    continue
            self._sort_out([alone], found)
            if run.buffer.closed:
                break
        entry.settle(problem)
        run.on_rejected(problem)
        if self._endings.pop(_key(run), None) is not None:  # it was decided before this was known
            for waiter in self._waiters.pop(_key(run), []):
                if not waiter.done():
                    waiter.set_exception(Refused("failure"))

    def _sort_out(self, group: list[Entry], found: dict[str, dict[str, Any]]) -> None:
        done: list[Batch] = []
        for entry in group:
            run, batch = entry.run, entry.batch
            row = found.get(batch.execution_id)
            if row is None:
                self._hold(entry)
            elif row["last_seq"] is not None:
                self._committed(run, batch, int(row["last_seq"]))
                done.append(batch)
                if row["command"] and batch.ending is None:
                    run.on_command(row["command"])
                if row["wakes"] != batch.wakes and batch.ending is None:
                    run.on_wakes(row["wakes"])
                entry.settle(None)
            elif row["status"] == "running" and row["epoch"] == batch.epoch and batch.ending is not None:
                run.buffer.put_back(batch.taken)
                entry.settle(Refused(row["command"] or "woken"))
            else:
                run.buffer.closed = True
                entry.settle(Fenced(batch.execution_id))
            if row is not None and _key(run) in self._wanted:
                self._ring()
        if done:
            self._published(done)

    def _hold(self, entry: Entry) -> None:
        """Try a batch again in a while: somebody else holds its row. Nobody else waits for it."""
        entry.locked += 1
        self._locked[_key(entry.run)] = entry
        pause = min(LOCKED_FIRST_S * 2.0 ** min(entry.locked - 1, 10), LOCKED_LONGEST_S)
        asyncio.get_running_loop().call_later(pause, self._try_again, entry)

    def _try_again(self, entry: Entry) -> None:
        if self._locked.get(_key(entry.run)) is entry:
            self._due.append(entry)
            self._ring()

    def _committed(self, run: JournaledRun, batch: Batch, last_seq: int) -> None:
        run.commit_no = batch.commit_no
        run.last_seq = last_seq
        batch.first_seq = last_seq - len(batch.events) + 1
        self.commits += 1
        self.rows += len(batch.rows)

    async def _execute(self, batches: list[Batch]) -> dict[str, dict[str, Any]]:
        waits = any(batch.waits or batch.closes_tasks for batch in batches)
        parameters = parameters_of(batches, with_waits=waits)
        connection = await self._connected()
        cursor = await connection.execute(journal_sql.COMMIT_WAITING if waits else journal_sql.COMMIT, parameters)
        return {str(row["execution_id"]): row for row in await cursor.fetchall()}

    async def _after_break(self, group: list[Entry]) -> list[Entry]:
        """Find out which batches are in: nobody knows whether a commit happened whose answer was lost."""
        while True:
            connection, self._connection = self._connection, None
            if connection is not None:
                await connection.close()
            if await self._stops_within(self._backoff.next_s()):
                for entry in group:
                    entry.settle(Fenced(entry.batch.execution_id))
                return []
            try:
                connection = await self._connected()
                ids = [entry.batch.execution_id for entry in group]
                cursor = await connection.execute(journal_sql.COMMIT_NUMBERS, {"ids": ids})
                rows = {str(row["execution_id"]): row for row in await cursor.fetchall()}
                break
            except (psycopg.Error, OSError) as exc:
                self.trouble.begins(exc, time.monotonic())
        return [entry for entry in group if not self._is_in(entry, rows.get(entry.batch.execution_id))]

    def _is_in(self, entry: Entry, row: dict[str, Any] | None) -> bool:
        if not row or row["epoch"] != entry.batch.epoch or row["commit_no"] != entry.batch.commit_no:
            return False
        self._committed(entry.run, entry.batch, int(row["last_seq"]))
        self._published([entry.batch])
        entry.settle(None)
        return True

    async def _stops_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass
        return self._stopping.is_set()

    async def _connected(self) -> psycopg.AsyncConnection[dict[str, Any]]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = await connect(self._url)
        return self._connection

    def _give_up(self) -> None:
        """Let go of who still waits: what is not written is done again by whoever takes the run up."""
        for entry in self._locked.values():
            entry.settle(Fenced(entry.batch.execution_id))
        for key, waiters in self._waiters.items():
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_exception(Fenced(key[0]))
        self._locked.clear()
        self._waiters.clear()

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


def is_final(batch: Batch) -> bool:
    return batch.ending is not None and Status(batch.ending.status) in FINAL
