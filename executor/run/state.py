"""One run while this process holds it: what it was asked to do, its program, its buffer, what earlier workers left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from core.clock import utc_now
from core.json import dumps_lossy
from core.secrets.resume_tokens import resume_token
from core.text.scrubbing import Secrets
from credentials.variables import Values
from executor.domain import events
from executor.domain.claimed import ClaimedRun
from executor.domain.ledger import Ledger
from executor.domain.lifecycle import NodeStatus
from executor.domain.program import Program, ProgramRun
from executor.domain.records import Buffer, EventRecord, NodeRunRow
from executor.domain.run_error import RunError, of_run
from executor.domain.running_time import RunningTime
from executor.domain.signals import JournalRejected, LeaseTooShort
from executor.domain.step_names import home_of, is_step
from executor.domain.tokens import Tokens
from executor.journal.journal import Journal
from executor.node.providing import Services
from executor.node.runner import Turn
from executor.run.gate import Gate
from executor.run.live import Live
from executor.run.step_memory import StepMemory
from executor.run.waits import Waits
from nodes.items import Item, Items
from nodes.usage import NOTHING, Usage

MAX_WARNINGS = 50


class Interrupted(Protocol):
    """Who ends the run early."""

    def __call__(self, reason: str, /) -> None: ...


async def _nothing() -> None:
    """Do nothing."""


async def _no_results(asked: object) -> list[dict[str, Any]]:
    return []


async def _unbound(asked: dict[str, Any]) -> Any:
    raise RuntimeError("no engine drives this run")


class Run:
    """What all parts of a run share, whatever its program is."""

    def __init__(
        self,
        claimed: ClaimedRun,
        program: Program[Run],
        journal: Journal,
        services: Services,
        lease_left_s: Any,
        running_time: RunningTime,
        shared: Values | None = None,
    ) -> None:
        self.execution_id = str(claimed.execution_id)
        self.effects_id = str(claimed.effects_id or claimed.execution_id)  # in the keys of its effects
        self.owner_id = claimed.owner_id
        self.epoch: int = claimed.epoch
        self.commit_no: int = claimed.commit_no
        self.last_seq: int = claimed.last_seq
        self.claimed = claimed
        self.variables = {**(shared.by_name if shared is not None else {}), **claimed.variables}
        self.program = program
        self.wakes: int = claimed.wakes
        self.tokens = Tokens()
        self.gate = Gate(self.tokens)
        self.waits = Waits(self.tokens)
        self.steps = StepMemory()
        self.secrets = Secrets()  # what its nodes have opened, and variables that are secret
        self.secrets.add(shared.secrets if shared is not None else ())
        self.live = Live(self.execution_id, self.secrets)
        self.buffer = Buffer()
        self.journal = journal
        self.services = services
        self.lease_left_s = lease_left_s
        self.known: dict[str, dict[str, KnownRow]] = {}  # by path and node: rows an earlier worker left
        self.open: dict[tuple[str, str], NodeRunRow] = {}  # rows of nodes that began and have not ended
        self.done: set[str] = set()  # nodes whose turn is over, wherever
        self.warnings: list[dict[str, Any]] = []
        self.failure: RunError | None = None
        self.responded_by: str | None = None
        self.stored_aside: dict[str, bytes] = {}  # outputs as stored, where values of them are references
        self.nodes_executed = 0
        self.usage = NOTHING  # what its nodes have used, here and in earlier workers
        self.turns: set[Turn] = set()  # being made now
        self.storing_bytes = 0  # of outputs whose large values are being stored as files
        self.rounds: set[Ledger] = set()  # at work now
        self._told = 0
        self.cancelled_for: str | None = None  # the end_reason a node gave
        self.results: list[Any] = []  # towards the goal
        self.errors = 0
        self.goal_reached = False
        self.tasks_closed = False
        self.suspending = False
        self.broken: Exception | None = None  # what the engine raised on its behalf
        self.is_ending = False  # interrupted: nothing of it counts any more but its end
        self.release()
        self.time = running_time
        self.program_run: ProgramRun = program.run_of(self)
        self.run_values: dict[str, Any] = {
            "variables": self.variables,
            "event": claimed.input,
            "execution": {
                "id": self.execution_id,
                "mode": claimed.mode,
                "resume_token": resume_token(self.execution_id),
            },
            "workflow": {
                "id": str(claimed.workflow_id) if claimed.workflow_id else None,
                "name": claimed.workflow_name,
                "active": claimed.mode == "production",
            },
        }

    def asked_by(self, workflow_id: str) -> Mapping[str, Any] | None:
        """Return the JSON Schema of what a workflow that it may call asks for, where that is known."""
        known = self.claimed.sub_workflows.get(workflow_id)
        return known.get("input_schema") if known is not None else None

    def release(self) -> None:
        """Let go of the engine, as before it drives the run and after: a run that is over waits for no collector."""
        self.interrupt: Interrupted = lambda reason: None
        self.look: Callable[[], None] = lambda: None  # ask for answers
        self.match_signals: Callable[[], Awaitable[None]] = _nothing
        self.children_started: Callable[[list[str]], None] = lambda ids: None
        self.children_of_call: Callable[[dict[str, Any]], Awaitable[list[dict[str, Any]]]] = _no_results
        self.child_results: Callable[[Sequence[str]], Awaitable[list[dict[str, Any]]]] = _no_results
        self.keep_job: Callable[[dict[str, Any]], Awaitable[None]] = _unbound
        self.job_kept: Callable[[str], None] = lambda queue: None  # tell the workers of a queue
        self.job_result: Callable[[dict[str, Any]], Awaitable[bytes]] = _unbound
        self.quiet: Callable[[], None] = lambda: None  # ask whether it can suspend
        self.tokens.release()
        self.live.release()

    # -- what the journal calls --------------------------------------------------------------------------------------
    def on_command(self, command: str | None) -> None:
        """Do what a person asked for; None: nothing any more."""
        if command == "pause":
            if "pause" not in self.gate.reasons:
                self.gate.close("pause")
                self.quiet()
        elif command is not None:
            self.interrupt(command)
        else:
            self.gate.open("pause")

    def on_wakes(self, wakes: int) -> None:
        self.look()

    def on_rejected(self, problem: JournalRejected) -> None:
        """End the run: something of it cannot be stored, and what came after it may stand on it."""
        if self.failure is None:
            self.failure = problem.as_error()
        self.interrupt("failure")

    def broke(self, exc: Exception) -> None:
        """End this run's hold on its process: the engine raised while it did something for it."""
        self.broken = self.broken or exc
        self.interrupt("broke")

    def progress(self) -> EventRecord | None:
        """Return the progress, where it has moved since it was last told; at most one goes into a commit."""
        done, total = len(self.done), self.program.total
        if done == self._told:
            return None
        self._told = done
        return events.progress(utc_now(), done=done, total=total)

    # -- what regions tell -------------------------------------------------------------------------------------------
    def over(self, node_id: str) -> None:
        """Count a node as done, and what is over with it."""
        self.done.update(self.program.over_with(node_id))

    def fail(self, error: RunError) -> None:
        """Note the first failure that nobody handles; with `fail_fast` it ends the run."""
        if self.failure is None:
            self.failure = error
        if self.program.settings.error_policy == "fail_fast":
            self.interrupt("failure")

    def count_results(self, items: Sequence[Any], errors: int) -> None:
        """Count towards the goal of the run: at so many results it ends well, above so many errors it fails."""
        goal = self.claimed.goal
        if not goal or self.goal_reached:
            return
        self.results.extend(items)
        self.errors += errors
        most, enough = goal.get("max_errors"), goal.get("min_rows")
        if most is not None and self.errors > most:
            self.fail(of_run("goal_max_errors", f"{self.errors} errors are more than the {most} allowed"))
            self.interrupt("failure")
        elif enough and len(self.results) >= enough:
            self.goal_reached = True
            self.interrupt("goal")

    def cancel(self, end_reason: str) -> None:
        """End the run as cancelled, by a node's word."""
        self.cancelled_for = self.cancelled_for or end_reason
        self.interrupt("cancel")

    def spent(self, usage: Usage, *rows: NodeRunRow) -> None:
        """Count what was used, with the rows whose it is."""
        if usage:
            for row in rows:
                row.usage += usage
                self.buffer.put(row)
            self.buffer.spent += usage
            self.usage += usage
            self.journal.dirty(self)

    def warn(self, warnings: list[dict[str, Any]]) -> None:
        self.warnings.extend(warnings[: MAX_WARNINGS - len(self.warnings)])

    @property
    def keeps_state(self) -> bool:
        """Tell whether what its nodes keep is for other runs too."""
        return self.claimed.mode == "production" or self.program.settings.keeps_test_state

    def check_lease(self) -> None:
        if self.lease_left_s() < 3:
            raise LeaseTooShort

    def held_bytes(self) -> int:
        """Return about how much of values the run holds, as JSON.

        What its nodes gave, what they are making, and what is not stored yet.
        """
        known = self.program_run.held_bytes() + sum(ledger.held_bytes() for ledger in self.rounds)
        made = sum(turn.making.made for turn in self.turns)
        stored = self.buffer.held_bytes() + sum(map(len, self.stored_aside.values()))
        return known + made + stored + self.storing_bytes + self.steps.held_bytes

    # -- rows --------------------------------------------------------------------------------------------------------
    def restore(self, records: list[dict[str, Any]]) -> None:
        """Take over what an earlier worker put into the journal; each region picks its rows when it begins."""
        for record in records:
            if self.program.has_node(record["node_id"]):
                known = KnownRow(record)
                self.known.setdefault(record["path"], {})[record["node_id"]] = known
                if is_step(record["kind"]) and known.status is NodeStatus.COMPLETED:
                    value = known.outputs["main"][0]["json"].get("value")
                    home = home_of(record["path"], record["node_id"])
                    self.steps.keep(record["node_id"], home, record["path"], value)
                if record["aside"] and not record["path"]:
                    self.stored_aside[record["node_id"]] = record["stored"]

    def cancel_open_rows(self, now: datetime, below: str | None = None) -> None:
        """Mark what was running when the run, or a round of it (`below` its path), ended."""
        for key, row in list(self.open.items()):
            if below is None or row.path == below or row.path.startswith(f"{below}/"):
                del self.open[key]
                if row.status in (NodeStatus.RUNNING, NodeStatus.WAITING):
                    row.status, row.finished_at = NodeStatus.CANCELLED, now
                    self.buffer.put(row)


