"""What the steps of a run gave, as long as their nodes are at work: here, and in earlier workers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.json import dumps_lossy, loads_own
from executor.domain.records import NodeRunRow
from executor.domain.step_names import home_of
from nodes.usage import Usage


@dataclass(frozen=True, slots=True)
class Finished:
    """What a step gave, as JSON: whoever gets it gets a value of his own."""

    raw: bytes

    @property
    def value(self) -> Any:
        return loads_own(self.raw)


@dataclass(frozen=True, slots=True)
class Begun:
    """The row of a step as it was begun last."""

    id: UUID
    attempt: int
    attempts: list[dict[str, Any]]
    usage: Usage  # of its attempts so far


@dataclass(slots=True)
class StepMemory:
    """Finished steps by node and path of the step; those of a node that is over are forgotten."""

    _finished: dict[tuple[str, str], Finished] = field(default_factory=dict[tuple[str, str], Finished])
    _of_node: dict[tuple[str, str], list[str]] = field(default_factory=dict[tuple[str, str], "list[str]"])
    _rows: dict[tuple[str, str], dict[str, Begun]] = field(
        default_factory=dict[tuple[str, str], "dict[str, Begun]"]
    )  # by node run, then by the step's path: as it was begun last
    held_bytes: int = 0

    def value_of(self, node_id: str, path: str) -> Finished | None:
        """Return what a step gave, where it has finished."""
        return self._finished.get((node_id, path))

    def row_of(self, node_id: str, path: str) -> Begun | None:
        """Return the row a step has had in this process."""
        return self._rows.get((node_id, home_of(path, node_id)), {}).get(path)

    def begin(self, home: str, row: NodeRunRow) -> int:
        """Note a step that begins; returns how many of its node run there were."""
        rows = self._rows.setdefault((row.node_id, home), {})
        rows[row.path] = Begun(row.id, row.attempt, row.attempts, row.usage)
        return len(rows)

    def noted(self, home: str, row: NodeRunRow) -> None:
        """Note what was tried and used of a step: its next attempt goes on from there."""
        self._rows.setdefault((row.node_id, home), {})[row.path] = Begun(row.id, row.attempt, row.attempts, row.usage)

    def keep(self, node_id: str, home: str, path: str, value: Any) -> None:
        """Remember what a step of the node run at `home` gave."""
        finished = self._finished[node_id, path] = Finished(dumps_lossy(value))
        self._of_node.setdefault((node_id, home), []).append(path)
        self.held_bytes += len(finished.raw)

    def forget(self, node_id: str, home: str) -> None:
        """Forget the steps of a node run that is over."""
        for path in self._of_node.pop((node_id, home), ()):
            finished = self._finished.pop((node_id, path), None)
            self.held_bytes -= len(finished.raw) if finished else 0
        self._rows.pop((node_id, home), None)
