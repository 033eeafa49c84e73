"""The engine of a worker process: one event loop that claims runs, drives their graphs and keeps the lease.

bell ─▶ claim ─▶ compile (cached) ─▶ LangGraph drives `Run.run_nodes` ─▶ journal ─▶ end ─▶ next claim

Its loops are parts of one whole: when one of them ends, the process hands back what it holds and ends too.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from django.db import DatabaseError

from core.http.client import GuardedClient
from core.process import garbage
from executor.compute.pool import Compute
from executor.database.orm import DatabaseWork
from executor.database.statements import Control, stops_within
from executor.domain.claimed import ClaimedRun
from executor.domain.program import Program
from executor.domain.signals import DatabaseLost
from executor.driver.run_driver import Around, RunDriver
from executor.journal.journal import Journal
from executor.journal.publisher import Publisher
from executor.node.providing import Services
from executor.process.handing_back import give_up, give_up_stuck, suspects_of
from executor.process.lease import SHORT_LEASE_S, Lease, Standing
from executor.process.memory import Holder, Memory
from executor.process.quarantine import Quarantine
from executor.process.standing import Refusals, Watched
from executor.process.supervision import PartEnded, Parts
from executor.process.watchdog import watch_loop
from executor.queue.claiming import Claims, Places
from executor.remote.worker import JobPlaces, Jobs
from executor.run.state import Run
from executor.sandbox.pool import Pool
from executor.sql import journal_sql, verbs_sql
from executor.waits.parents import Parents
from executor.waits.suspension import Suspension
from nodes.catalogue import Catalogue
from nodes.registry import builtin_catalogue

logger = logging.getLogger(__name__)
POLL_S = 0.25
DATABASE_THREADS = 4
STRAY_S = 10.0
GRACE_S = 10.0
SHORT_GRACE_S = 2.0
HAND_BACK_S = 5.0
CLOSE_S = 1.0
AGAIN_S = 0.5
REFUSALS = (psycopg.Error, DatabaseError, DatabaseLost)
ENDLESS = ("publisher", "commands", "watchdog")  # loops that are cancelled at the end


@dataclass(frozen=True)
class EngineConfig:
    """What the engine needs from its surroundings. `load` makes a definition's program; it runs in a thread."""

    worker_id: UUID
    database_url: str
    redis_url: str
    load: Callable[[str, str, UUID], Program[Run]]
    cached: Callable[[str, str], Program[Run] | None]
    run_in_database: Callable[..., Any]
    stop_below: Callable[[str], Any] = lambda execution_id: None
    allowed_hosts: Sequence[str] = ()
    name: str = ""  # the same after a restart; "": nobody's
    runs_at_once: int = 100
    takes_runs: bool = True
    queues: tuple[str, ...] = ()  # whose nodes it runs for others
    nodes_at_once: int = 20
    is_alone: bool = False  # it takes one by one what took its processes down
    quarantine: Callable[[UUID], Sequence[str]] | None = None  # the command of such a process, by its worker's id
    sandbox_parents: int = 3
    memory_bytes: int = 2**31  # what the process may take
    compute_places: int = 4
    compute_memory_bytes: int = 512 * 2**20
    sandbox_at_start: bool = True  # else with the first code that is to run
    catalogue: Catalogue = field(default_factory=builtin_catalogue)
    abilities: Mapping[str, str] = field(default_factory=dict[str, str])  # factories of what its nodes may ask for
    tell_of_wake: Callable[[UUID, str], Any] = lambda execution_id, status: None
    send_nodes: Callable[[str], Any] = lambda queue: None
    beside: Callable[[float], Standing] = lambda now: {}  # what else of this process stands still
    on_stuck: Callable[[], None] | None = None  # called in another thread when the loop does not come back
    on_end: Callable[[BaseException], None] = lambda cause: None  # a part ended: whatever happens, the process follows
    keep_dead_letter: Callable[..., Any] = lambda **letter: None


