"""The engine of a worker process: one event loop that claims runs, drives their graphs and keeps the lease.

bell ─▶ claim ─▶ compile (cached) ─▶ LangGraph drives `Run.run_nodes` ─▶ journal ─▶ end ─▶ next claim
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from langsmith import tracing_context

from compiler.compiler import Compiled
from compiler.langgraph_builder import DRIVER, Lowered
from core import blobs, garbage
from core.clock import CLOCK
from core.http.client import GuardedClient
from core.json import dumps, loads
from core.packing import unpack
from executor import jobs_sql, journal_sql, verbs_sql
from executor.claiming import Claims, Places
from executor.compute.pool import Compute
from executor.context import Services
from executor.control import Control, stops_within
from executor.domain.lifecycle import FINAL
from executor.endings import ending_of
from executor.families import Families
from executor.job_worker import JobPlaces, Jobs, lost_result
from executor.journal import Fenced, Journal, JournalRejected, Refused
from executor.loading import Unloadable
from executor.publisher import Publisher
from executor.run import Run, utc_now
from executor.sandbox.pool import Pool
from executor.scope import Scope
from executor.suspension import Suspension
from executor.watchdog import watch_loop
from nodes.base import Catalogue, NodeFailed
from nodes.registry import builtin_catalogue

logger = logging.getLogger(__name__)
LEASE_S = 10.0
HEARTBEAT_S = 3.0
POLL_S = 0.25
STUBBORN_S = 0.8
SHORT_LEASE_S = 3.0
STRAY_S = 10.0
GRACE_S = 10.0
HAND_BACK_S = 5.0


@dataclass(frozen=True)
class EngineConfig:
    """What the engine needs from its surroundings. `load` compiles a definition; it runs in a thread."""

    worker_id: UUID
    database_url: str
    redis_url: str
    load: Callable[[str, str, UUID], Compiled]
    cached: Callable[[str, str], Compiled | None]
    run_in_database: Callable[..., Any]
    stop_below: Callable[[str], Any] = lambda execution_id: None
    allowed_hosts: Sequence[str] = ()
    runs_at_once: int = 100
    takes_runs: bool = True
    queues: tuple[str, ...] = ()  # whose nodes it runs for others
    nodes_at_once: int = 20
    sandbox_parents: int = 2
    compute_places: int = 4
    compute_memory_bytes: int = 512 * 2**20
    sandbox_at_start: bool = True  # else with the first code that is to run
    catalogue: Catalogue = field(default_factory=builtin_catalogue)
    tell_of_wake: Callable[[UUID, str], Any] = lambda execution_id, status: None
    send_nodes: Callable[[str], Any] = lambda queue: None


class Engine:
    """Runs executions in this process."""

    def __init__(self, config: EngineConfig) -> None:
        self.config = config
        self.publisher = Publisher(config.redis_url, self.ring_commands, self.look_for_work)
        self.journal = Journal(config.database_url, published=self._published)
        self.sandbox = Pool(config.sandbox_parents)
        self.computing = Compute(config.compute_places, config.compute_memory_bytes)
        self.services = Services(
            GuardedClient(config.allowed_hosts), self.in_database, self.sandbox, self.computing
        )  # fmt: skip
        self.runs: dict[str, Run] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="database")
        self._stopped = asyncio.Event()
        self.control = Control(config.database_url, self._stopped)
        places = Places(config.runs_at_once if config.takes_runs else 0, lambda: len(self._tasks), self._start)
        self.claims = Claims(self.control, config.worker_id, places, self._spawn)
        self.families = Families(self.control, self._woken, self._spawn)
        self.jobs = Jobs(
            self.control, config.worker_id, JobPlaces(config.queues, config.nodes_at_once, self._woken_by_job),
            self.services, config.catalogue, self._check_lease, self._spawn,
        )  # fmt: skip
        self.suspension = Suspension(self.control, self.journal, self._look_for_commands, self._spawn)
        self._lease_until = 0.0

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

    async def in_database(self, work: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Run synchronous database work in the engine's threads."""
        call = partial(self.config.run_in_database, work, *arguments, **keywords)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    # -- life --------------------------------------------------------------------------------------------------------
    async def serve(self) -> None:
        """Work until `close` is done."""
        await self._beat()
        garbage.settle()
        self.jobs.look()
        if self.config.sandbox_at_start:
            self._spawn(self.sandbox.start())
        announcing = [asyncio.create_task(job) for job in (self.publisher.run(), watch_loop())]
        background = [
            asyncio.create_task(job)
            for job in (self.journal.run(), self._heartbeat(), self._poll(), self.claims.on_bell(self._stopped))
        ]
        for job in [*announcing, *background]:
            job.add_done_callback(_report)
        try:
            await self._stopped.wait()
        finally:
            # A statement is never cancelled half-way: its loop sees `_stopped` and leaves by itself.
            self.claims.wake()
            self.journal.stop()
            await asyncio.wait(background, timeout=2)
            for job in [*announcing, *background]:
                job.cancel()
            await asyncio.wait([*announcing, *background], timeout=2)
            await self.publisher.close()
            await self.journal.close()
            await self.services.http.close()
            await self.control.close()
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
        self._stopped.set()

    # -- taking a run up -----------------------------------------------------------------------------------------------
    def _start(self, claimed: dict[str, Any]) -> None:
        execution_id = str(claimed["execution_id"])
        task = asyncio.create_task(self._run(claimed), name=f"run {execution_id}")
        self._tasks[execution_id] = task

        def ended(done: asyncio.Task[None]) -> None:
            _report(done)
            if self._tasks.get(execution_id) is done:
                del self._tasks[execution_id]
                self.runs.pop(execution_id, None)
            self.claims.place_freed(was_limited=claimed["limit_key"] is not None)

        task.add_done_callback(ended)

    async def _run(self, claimed: dict[str, Any]) -> None:
        key = (claimed["definition_hash"], claimed["trigger_node_id"])
        try:
            compiled = self.config.cached(*key) or await self.in_database(self.config.load, *key, claimed["owner_id"])
        except Unloadable:
            logger.exception("execution %s cannot be compiled", claimed["execution_id"])
            await self.control.query(
                journal_sql.FAIL_UNLOADABLE, {"id": claimed["execution_id"], "epoch": claimed["epoch"]}
            )
            return
        except Exception:  # the database is away, or full: somebody tries again
            logger.exception("execution %s cannot be loaded now", claimed["execution_id"])
            await self.control.query(journal_sql.HAND_BACK, {"id": claimed["execution_id"], "epoch": claimed["epoch"]})
            return
        run = Run(claimed, compiled, self.journal, self.services, self.lease_left_s)
        self.runs[run.execution_id] = run
        if claimed["epoch"] > 1 or claimed["retry_of_id"] or claimed["mode"] == "partial":
            run.restore(await self._restorable(run))
            run.waits.restore(await self.control.query(journal_sql.WAITS, {"id": run.execution_id}))
            await self._drive(run, await asyncio.to_thread(lambda: compiled.lowered_to_resume))
        else:
            await self._drive(run, compiled.lowered)

    async def _restorable(self, run: Run) -> list[dict[str, Any]]:
        rows = await self.control.query(journal_sql.FINISHED_ROWS, {"id": run.execution_id})
        for row in rows:
            row["outputs"] = None if row["outputs"] is None else loads(unpack(row["outputs"]))
            if row["outputs"] and any(
                "$blob" in value
                for items in row["outputs"].values()
                for item in items
                for value in item.get("json", {}).values()
                if isinstance(value, dict)
            ):
                row["outputs"] = await self.in_database(blobs.resolved, owner_id=run.owner_id, outputs=row["outputs"])
        return rows

    # -- driving -----------------------------------------------------------------------------------------------------
    async def _drive(self, run: Run, lowered: Lowered) -> None:
        reason: list[str] = []
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()

        def finish() -> None:
            if not over.done():
                over.set_result(None)

        def interrupt(why: str) -> None:
            if not reason:
                reason.append(why)
                run.is_ending = True
                graph.cancel()
                loop.call_later(STUBBORN_S, finish)

        root = Scope(run, run.ledger)
        root.begin()
        token = DRIVER.set(root)
        graph = asyncio.create_task(self._invoke(run, lowered), name=f"graph {run.execution_id}")
        DRIVER.reset(token)
        graph.add_done_callback(lambda done: finish())
        run.interrupt = interrupt
        run.look = lambda: self._spawn(self.suspension.read_answers(run))
        run.children_started = self._children_started
        run.child_results = lambda row: self.families.results(run.execution_id, row.node_id, row.path)
        run.keep_job = self._keep_job
        run.job_kept = self._job_kept
        run.job_result = self._job_result
        run.match_signals = partial(self.suspension.match_signals, run)

        def quiet() -> None:
            loop.call_soon(self.suspension.maybe, run)

        run.quiet = run.tokens.on_quiet = quiet
        if self.claims.is_closed:
            run.gate.close("shutdown")
        left_s = run.graph.settings.timeout_s - run.claimed["running_ms"] / 1000
        timer = loop.call_later(max(left_s, 0), interrupt, "timeout")
        if run.claimed["command"]:
            run.on_command(run.claimed["command"])
        await over
        timer.cancel()
        if graph.done() and not graph.cancelled() and graph.exception() is not None and run.failure is None:
            logger.error("the graph of execution %s broke", run.execution_id, exc_info=graph.exception())
            run.failure = {
                "code": "engine_error",
                "message": "The engine failed",
                "node_id": None,
                "node_label": None,
                "path": "",
                "retryable": False,
                "details": {},
            }
        await self._end(run, reason[0] if reason else "")
        run.release()

    async def _invoke(self, run: Run, lowered: Lowered) -> None:
        config: Any = {"recursion_limit": len(run.compiled.plan.root.order) + 5}
        with tracing_context(enabled=False):
            await lowered.ainvoke({}, config)

    # -- nodes on other queues ---------------------------------------------------------------------------------------
    async def _keep_job(self, asked: dict[str, Any]) -> None:
        await self.control.query(jobs_sql.KEEP, asked)

    async def _job_result(self, asked: dict[str, Any]) -> bytes:
        rows = await self.control.query(jobs_sql.RESULT, asked)
        return bytes(rows[0]["result"]) if rows else lost_result()

    def _job_kept(self, queue: str) -> None:
        if queue in self.config.queues:
            self.jobs.look()
        self._spawn(self.in_database(self.config.send_nodes, queue))

    def _woken_by_job(self, row: Mapping[str, Any]) -> None:
        self._woken(row)
        if str(row["execution_id"]) not in self.runs:
            self._spawn(self.in_database(self.config.tell_of_wake, row["execution_id"], row["status"]))

    def _check_lease(self) -> None:
        if self.lease_left_s() < SHORT_LEASE_S:
            raise NodeFailed("worker_lost", "This worker may have lost its lease", retryable=True)

    # -- children ----------------------------------------------------------------------------------------------------
    def _children_started(self, ids: list[str]) -> None:
        """Take what we can of them, and tell the other workers."""
        for child_id in ids:
            self.ring(child_id)
        if len(ids) > 1:
            self.publisher.tell_of_work()

    async def _end(self, run: Run, reason: str) -> None:
        if reason == "suspended":
            self.journal.forget(run)
            return
        if reason == "fenced":
            run.buffer.closed = True
            self.journal.forget(run)
            return
        while True:
            ending = ending_of(run, reason, utc_now())
            try:
                await self.journal.finish(run, ending)
            except Refused as exc:
                reason = str(exc)
                continue
            except JournalRejected as exc:
                run.buffer.take()
                run.failure = {
                    "code": "journal_rejected",
                    "message": f"The journal refused the results: {exc}"[:500],
                    "node_id": None,
                    "node_label": None,
                    "path": "",
                    "retryable": False,
                    "details": {},
                }
                reason = "failure"
                continue
            except Fenced:
                logger.warning("execution %s is somebody else's now", run.execution_id)
            run.buffer.closed = True
            if ending.status in FINAL:
                if run.claimed["parent_execution_id"] is not None:
                    self.families.child_ended(run.execution_id)
                if run.waits.has_children:
                    self._spawn(self.in_database(self.config.stop_below, run.execution_id))
            return

    # -- lease, commands, polls --------------------------------------------------------------------------------------
    def lease_left_s(self) -> float:
        return self._lease_until - time.monotonic()

    async def _beat(self) -> None:
        asked = time.monotonic()
        queues = [*(("workflows",) if self.config.takes_runs else ()), *self.config.queues]
        rows = await self.control.query(journal_sql.HEARTBEAT, {
            "id": self.config.worker_id,
            "details": dumps({"queues": queues, "sandbox": self.sandbox.state.as_dict()}).decode(),
        })  # fmt: skip
        if rows:
            CLOCK.looked(rows[0]["beat_at"], asked, time.monotonic())
        self._lease_until = asked + LEASE_S

    async def _heartbeat(self) -> None:
        while not await stops_within(self._stopped, HEARTBEAT_S):
            await self._beat()

    async def _poll(self) -> None:
        """Ask for commands of the runs we hold, and now and then for runs that nobody rang for."""
        round_ = 0
        while not await stops_within(self._stopped, POLL_S):
            round_ += 1
            if self.runs:
                await self._look_for_commands()
            await self.jobs.look_for_unwanted()
            if round_ % 4 == 0:
                await self._wake_due()
            if round_ % 8 == 0:
                await self.claims.forgotten()
                await self._hand_back_strays()
                await self.jobs.hand_back_strays(STRAY_S)
                self.jobs.look()

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

    def _spawn(self, job: Any) -> None:
        task = asyncio.create_task(job)
        task.add_done_callback(_report)

    async def _wake_due(self) -> None:
        """Wake the runs whose time has come; ours hear of it at once, the others are claimed."""
        for row in await self.control.query(verbs_sql.DUE, {"reason": "timer"}):
            self._woken(row)

    def _woken(self, row: Mapping[str, Any]) -> None:
        """Look at a run somebody woke: it is to be claimed, or is at work here or elsewhere."""
        if row["status"] == "pending":
            self.ring(str(row["execution_id"]))
        else:
            self.ring_commands(str(row["execution_id"]))

    def _published(self, batches: Sequence[Any]) -> None:
        self.publisher.publish([(self.runs.get(batch.execution_id), batch) for batch in batches])


def _report(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.error("%s failed", task.get_name(), exc_info=task.exception())
