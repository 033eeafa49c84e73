"""A program that is no graph, for tests: one coroutine that takes steps and waits, as the only node of its run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from compiler.definition import WorkflowSettings
from core.clock import utc_now
from core.json import dumps_lossy
from executor.domain import events
from executor.domain.lifecycle import NodeStatus
from executor.domain.records import EventRecord, NodeRunRow
from executor.domain.run_error import at_place
from executor.domain.signals import EngineSignal
from executor.node.runner import error_of
from executor.run.heeding import heed
from executor.run.scope import Scope
from executor.run.state import Run
from executor.steps.steps import Steps
from nodes.base import CancelRun, NodeFailed

Work = Callable[[Steps, Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Main:
    """The only node of a script."""

    id: str = "main"
    label: str = "Main"


MAIN = Main()


@dataclass(frozen=True, slots=True)
class Script:
    """A coroutine as a program."""

    work: Work
    total: int = 1
    reads_variables: bool = False

    @property
    def settings(self) -> WorkflowSettings:
        return WorkflowSettings(timeout_s=60)

    def has_node(self, node_id: str) -> bool:
        return node_id == MAIN.id

    def over_with(self, node_id: str) -> Iterable[str]:
        return (node_id,)

    def run_of(self, run: Run) -> ScriptRun:
        return ScriptRun(self.work, run)


class ScriptRun:
    """One run of a script."""

    def __init__(self, work: Work, run: Run) -> None:
        self._work = work
        self._run = run
        self._scope = Scope(run)
        self._items: list[Any] = []

    async def prepare(self, *, is_resumed: bool) -> None:
        """Nothing takes long."""

    def begin(self) -> None:
        self._run.tokens.add(self._scope, 1)

    async def go(self) -> None:
        run = self._run
        known = run.known.get("", {}).get(MAIN.id)
        if known is not None and known.is_over:
            self._items = known.outputs["main"]
            return
        row = NodeRunRow(MAIN.id, MAIN.label, "script", "pure", utc_now())
        if known is not None:
            row = known.continued(row)
        run.nodes_executed += 1
        run.open[row.path, row.node_id] = row
        run.buffer.put(row, events.node_started(row))
        try:
            value = await self._work(Steps(self._scope, MAIN, row, 0), run.claimed.input)
        except NodeFailed as exc:
            row.error = at_place(error_of(exc), row.place())
            self._end(row, NodeStatus.FAILED, partial(events.node_failed, handled=False))
            run.fail(row.error)
        except (EngineSignal, CancelRun) as exc:
            heed(run, exc)
        else:
            self._items = [{"json": {"value": value}}]
            row.show({"main": self._items}, dumps_lossy({"main": self._items}))
            self._end(row, NodeStatus.COMPLETED, events.node_completed)

    def _end(self, row: NodeRunRow, status: NodeStatus, event: Callable[[NodeRunRow, datetime], EventRecord]) -> None:
        row.status, row.finished_at = status, utc_now()
        self._run.open.pop((row.path, row.node_id), None)
        self._run.over(row.node_id)
        self._run.steps.forget(row.node_id, row.path)
        self._run.buffer.put(row, event(row, row.finished_at))
        self._run.journal.dirty(self._run)

    def is_rejected(self) -> bool:
        return False

    def output(self) -> tuple[list[Any], str | None]:
        return self._items, MAIN.id if self._items else None

    def held_bytes(self) -> int:
        return len(dumps_lossy(self._items))

    async def let_go(self) -> None:
        self._items = []