class Engine:
    """Runs executions in this process."""

    def __init__(self, config: EngineConfig) -> None:
        self.config = config
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="database")
        self._stopped = asyncio.Event()
        self.parts = Parts(self._stopped)
        self.database = DatabaseWork(config.run_in_database, self._threads, DATABASE_THREADS)
        self.in_database = self.database.do
        self.publisher = Publisher(config.redis_url, self.ring_commands, self.look_for_work)
        self.journal = Journal(config.database_url, published=self._published)
        self.sandbox = Pool(config.sandbox_parents)
        self.computing = Compute(config.compute_places, config.compute_memory_bytes)
        http = GuardedClient(config.allowed_hosts)
        self.services = Services(http, self.in_database, self.sandbox, self.computing, config.abilities)
        self.control = Control(config.database_url, self._stopped)
        self.memory = Memory(
            config.memory_bytes, self._holders, lambda: self.is_idle, self._has_room,
            is_alone=config.is_alone, tries_alone=config.quarantine is not None,
        )  # fmt: skip
        places = Places(config.runs_at_once if config.takes_runs else 0, self._taken, self._start, config.is_alone)
        self.claims = Claims(self.control, config.worker_id, places, self._spawn)
        self.watched = Watched(self.journal, self.control, self.claims, self.database, Refusals())
        # On a connection of its own: a claim that has to wait ends no lease.
        self._lease_control = Control(config.database_url, self._stopped)
        self.lease = Lease(self._lease_control, config.worker_id, config.name or str(config.worker_id), self._standing)
        self.lease_left_s = self.lease.left_s
        self.parents = Parents(self.control, self._woken, self._spawn)
        self.jobs = Jobs(
            self.control, config.worker_id,
            JobPlaces(
                config.queues, config.nodes_at_once, self._woken_by_job, config.is_alone,
                lambda: self._takes_nothing or (config.is_alone and bool(self._tasks)),
            ),
            self.services, config.catalogue, self.lease.check, self._spawn,
        )  # fmt: skip
        self.suspension = Suspension(self.control, self.journal, self._look_for_commands, self._spawn)
        around = Around(
            config.load, config.cached, self.control, self.journal, self.services, self.lease.left_s,
            config.memory_bytes, config.is_alone, self._connect, self._ended, self._again, self._bury,
        )  # fmt: skip
        self.run_driver = RunDriver(around)
        self.runs = self.run_driver.runs
        self.quarantine = Quarantine(
            config.quarantine, (config.takes_runs, config.queues), self.control, self._bury, self._woken_by_job
        )

    # -- from other threads ------------------------------------------------------------------------------------------
    def ring(self, execution_id: str) -> None:
        """Look at an execution; call it on the engine's loop."""
        self.claims.ring(execution_id)

    def ring_commands(self, execution_id: str) -> None:
        """A command was set for a run: ask at once instead of at the next poll."""
        if execution_id in self.runs:
            self._spawn(self._look_for_commands())

    def look_for_work(self) -> None:
        """There are runs nobody was told of one by one."""
        self.claims.look_for_work()

    # -- life --------------------------------------------------------------------------------------------------------
    async def serve(self) -> None:
        """Work until `close` is done. Raises: PartEnded, where one of the parts ended before."""
        await self.lease.beat(self._details())
        garbage.settle()
        self.jobs.look()
        if self.config.sandbox_at_start:
            self._spawn(self.sandbox.start(), "sandbox")
        for name, part in self._loops().items():
            self.parts.start(name, part, leaves=name not in ENDLESS)
        if self.config.is_alone:
            self._spawn(self.claims.forgotten(), "claims")
        ended: PartEnded | None = None
        try:
            ended = await self.parts.first_to_end()
            if ended is not None:
                self.config.on_end(ended)
                await self._hand_all_back(ended)
        finally:
            await self._let_go()
        if ended is not None:
            raise ended

    def _loops(self) -> dict[str, Coroutine[Any, Any, None]]:
        return {
            "journal": self.journal.run(),
            "heartbeat": self.lease.run(self._details, self._stopped),
            "polling": self._poll(),
            "claims": self.claims.on_bell(self._stopped),
            "publisher": self.publisher.announce(),
            "commands": self.publisher.listen(),
            "memory": self.memory.watch(self._stopped),
            "watchdog": watch_loop(None if self.config.on_stuck is None else self._end_stuck),
        }

    async def _let_go(self) -> None:
        """Close what the process holds. A statement is never cancelled half-way: its loop leaves by itself."""
        self._stopped.set()
        self.claims.wake()
        self.journal.stop()
        await self.parts.end(2)
        for closing in (
            self.services.abilities.close(), self.publisher.close(), self.journal.close(), self.services.http.close(),
            self.control.close(), self._lease_control.close(),
        ):  # fmt: skip
            await asyncio.wait([asyncio.ensure_future(closing)], timeout=CLOSE_S)
        self.quarantine.close()
        self.sandbox.close()
        self.computing.close()
        self._threads.shutdown(wait=False)

    async def close(self, grace_s: float = GRACE_S) -> None:
        """Take no more runs, give those at work a while, hand the rest back, stop."""
        await self.claims.close()
        for run in self.runs.values():
            run.gate.close("shutdown")
            run.quiet()
        jobs = asyncio.create_task(self.jobs.close(grace_s))
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=grace_s)
        await asyncio.wait([jobs], timeout=HAND_BACK_S)
        end = time.monotonic() + HAND_BACK_S
        while self._tasks and time.monotonic() < end:
            for run in list(self.runs.values()):  # again and again: one that is only being loaded cannot hear yet
                run.interrupt("shutdown")
            await asyncio.wait(list(self._tasks.values()), timeout=0.1)
        if not self._tasks:
            await asyncio.wait([asyncio.create_task(self.lease.end())], timeout=1)
        self._stopped.set()

    async def _hand_all_back(self, ended: PartEnded) -> None:
        """Give everything back before this process ends, each with the suspicion that it may have been the reason."""
        self.claims.is_closed = True
        self.jobs.is_closed = True  # what was given back is not taken again
        given: list[asyncio.Task[None]] = []
        if not self.config.is_alone:  # there the worker that waits for this process judges what it holds
            self.lease.leave()
            giving = give_up(self.config.database_url, self.config.worker_id, str(ended), suspects_of(ended))
            given = [asyncio.create_task(giving)]
            await asyncio.wait(given, timeout=HAND_BACK_S)
        for run in list(self.runs.values()):
            run.interrupt("fenced")
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=SHORT_GRACE_S)
        for task in [*self._tasks.values(), *given]:
            task.cancel()

    def _end_stuck(self, execution_id: str | None) -> None:
        """In the watchdog's thread: give all back and name who holds the loop, then end; the loop cannot."""
        if not self.config.is_alone:
            self.lease.leave()  # a loop that comes back meanwhile starts no effect of runs that others have by now
            give_up_stuck(self.config.database_url, self.config.worker_id, execution_id)
        if self.config.on_stuck is not None:
            self.config.on_stuck()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is at work here."""
        return not self._tasks and not self.jobs.count

    def _holders(self) -> Sequence[Holder]:
        return [*self.runs.values(), *self.jobs.held]

    def _has_room(self) -> None:
        self.look_for_work()
        self.jobs.look()

    @property
    def _takes_nothing(self) -> bool:
        """Whether there is no memory for one more, or no lease under which it could be done."""
        return self.memory.is_full or self.lease.left_s() < SHORT_LEASE_S

    def _taken(self) -> int:
        """Return how many places for runs are taken; all, where nothing more may be taken."""
        if self._takes_nothing:
            return self.config.runs_at_once
        return len(self._tasks) + (self.jobs.count if self.config.is_alone else 0)

    # -- runs --------------------------------------------------------------------------------------------------------
    def _start(self, claimed: ClaimedRun) -> None:
        execution_id = str(claimed.execution_id)
        driven = self.run_driver.run(claimed, is_closing=lambda: self.claims.is_closed)
        task = asyncio.create_task(driven, name=f"run {execution_id}")
        self._tasks[execution_id] = task

        def ended(done: asyncio.Task[None]) -> None:
            if not done.cancelled() and done.exception() is not None:
                logger.error("%s failed", done.get_name(), exc_info=done.exception())
            if self._tasks.get(execution_id) is done:
                del self._tasks[execution_id]
                self.runs.pop(execution_id, None)
            self.claims.place_freed(claimed)

        task.add_done_callback(ended)

    def _connect(self, run: Run) -> None:
        """Tie a run to this process, as long as it is driven."""
        run.look = lambda: self._spawn(self.suspension.hand_answers(run))
        run.children_started = self._children_started
        run.children_of_call, run.child_results = self.parents.of_call, self.parents.results
        run.job_kept = self._job_kept
        run.live.tell = self.publisher.publish_live
        run.match_signals = partial(self.suspension.match_signals, run)
        loop = asyncio.get_running_loop()

        def quiet() -> None:
            loop.call_soon(self.suspension.maybe, run)

        run.quiet = run.tokens.on_quiet = quiet

    def _ended(self, run: Run) -> None:
        """Tell whoever waits for the end of a run."""
        if run.claimed.parent_execution_id is not None:
            self.parents.child_ended(run.execution_id)
        if run.waits.has_children:
            self._spawn(self.in_database(self.config.stop_below, run.execution_id))

    def _again(self, execution_id: str) -> None:
        """Look in a moment at a run that went back; another worker may be first."""
        asyncio.get_running_loop().call_later(AGAIN_S, self.claims.ring, execution_id)

    async def _bury(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep dead letters of runs that went down with their own process, and tell who waits for them."""
        for row in rows:
            await self.in_database(self.config.keep_dead_letter, execution_id=row["execution_id"],
                                   cause=row["loss_cause"])  # fmt: skip
            self.parents.child_ended(str(row["execution_id"]))

    def _children_started(self, ids: list[str]) -> None:
        """Take what we can of them, and tell the other workers."""
        for child_id in ids:
            self.ring(child_id)
        if len(ids) > 1:
            self.publisher.tell_of_work()

    def _job_kept(self, queue: str) -> None:
        if queue in self.config.queues:
            self.jobs.look()
        self._spawn(self.in_database(self.config.send_nodes, queue))

    def _woken_by_job(self, row: Mapping[str, Any]) -> None:
        self._woken(row)
        if str(row["execution_id"]) not in self.runs:
            self._spawn(self.in_database(self.config.tell_of_wake, row["execution_id"], row["status"]))

    def _woken(self, row: Mapping[str, Any]) -> None:
        """Look at a run somebody woke: it is to be claimed, or is at work here or elsewhere."""
        if row["status"] == "pending":
            self.ring(str(row["execution_id"]))
        else:
            self.ring_commands(str(row["execution_id"]))

    def _published(self, batches: Sequence[Any]) -> None:
        self.publisher.publish([(batch.execution_id in self.runs, batch) for batch in batches])

    # -- polls -------------------------------------------------------------------------------------------------------
    def _standing(self, now: float) -> Standing:
        return {**self.config.beside(now), **self.watched.standing(now)}

    def _details(self) -> dict[str, Any]:
        queues = [*(("workflows",) if self.config.takes_runs else ()), *self.config.queues]
        return {"queues": [] if self.config.is_alone else queues, "sandbox": self.sandbox.state.as_dict(),
                "memory": self.memory.state()}  # fmt: skip

    async def _poll(self) -> None:
        """Ask for commands of the runs we hold, and now and then for runs that nobody rang for."""
        round_ = 0
        while not await stops_within(self._stopped, POLL_S):
            self.watched.polled_at = time.monotonic()
            round_ += 1
            if self.runs:
                await self._ask("commands", self._look_for_commands())
            await self._ask("unwanted jobs", self.jobs.look_for_unwanted())
            if round_ % 4 == 0:
                await self._ask("timers", self._wake_due())
            if round_ % 8 == 0:
                await self._ask("claims", self.claims.forgotten())
                await self._ask("strays", self._hand_back_strays())
                await self._ask("stray jobs", self.jobs.hand_back_strays(STRAY_S))
                await self._ask("quarantine", self.quarantine.look())
                self.jobs.look()

    async def _ask(self, name: str, question: Coroutine[Any, Any, None]) -> None:
        """Ask one thing of the database; a row that makes the question fail keeps nobody from the others."""
        try:
            await question
        except REFUSALS as exc:
            logger.exception("asking for %s is refused", name)
            self.watched.refusals.note(name, exc)
        else:
            self.watched.refusals.over(name)

    def _spawn(self, errand: Coroutine[Any, Any, None], name: str = "errands") -> None:
        """Send somebody to ask: what the database refuses is told, anything else ends the process."""
        self.parts.send(errand, name, _is_refusal)

    async def _hand_back_strays(self) -> None:
        """Give back what stands in our name and was never taken up: our lease alone would hold it for ever."""
        asked = {"worker": self.config.worker_id, "held": list(self._tasks), "age_s": STRAY_S}
        for row in await self.control.query(journal_sql.STRAYS, asked):
            if str(row["execution_id"]) not in self._tasks:
                logger.error("execution %s was claimed and is not at work here", row["execution_id"])
                await self.control.query(journal_sql.HAND_BACK, {"id": row["execution_id"], "epoch": row["epoch"]})

    async def _look_for_commands(self, *only: Run) -> None:
        """Ask what was said of our runs: commands, answers, that they are somebody else's."""
        asked = only or tuple(self.runs.values())
        parameters = {
            "ids": [run.execution_id for run in asked],
            "wakes": [run.wakes for run in asked],
            "paused": ["pause" in run.gate.reasons for run in asked],
            "worker": self.config.worker_id,
        }
        for row in await self.control.query(journal_sql.COMMANDS, parameters):
            run = self.runs.get(str(row["execution_id"]))
            if run is None or row["epoch"] < run.epoch:
                continue
            if row["epoch"] > run.epoch:
                run.interrupt("fenced")
            elif row["status"] == "running":
                run.on_command(row["command"])
                if row["wakes"] > run.wakes:
                    await self.suspension.read_answers(run, row["wakes"])

    async def _wake_due(self) -> None:
        """Wake the runs whose time has come; ours hear of it at once, the others are claimed."""
        for row in await self.control.query(verbs_sql.DUE, {"reason": "timer"}):
            self._woken(row)


def _is_refusal(raised: BaseException) -> bool:
    """Tell whether an errand failed because of what the database says, and log it: whoever polls asks again."""
    if not isinstance(raised, REFUSALS):
        return False
    logger.error("an errand is refused", exc_info=raised)
    return True
