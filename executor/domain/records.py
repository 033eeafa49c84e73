"""What the engine puts into the journal: rows of node runs and events, buffered until the next commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from core.ids import new_id
from core.json import fragment
from core.json.key_order import is_in_stored_order
from core.values.times import wire_time
from executor.domain.human_task import TaskRecord
from executor.domain.lifecycle import NodeStatus, Status
from executor.domain.run_error import NodePlace, RunError
from nodes.usage import NOTHING, Usage

_SELDOM = ("attempts", "input_counts", "output_counts", "active_handles", "error", "warnings", "logs", "aside")
WaitKey = tuple[str, str, int]  # node, path, number
Place = tuple[str, int, str]  # of a value in outputs: handle, item, field


@dataclass(slots=True)
class NodeRunRow:
    """One journal row while its run lives. `raw_outputs` is the JSON that is stored, packed."""

    node_id: str
    label: str
    kind: str
    effect: str
    started_at: datetime
    path: str = ""
    status: NodeStatus = NodeStatus.RUNNING
    attempt: int = 1
    max_attempts: int = 1
    attempts: list[dict[str, Any]] = field(default_factory=list)
    input_counts: dict[str, int] = field(default_factory=dict)
    raw_outputs: bytes | None = None
    aside: list[Place] = field(default_factory=list[Place])  # where its outputs hold references to files of ours
    output_counts: dict[str, int] = field(default_factory=dict)
    active_handles: list[str] = field(default_factory=list)
    error: RunError | None = None
    pinned: bool = False
    reused: bool = False
    cached: bool = False  # made by an earlier turn of the same node type, for the same params and items
    warnings: list[dict[str, Any]] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    finished_at: datetime | None = None
    usage: Usage = NOTHING  # that of its steps too
    id: UUID = field(default_factory=new_id)

    def show(self, outputs: Mapping[str, Sequence[Any]], raw: bytes, aside: Sequence[Place] = ()) -> None:
        """Take outputs as what is stored, and count them."""
        self.raw_outputs = raw
        self.aside = list(aside)
        self.output_counts = {handle: len(items) for handle, items in outputs.items()}
        self.active_handles = [handle for handle, items in outputs.items() if items]

    def as_record(self, execution_id: str) -> dict[str, Any]:
        """Return what the commit statement takes; what is empty is left out, its column's default stands there."""
        record: dict[str, Any] = {
            "id": str(self.id),
            "execution_id": execution_id,
            "node_id": self.node_id,
            "path": self.path,
            "label": self.label,
            "kind": self.kind,
            "status": str(self.status),
            "effect": self.effect,
            "attempt": self.attempt,
            "max_attempts": self.max_attempts,
            "pinned": self.pinned,
            "reused": self.reused,
            "started_at": self.started_at,
        }
        if self.finished_at is not None:
            record["finished_at"] = self.finished_at
        if self.cached:
            record["cached"] = True
        if self.usage:
            record |= self.usage.as_record()
        for name in _SELDOM:
            value = getattr(self, name)
            if value:
                record[name] = value
        return record

    def place(self) -> NodePlace:
        """Return where the row stands, as errors name it."""
        return {"node_id": self.node_id, "node_label": self.label, "path": self.path}

    def refused(self, error: RunError) -> NodeRunRow:
        """Return the row of a node whose results cannot be stored: what is safe of it, and the failure."""
        return replace(
            self, status=NodeStatus.FAILED, raw_outputs=b"{}", output_counts={}, active_handles=[], error=error,
            attempts=[], warnings=[], logs=[], finished_at=self.finished_at or self.started_at,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class EventRecord:
    """An event before it has its number, made by `executor.domain.events`. `data` is what is stored."""

    type: str
    at: datetime
    node_id: str | None = None
    path: str = ""
    data: dict[str, Any] | None = None
    row: NodeRunRow | None = None

    def as_record(self) -> dict[str, Any]:
        record: dict[str, Any] = {"type": self.type, "at": self.at}
        if self.node_id is not None:
            record["node_id"] = self.node_id
        if self.path:
            record["path"] = self.path
        if self.data:
            record["data"] = self.data
        return record


@dataclass(slots=True)
class WaitRecord:
    """A wait before it is stored, with the task that is asked by it."""

    node_id: str
    path: str
    number: int
    kind: str
    created_at: datetime
    signal: str | None = None
    until: datetime | None = None
    task_id: str | None = None
    task: TaskRecord | None = None  # there until it is stored
    children: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    is_detached: bool = False  # the children are started, and not waited for
    stops: bool = False  # the first of them that fails ends the wait

    @property
    def key(self) -> WaitKey:
        return self.node_id, self.path, self.number

    def as_record(self, execution_id: str) -> dict[str, Any]:
        return {
            "execution_id": execution_id,
            "node_id": self.node_id,
            "path": self.path,
            "number": self.number,
            "kind": self.kind,
            "created_at": self.created_at,
            "signal": self.signal,
            "until": self.until,
            "task_id": self.task_id,
            "remaining": len(self.children) if self.children else None,
            "stops": self.stops,
        }

    def stored(self) -> StoredWait:
        """Return it as its row has it until it is answered."""
        return StoredWait(
            *self.key, self.kind, self.created_at, self.signal, self.until,
            task_id=UUID(self.task_id) if self.task_id else None, answered_at=None, answer=None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredWait:
    """A wait as its row has it: `StoredWait(**row)`."""

    node_id: str
    path: str
    number: int
    kind: str
    created_at: datetime
    signal: str | None
    until: datetime | None
    task_id: UUID | None
    answered_at: datetime | None
    answer: dict[str, Any] | None  # there where it is answered

    @property
    def key(self) -> WaitKey:
        return self.node_id, self.path, self.number

    def record(self) -> WaitRecord:
        """Return what an earlier worker stored as a record; it is not stored again."""
        task_id = None if self.task_id is None else str(self.task_id)
        return WaitRecord(*self.key, self.kind, self.created_at, self.signal, self.until, task_id)


@dataclass(slots=True)
class Ending:
    """The last transition of a run segment: final, or back to `pending`."""

    status: Status
    event: EventRecord
    end_reason: str | None = None
    output: list[Any] | None = None
    output_json: bytes | None = None  # of a large output, which was written before, in pieces
    output_node_id: str | None = None
    error: RunError | None = None
    warnings: list[dict[str, Any]] = field(default_factory=list)
    nodes_executed: int = 0
    running_ms: int = 0
    duration_ms: int | None = None
    at: datetime | None = None
    wakes: int = 0  # what the run had read when it asked to be let go
    closes_tasks: bool = False
    usage: Usage = NOTHING  # of the whole run, as its last event tells

    def as_record(self, execution_id: str) -> dict[str, Any]:
        return {
            "execution_id": execution_id,
            "output": self.output if self.output_json is None else fragment(self.output_json),
            # A large one is not looked through: its text is kept.
            "keeps_order": self.output_json is not None or not is_in_stored_order(self.output),
            "output_node_id": self.output_node_id,
            "end_reason": self.end_reason,
            "error": self.error,
            "warnings": self.warnings,
            "nodes_executed": self.nodes_executed,
            "duration_ms": self.duration_ms,
            "finished_at": wire_time(self.at) if self.at and self.end_reason else None,
        }


@dataclass(slots=True)
class Batch:
    """All of one run that goes into one commit."""

    execution_id: str
    epoch: int
    commit_no: int
    rows: list[NodeRunRow]
    events: list[EventRecord]
    ending: Ending | None = None
    response: dict[str, Any] | None = None
    waits: list[WaitRecord] = field(default_factory=list[WaitRecord])
    wakes: int = 0  # what the run has read of them; it may suspend only if that is all
    first_seq: int = 0
    closes_tasks: bool = False  # the run ends with people still asked
    taken: Buffer = field(default_factory=lambda: Buffer())


@dataclass(slots=True)
class Buffer:
    """What a run has to tell the journal, in order. Closed, it takes nothing any more."""

    rows: dict[tuple[str, str], NodeRunRow] = field(default_factory=dict)
    events: list[EventRecord] = field(default_factory=list)
    response: dict[str, Any] | None = None
    closed: bool = False
    waits: list[WaitRecord] = field(default_factory=list[WaitRecord])
    spent: Usage = NOTHING  # since the last commit
    finished: int = 0  # rows among them whose turn is over

    def put(self, row: NodeRunRow, event: EventRecord | None = None) -> None:
        if not self.closed:
            self.rows[row.node_id, row.path] = row
            self.finished += row.finished_at is not None
            if event is not None:
                self.events.append(event)

    def note(self, event: EventRecord) -> None:
        if not self.closed:
            self.events.append(event)

    def held_bytes(self) -> int:
        """Return how many bytes of outputs wait to be stored."""
        return sum(len(row.raw_outputs) for row in self.rows.values() if row.raw_outputs is not None)

    def take(self) -> Buffer:
        """Return what is in here, and be empty."""
        taken = Buffer(self.rows, self.events, self.response, waits=self.waits, spent=self.spent)
        self.rows, self.events, self.response, self.waits, self.finished = {}, [], None, [], 0
        self.spent = NOTHING
        return taken

    def put_back(self, taken: Buffer) -> None:
        """Take back what could not be written; what came meanwhile is newer."""
        self.rows = {**taken.rows, **self.rows}
        self.events[:0] = taken.events
        self.waits[:0] = taken.waits
        self.response = self.response or taken.response
        self.spent = taken.spent + self.spent