class KnownRow:
    """A row an earlier worker left."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.record = record
        self.status = NodeStatus(record["status"])
        self.outputs: dict[str, Items] = record["outputs"] or {}
        self.error: RunError | None = record["error"]
        self.size: int = record.get("size", 0)  # of its outputs as JSON

    def as_row(self) -> NodeRunRow:
        """Return the row as its event shows it; it is not stored again."""
        record = self.record
        row = NodeRunRow(
            node_id=record["node_id"], label=record["label"], kind=record["kind"], effect=record["effect"],
            started_at=record["started_at"], path=record["path"], id=record["id"], pinned=record["pinned"],
        )  # fmt: skip
        row.show(self.outputs, dumps_lossy(self.outputs))
        row.finished_at, row.status, row.reused = record["finished_at"], self.status, True
        return row

    @property
    def is_over(self) -> bool:
        return self.status not in (NodeStatus.RUNNING, NodeStatus.WAITING)

    def continued(self, row: NodeRunRow) -> NodeRunRow:
        """Make a new row go on where this one ended: cut off, that was an attempt; waiting, it was none."""
        row.id, row.attempts = self.record["id"], self.record["attempts"]
        row.attempt = self.record["attempt"] + (self.status is NodeStatus.RUNNING)
        row.usage = Usage.of(self.record)
        return row


def trigger_items(value: Any) -> Items:
    """Turn a run's input into the trigger's items."""
    if isinstance(value, dict):
        return [_trigger_item(value, 0)]
    if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        return [_trigger_item(entry, at) for at, entry in enumerate(value)]
    return [{"json": {"value": value}, "pairedItem": {"item": 0}}]


def _trigger_item(value: dict[str, Any], at: int) -> Item:
    """Return an object of a run's input as an item; files that came with it stand in its `$binary`."""
    binary = value.get("$binary")
    if isinstance(binary, dict) and binary:
        json = {key: entry for key, entry in value.items() if key != "$binary"}
        return {"json": json, "binary": binary, "pairedItem": {"item": at}}
    return {"json": value, "pairedItem": {"item": at}}
