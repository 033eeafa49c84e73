"""The journal: results of all runs of this process, written in one group commit after the other.

run ── flush ──▶ wanted ──▶ one statement for all of them ──▶ publish, wake who waited
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import orjson
import psycopg
from psycopg import errors as pg_errors
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads

from core.packing import pack
from executor import journal_sql
from executor.domain.lifecycle import FINAL, Status
from executor.records import Batch, Buffer, Ending, EventRecord

logger = logging.getLogger(__name__)
FLUSH_AFTER_S = 0.1
AFTER_EFFECT_S = 0.002
RETRY_S = 0.25


class Fenced(Exception):
    """Another worker holds this run, or it has ended: whatever we still do with it does not count."""


class Refused(Exception):
    """The transition is not granted: a command was set meanwhile."""


class JournalRejected(Exception):
    """PostgreSQL refuses what this run wants to store."""


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

    def progress(self) -> EventRecord | None: ...


Key = tuple[str, int]


def _key(run: JournaledRun) -> Key:
    return run.execution_id, run.epoch


async def connect(database_url: str) -> psycopg.AsyncConnection[dict[str, Any]]:
    connection = await psycopg.AsyncConnection.connect(
        database_url,
        autocommit=True,
        row_factory=dict_row,
        prepare_threshold=0,
        connect_timeout=5,
        application_name="heddle-engine",
        options="-c plan_cache_mode=force_generic_plan -c jit=off -c timezone=UTC",
    )
    set_json_loads(orjson.loads, connection)
    return connection


class Journal:
    """Commits for the runs of one process. One batch of a run is in flight at a time."""

    def __init__(self, database_url: str, *, published: Callable[[Sequence[Batch]], None]) -> None:
        self._url = database_url
        self._published = published
        self._connection: psycopg.AsyncConnection[dict[str, Any]] | None = None
        # By run and epoch: a run that was lost and claimed again is in this process twice for a moment.
        self._wanted: dict[Key, JournaledRun] = {}
        self._endings: dict[Key, Ending] = {}
        self._waiters: dict[Key, list[asyncio.Future[None]]] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._wake = asyncio.Event()
        self._stopping = False
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
        self._wake.set()

    def stop(self) -> None:
        """End the loop after what is wanted now."""
        self._stopping = True
        self._wake.set()

    # -- the loop -----------------------------------------------------------------------------------------------------
    async def run(self) -> None:
        """Commit until `stop`."""
        while not self._stopping:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(0)  # runs that are about to ask in this turn of the loop ride along
            wanted, self._wanted = list(self._wanted.values()), {}
            newest = {run.execution_id: run for run in sorted(wanted, key=lambda run: run.epoch)}
            for run in wanted:
                if newest[run.execution_id] is not run:
                    run.buffer.closed = True
                    _settle(self._waiters.pop(_key(run), []), Fenced(run.execution_id))
            work = [(run, self._batch(run), self._waiters.pop(_key(run), [])) for run in newest.values()]
            await self._write_all(work)

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

    async def _write_all(self, work: list[tuple[JournaledRun, Batch, list[asyncio.Future[None]]]]) -> None:
        pending = work
        alone = False
        while pending:
            groups = [[entry] for entry in pending] if alone else [pending]
            again: list[tuple[JournaledRun, Batch, list[asyncio.Future[None]]]] = []
            for group in groups:
                again.extend(await self._write(group, alone=alone))
            alone = bool(again) and len(again) == len(pending) and not alone and self._split
            pending = again

    _split = False

    async def _write(
        self, group: list[tuple[JournaledRun, Batch, list[asyncio.Future[None]]]], *, alone: bool
    ) -> list[tuple[JournaledRun, Batch, list[asyncio.Future[None]]]]:
        """Write one statement; returns what has to be tried again."""
        self._split = False
        try:
            found = await self._execute([batch for _, batch, _ in group])
        except (pg_errors.DataError, pg_errors.ProgramLimitExceeded, pg_errors.IntegrityError) as exc:
            if len(group) > 1:
                self._split = True
                return group
            logger.exception("the journal refuses a batch of execution %s", group[0][1].execution_id)
            _settle(group[0][2], JournalRejected(str(exc)))
            return []
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as exc:
            logger.warning("the journal lost its connection: %s", exc)
            return await self._after_break(group)
        return self._sort_out(group, found)

    def _sort_out(
        self, group: list[tuple[JournaledRun, Batch, list[asyncio.Future[None]]]], found: dict[str, dict[str, Any]]
    ) -> list[tuple[JournaledRun, Batch, list[asyncio.Future[None]]]]:
        again: list[tuple[JournaledRun, Batch, list[asyncio.Future[None]]]] = []
        done: list[Batch] = []
        for run, batch, waiters in group:
            row = found.get(batch.execution_id)
            if row is None:
                again.append((run, batch, waiters))  # its row is locked: next round
            elif row["last_seq"] is not None:
                self._committed(run, batch, int(row["last_seq"]))
                done.append(batch)
                if row["command"] and batch.ending is None:
                    run.on_command(row["command"])
                if row["wakes"] != batch.wakes and batch.ending is None:
                    run.on_wakes(row["wakes"])
                _settle(waiters, None)
            elif row["status"] == "running" and row["epoch"] == batch.epoch and batch.ending is not None:
                run.buffer.put_back(batch.taken)
                _settle(waiters, Refused(row["command"] or "woken"))
            else:
                run.buffer.closed = True
                _settle(waiters, Fenced(batch.execution_id))
        if done:
            self._published(done)
        return again

    def _committed(self, run: JournaledRun, batch: Batch, last_seq: int) -> None:
        run.commit_no = batch.commit_no
        run.last_seq = last_seq
        batch.first_seq = last_seq - len(batch.events) + 1
        self.commits += 1
        self.rows += len(batch.rows)

    async def _execute(self, batches: list[Batch]) -> dict[str, dict[str, Any]]:
        connection = await self._connected()
        runs: list[dict[str, Any]] = []
        rows: list[dict[str, Any]] = []
        outputs: list[bytes] = []
        told: list[bytes] = []
        ends: list[dict[str, Any]] = []
        for batch in batches:
            ending = batch.ending
            runs.append({
                "execution_id": batch.execution_id, "epoch": batch.epoch, "commit_no": batch.commit_no,
                "events": len(batch.events), "status": str(ending.status) if ending else None,
                "running_ms": ending.running_ms if ending else None, "wakes": batch.wakes,
            })  # fmt: skip
            rows.extend(row.as_record(batch.execution_id) for row in batch.rows)
            outputs.extend(b"" if row.raw_outputs is None else pack(row.raw_outputs) for row in batch.rows)
            told.append(pack(orjson.dumps([event.as_record() for event in batch.events])))
            record: dict[str, Any] = {"execution_id": batch.execution_id}
            if ending is not None and ending.end_reason is not None:
                record = ending.as_record(batch.execution_id)
            if len(record) > 1 or batch.response is not None:
                ends.append({**record, "response": batch.response})
        parameters: dict[str, Any] = {
            name: orjson.dumps(value).decode() for name, value in (("runs", runs), ("rows", rows), ("ends", ends))
        }
        parameters |= {"outputs": outputs, "told": told}
        statement = journal_sql.COMMIT
        if any(batch.waits or batch.closes_tasks for batch in batches):
            statement = journal_sql.COMMIT_WAITING
            waits = [(batch, wait) for batch in batches for wait in batch.waits]
            records = [wait.as_record(batch.execution_id) for batch, wait in waits if not wait.is_detached]
            children = [child for _, wait in waits for child in wait.children]
            tasks = [wait.task for _, wait in waits if wait.task is not None]
            for name, value in (("waits", records), ("tasks", tasks), ("children", children)):
                parameters[name] = orjson.dumps(value).decode()
        cursor = await connection.execute(statement, parameters)
        return {str(row["execution_id"]): row for row in await cursor.fetchall()}

    async def _after_break(
        self, group: list[tuple[JournaledRun, Batch, list[asyncio.Future[None]]]]
    ) -> list[tuple[JournaledRun, Batch, list[asyncio.Future[None]]]]:
        """Find out which batches are in: nobody knows whether a commit happened whose answer was lost."""
        await asyncio.sleep(RETRY_S)
        try:
            connection = await self._connected()
            ids = [batch.execution_id for _, batch, _ in group]
            cursor = await connection.execute(journal_sql.COMMIT_NUMBERS, {"ids": ids})
            rows = {str(row["execution_id"]): row for row in await cursor.fetchall()}
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError):
            return group
        again: list[tuple[JournaledRun, Batch, list[asyncio.Future[None]]]] = []
        for run, batch, waiters in group:
            row = rows.get(batch.execution_id)
            if row and row["epoch"] == batch.epoch and row["commit_no"] == batch.commit_no:
                self._committed(run, batch, int(row["last_seq"]))
                self._published([batch])
                _settle(waiters, None)
            else:
                again.append((run, batch, waiters))
        return again

    async def _connected(self) -> psycopg.AsyncConnection[dict[str, Any]]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = await connect(self._url)
        return self._connection

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


def _settle(waiters: list[asyncio.Future[None]], problem: Exception | None) -> None:
    for waiter in waiters:
        if waiter.done():
            continue
        if problem is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(problem)


def is_final(batch: Batch) -> bool:
    return batch.ending is not None and Status(batch.ending.status) in FINAL
