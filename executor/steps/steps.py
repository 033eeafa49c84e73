"""The steps of one attempt of a node, for one of its items.

A step is a node run of its own. It is found again by its name: what has finished returns what is stored, whether the
node runs again after a lost worker, a suspension, or in the same process. A step that writes is announced before it
begins, as a node that writes is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from core.clock import utc_now
from core.json import ITEM_DEPTH, dumps_lossy, loads_own, lossy_text
from core.values.size import is_small, json_size
from executor.domain import events, node_time
from executor.domain.lifecycle import NodeStatus
from executor.domain.records import EventRecord, NodeRunRow
from executor.domain.run_error import at_place
from executor.domain.signals import EngineSignal
from executor.domain.step_names import IN_STEP, KIND, path_of, under
from executor.domain.tokens import Lanes
from executor.journal.journal import AFTER_EFFECT_S
from executor.node.cleaning import cleaned_error
from executor.node.engine_work import ours
from executor.node.outputs import encode_on_loop, fit
from executor.node.runner import attempt_entry, error_of
from executor.run.scope import Scope
from executor.steps import telling
from executor.waits import turns
from nodes.base import Answer, CancelRun, Effect, NodeFailed, WaitFor
from nodes.items import Items
from nodes.usage import Usage

R = TypeVar("R")
MOST_STEPS = 10_000  # of one node run
MOST_BYTES = 8 * 2**20  # of what a step gives
GIVEN_BYTES = 8 * 2**20  # of what it is given
MOST_PARTIAL = 256 * 1024  # characters kept of what a step said before it was broken off


class Named(Protocol):
    """Whose steps they are, as their rows name it: a node of a graph, or a part of another program."""

    @property
    def id(self) -> str: ...

    @property
    def label(self) -> str: ...


class Steps:
    """What a node's context offers of steps."""

    def __init__(self, region: Scope, node: Named, row: NodeRunRow, at: int) -> None:
        self._region = region
        self._node = node
        self._row = row
        self._at = at
        self._running: set[str] = set()  # names at work now
        self._waiting: set[str] = set()  # those of them that only wait
        self._said: dict[str, str] = {}  # by the path of a step at work: the text that it has said so far
        self._go_on: Callable[[], None] | None = None  # what starts the clock of the attempt again

    async def step(
        self, name: str, work: Callable[[str], Awaitable[Any]], *, kind: str, effect: Effect, given: Any = None
    ) -> Any:
        """Do a step, or return what it gave. Raises: NodeFailed, ValueError for a name that is none."""
        path = path_of(self._row.path, self._node.id, self._at, name)
        memory = self._region.run.steps
        known = memory.value_of(self._node.id, path)
        if known is not None:
            return known.value
        with self._at_work(name):
            await self._let_through(name)
            row = self._begun(path, kind, effect)
            return await self._made(row, work, given)

    async def ask(self, name: str, request: WaitFor) -> Answer:
        """Wait as a step of its own: for a moment, a signal, or people."""

        async def waited(_key: str) -> Answer:
            return await turns.wait_for(self._region, row, request, key=(row.node_id, row.path, 0))

        path = path_of(self._row.path, self._node.id, self._at, name)
        known = self._region.run.steps.value_of(self._node.id, path)
        if known is not None:
            answer: Answer = known.value
            return answer
        with self._at_work(name):
            await self._let_through(name)
            row = self._begun(path, "wait", "pure")
            with self._quiet(name):
                made: Answer = await self._made(row, waited, None)
            return made

    async def side_by_side(self, works: Sequence[Callable[[], Awaitable[R]]]) -> list[R]:
        """Do works together, each with a token of its own: one that waits suspends none of the others.

        The first that raises ends the others, and its exception is raised as it is.
        """
        if not works:
            return []
        lanes = Lanes(self._region.run.tokens, self._region, len(works))

        async def lane(work: Callable[[], Awaitable[R]]) -> R:
            made = await work()
            lanes.returned()
            return made

        tasks = [asyncio.create_task(lane(work)) for work in works]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            lanes.close()

    # -- in the work of a step ---------------------------------------------------------------------------------------
    @property
    def current(self) -> str:
        """The name of the step whose work this is; empty: it is none of this node's."""
        base = f"{under(self._row.path, self._node.id)}{self._at}."
        path = IN_STEP.get()
        return path.removeprefix(base) if path.startswith(base) else ""

    async def wait_within(self, work: Callable[[NodeRunRow], Awaitable[R]]) -> R:
        """Wait for something in the work of a step, in its row's name; its tool's time does not run meanwhile."""
        row = self._region.run.open[IN_STEP.get(), self._node.id]
        with self._quiet(self.current), node_time.not_counted(node_time.OF_TOOLS):
            return await work(row)

    def emit(self, text: str, *, channel: str, step: str | None) -> None:
        """Say a piece of a text, as the node's or a step's. Raises: ValueError for a name that is none."""
        node_id, path = self._node.id, self._row.path
        if step is not None:
            path = path_of(path, node_id, self._at, step)
            if channel == "text" and path in self._said:
                self._said[path] = (self._said[path] + text)[:MOST_PARTIAL]
        self._region.run.live.emit(node_id, path, text, channel)

    def spend(self, usage: Usage) -> None:
        """Count what was used to the step whose work this is, to its node, and to the run."""
        run = self._region.run
        path = IN_STEP.get()
        step = run.open.get((path, self._row.node_id)) if path else None
        if step is None:
            run.spent(usage, self._row)
        else:
            run.spent(usage, step, self._row)
            run.steps.noted(self._row.path, step)
        run.buffer.put(self._row, events.used(self._row, utc_now(), usage, run.usage))

    # -- one step ----------------------------------------------------------------------------------------------------
    async def _let_through(self, name: str) -> None:
        """Stand at the run's gate while it is closed: a run that pauses begins no further step."""
        gate = self._region.run.gate
        if gate.is_closed:
            with self._quiet(name):
                await gate.passed(self._region, self._node.id)

    def _begun(self, path: str, kind: str, effect: Effect) -> NodeRunRow:
        """Return the row of a step that begins: the one it had before, in this process or another."""
        run, node = self._region.run, self._node
        row = NodeRunRow(
            node_id=node.id, label=node.label, kind=f"{KIND}{kind}", effect=effect, started_at=utc_now(), path=path,
        )  # fmt: skip
        before, known = run.steps.row_of(node.id, path), run.known.get(path, {}).get(node.id)
        if before is not None:
            row.id, row.attempts, row.attempt = before.id, before.attempts, before.attempt + 1
            row.usage = before.usage
        elif known is not None:
            row = known.continued(row)
            row.attempt += known.status is NodeStatus.FAILED
        if run.steps.begin(self._row.path, row) > MOST_STEPS:
            raise NodeFailed("steps_limit", f"A node may take {MOST_STEPS} steps")
        return row

    async def _made(self, row: NodeRunRow, work: Callable[[str], Awaitable[Any]], given: Any) -> Any:
        run, journal = self._region.run, self._region.journal
        shown = {} if given is None else {"input": await self._cleaned(given, GIVEN_BYTES, "What a step is given")}
        await self._show(row, shown)
        run.open[row.path, row.node_id] = row
        self._tell(row, events.node_started(row), *telling.begun(row, shown.get("input")))
        if row.effect == "write":
            await ours(journal.flush(run))
            run.check_lease()
        else:
            journal.dirty(run)
        self._said[row.path] = ""
        try:
            made = await self._worked(row, work)
            stored = await self._show(
                row, {**shown, "value": await self._cleaned(made, MOST_BYTES, "What a step gave")}
            )
        except (EngineSignal, CancelRun):
            raise
        except asyncio.CancelledError:
            self._keep_said(row, shown)
            if not (run.is_ending or run.buffer.closed):  # its node's time is over, or another step has failed
                self._ended(row, NodeStatus.CANCELLED)
                run.buffer.put(row)
            raise
        except NodeFailed as exc:
            self._failed(row, exc, shown)
            raise
        except Exception as exc:
            self._failed(row, NodeFailed("node_failed", f"{type(exc).__name__}: {exc}"[:2000]), shown)
            raise
        finally:
            self._said.pop(row.path, None)
        at, value = self._ended(row, NodeStatus.COMPLETED), stored["value"]
        self._tell(row, events.node_completed(row, at), *telling.ended(row, at, stored.get("input"), value))
        run.steps.keep(row.node_id, self._row.path, row.path, value)
        if row.effect == "write":
            journal.dirty(run, AFTER_EFFECT_S)
        else:
            journal.dirty(run)
        return value

    def _keep_said(self, row: NodeRunRow, shown: dict[str, Any]) -> None:
        """Keep what a step has said before it is broken off; nothing is waited for, as its run may be ending."""
        said = self._said.get(row.path)
        if said:
            json = {**shown, "partial": lossy_text(self._region.run.secrets.masked_text(said))}
            outputs: dict[str, Items] = {"main": [{"json": json}]}
            row.show(outputs, dumps_lossy(outputs))

    async def _worked(self, row: NodeRunRow, work: Callable[[str], Awaitable[Any]]) -> Any:
        token = IN_STEP.set(row.path)
        try:
            return await work(f"{self._region.run.execution_id}:{row.node_id}:{row.path}")
        finally:
            IN_STEP.reset(token)

    async def _cleaned(self, value: Any, most_bytes: int, what: str) -> Any:
        """Return a value without the run's secrets, as it can be stored. Raises: NodeFailed "invalid_output"."""
        secrets = self._region.run.secrets
        if is_small(value):
            return fit(secrets.masked(value) if secrets else value, what, depth=ITEM_DEPTH)
        if await asyncio.to_thread(json_size, value, most_bytes) > most_bytes:
            raise NodeFailed("invalid_output", f"{what} is more than {most_bytes // 2**20} MiB")
        masked = await asyncio.to_thread(secrets.masked, value) if secrets else value
        return await asyncio.to_thread(fit, masked, what, depth=ITEM_DEPTH)

    async def _show(self, row: NodeRunRow, json: dict[str, Any]) -> dict[str, Any]:
        """Put what a step holds into its row; returns it as it is read again, which nobody else holds."""
        outputs: dict[str, Items] = {"main": [{"json": json}]} if json else {}
        encoded = await encode_on_loop(outputs)
        row.show(outputs, encoded.raw)
        read: dict[str, Any] = loads_own(encoded.raw)["main"][0]["json"] if json else {}
        return read

    def _tell(self, row: NodeRunRow, *told: EventRecord) -> None:
        """Put a row into the buffer with what is told of it: they are stored together."""
        buffer = self._region.run.buffer
        buffer.put(row, told[0])
        for event in told[1:]:
            buffer.note(event)

    def _ended(self, row: NodeRunRow, status: NodeStatus) -> datetime:
        row.status, row.finished_at = status, (at := utc_now())
        self._region.run.open.pop((row.path, row.node_id), None)
        return at

    def _failed(self, row: NodeRunRow, exc: NodeFailed, shown: Mapping[str, Any]) -> None:
        run = self._region.run
        at = self._ended(row, NodeStatus.FAILED)
        row.error = at_place(cleaned_error(error_of(exc), run.secrets), row.place())
        row.attempts = [*row.attempts, attempt_entry(row.attempt, row.started_at, utc_now(), row.error)][-100:]
        run.steps.noted(self._row.path, row)
        told = telling.failed(row, at, shown.get("input"), row.error)
        self._tell(row, events.node_failed(row, at, handled=True), *told)
        run.journal.dirty(run)

    # -- the node while its steps are at work ------------------------------------------------------------------------
    @contextmanager
    def _at_work(self, name: str) -> Iterator[None]:
        if name in self._running:
            raise ValueError(f"Two steps of one node are called {name!r} at once")
        self._running.add(name)
        self._show_waiting()
        try:
            yield
        finally:
            self._running.discard(name)
            self._show_waiting()

    @contextmanager
    def _quiet(self, name: str) -> Iterator[None]:
        """Note a step that only waits."""
        self._waiting.add(name)
        self._show_waiting()
        try:
            yield
        finally:
            self._waiting.discard(name)
            self._show_waiting()

    def _show_waiting(self) -> None:
        """Show the node as waiting while nothing of it goes on: that cuts off no attempt and takes no time of it.

        A step in whose work others are taken goes on as they do.
        """
        at_work = {name for name in self._running if not any(one.startswith(f"{name}.") for one in self._running)}
        waits = bool(at_work) and at_work <= self._waiting
        if waits and self._go_on is None:
            self._go_on = node_time.stopped(node_time.OF_NODE)
        elif not waits and self._go_on is not None:
            self._go_on()
            self._go_on = None
        status = NodeStatus.WAITING if waits else NodeStatus.RUNNING
        if status is not self._row.status:
            self._row.status = status
            self._region.run.buffer.put(self._row)
