"""What the nodes of a run wait for, while the run lives: a coroutine each, and a row that outlives it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from executor.domain.answers import as_sent
from executor.domain.lifecycle import NodeStatus
from executor.domain.records import NodeRunRow, StoredWait, WaitKey, WaitRecord
from executor.domain.tokens import Tokens
from nodes.base import Answer, WaitFor

IN_MEMORY_S = 5


@dataclass(slots=True)
class Open:
    """A coroutine that waits; quiet, it has given its token, which `holder` holds, back."""

    record: WaitRecord
    holder: object
    future: asyncio.Future[Answer]
    is_quiet: bool = False


@dataclass(slots=True)
class Waits:
    """All waits of a run: stored ones of earlier workers, and those that are open now."""

    tokens: Tokens
    stored: dict[WaitKey, StoredWait] = field(default_factory=dict[WaitKey, StoredWait])
    open: dict[WaitKey, Open] = field(default_factory=dict[WaitKey, Open])
    _used: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    _numbers: dict[tuple[str, str], set[int]] = field(default_factory=dict[tuple[str, str], "set[int]"])
    _unanswered: set[WaitKey] = field(default_factory=set[WaitKey])

    def restore(self, rows: Iterable[Mapping[str, Any]]) -> list[StoredWait]:
        """Take over waits as their rows have them."""
        stored = [StoredWait(**{**row, "answer": as_sent(row["answer"])}) for row in rows]
        for wait in stored:
            self.keep(wait)
        return stored

    def keep(self, wait: StoredWait) -> None:
        """Note a wait as it is stored."""
        self.stored[wait.key] = wait
        self._numbers.setdefault((wait.node_id, wait.path), set()).add(wait.number)
        if wait.answered_at is None:
            self._unanswered.add(wait.key)
        else:
            self._unanswered.discard(wait.key)

    def of_node(self, node_id: str, path: str) -> list[StoredWait]:
        """Return the stored waits of a node run, in order."""
        return [self.stored[node_id, path, number] for number in sorted(self._numbers.get((node_id, path), ()))]

    def unanswered(self) -> dict[str, list[Any]]:
        """Return where the waits stand that have no answer yet: node ids, paths and numbers side by side."""
        keys = list(self._unanswered)
        return {
            "nodes": [key[0] for key in keys],
            "paths": [key[1] for key in keys],
            "numbers": [key[2] for key in keys],
        }

    def next_key(self, row: NodeRunRow) -> WaitKey:
        number = self._used.get((row.node_id, row.path), 0)
        self._used[row.node_id, row.path] = number + 1
        return row.node_id, row.path, number

    def open_tasks(self) -> list[tuple[str, str, str]]:
        """Return (task id, node, path) of those that people have not answered."""
        return [
            (str(wait.task_id), wait.node_id, wait.path)
            for wait in self.stored.values()
            if wait.task_id and wait.answered_at is None
        ]

    @property
    def has_children(self) -> bool:
        """Whether runs below this one may still go on."""
        return any(wait.kind == "sub_workflow" and wait.answered_at is None for wait in self.stored.values())

    def first(self) -> WaitRecord | None:
        """Return the open wait that ends first."""
        records = [entry.record for entry in self.open.values()]
        return min(records, key=lambda record: (record.until is None, record.until, record.created_at), default=None)

    # -- the coroutine's side ----------------------------------------------------------------------------------------
    async def until_answered(
        self, record: WaitRecord, holder: object, armed: Callable[[], Awaitable[None]], hold_until: float = 0
    ) -> Answer:
        """Wait without holding a token; `armed` is called once an answer can come in.

        Until `hold_until`, by the loop's clock, the token is kept: an answer soon needs no suspension.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        entry = self.open[record.key] = Open(record, holder, future)
        timer: asyncio.TimerHandle | None = None
        try:
            await armed()
            if not future.done():
                if hold_until > loop.time():
                    timer = loop.call_at(hold_until, self._let_go, entry)
                else:
                    self._let_go(entry)
            return await future
        finally:
            if timer is not None:
                timer.cancel()
            self.open.pop(record.key, None)
            if entry.is_quiet and (future.cancelled() or not future.done()):
                self.tokens.add(holder, 1)  # its holder ends it, and goes on itself

    def _let_go(self, entry: Open) -> None:
        if not entry.future.done():
            entry.is_quiet = True  # the token comes back by `resolve`, in the step in which the answer is there
            self.tokens.add(entry.holder, -1)

    # -- the engine's side -------------------------------------------------------------------------------------------
    def resolve(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Hand answers to those who wait for them, and keep them for those who have not come so far yet."""
        for wait in self.restore(rows):
            entry = self.open.get(wait.key)
            if entry is not None and wait.answer is not None and not entry.future.done():
                if entry.is_quiet:
                    self.tokens.add(entry.holder, 1)
                entry.future.set_result(wait.answer)


def wait_record(request: WaitFor, key: WaitKey, now: datetime, kind: str | None = None) -> WaitRecord:
    node_id, path, number = key
    return WaitRecord(node_id, path, number, kind or request.kind, now, request.signal, request.until)


def mark_waiting(row: NodeRunRow) -> None:
    row.status = NodeStatus.WAITING
