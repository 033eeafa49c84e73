"""Repairing a run: a new one that takes over what an earlier one finished, and runs the rest.

What is taken over is decided per region: a node that has not finished, and all that follow it, run again; the rest is
copied, rounds of loops included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from compiler.plan import Plan, Region
from core.storage import blob_lifetime
from executor.domain.step_names import is_step, under
from executor.models import Execution, NodeRun

FINISHED = ("completed", "skipped")
COPY = """
INSERT INTO executor_noderun (id, execution_id, node_id, path, label, kind, status, effect, attempt, max_attempts,
    attempts, input_counts, output_counts, active_handles, error, pinned, warnings, logs, started_at, finished_at,
    outputs, aside, reused)
SELECT gen_random_uuid(), %(to)s, n.node_id, n.path, n.label, n.kind, n.status, n.effect, n.attempt, n.max_attempts,
    n.attempts, n.input_counts, n.output_counts, n.active_handles, n.error, n.pinned, n.warnings, n.logs, n.started_at,
    n.finished_at, n.outputs, n.aside, true
FROM executor_noderun n
JOIN unnest(%(nodes)s::text[], %(paths)s::text[]) AS k(node_id, path) ON n.node_id = k.node_id AND n.path = k.path
WHERE n.execution_id = %(from)s
"""


@dataclass(frozen=True, slots=True)
class Row:
    """What repairing needs to know of a node run."""

    node_id: str
    path: str
    status: str
    kind: str


@dataclass(slots=True)
class Repair:
    """What is taken over of a run: (node, path) of each row."""

    plan: Plan
    rows: dict[tuple[str, str], Row]
    start_at: tuple[str, str] | None  # a node and the path it runs again at; None: what has not finished
    replaced: frozenset[str] = frozenset()  # nodes of the root whose outputs are given
    failed_within: frozenset[tuple[str, str]] = frozenset()  # of a run that went on without them (`failed_within`)
    keeps_steps: bool = False  # the nodes are those of the run: what they finished of themselves counts
    kept: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def decide(self) -> list[tuple[str, str]]:
        """Return the rows to copy."""
        self._region(self.plan.root, "")
        return self.kept

    def _region(self, region: Region, path: str) -> None:
        again = self._again(region, path)
        for node_id in region.order:
            row = self.rows.get((node_id, path))
            if node_id in again:
                stay = self._inputs_stay(region, node_id, again)
                if node_id in region.bodies and stay:
                    self._rounds(region.bodies[node_id], node_id, path)
                elif stay and self.keeps_steps and self.start_at != (node_id, path):
                    self._steps(node_id, path)
            elif row is not None:
                self.kept.append((node_id, path))
                if node_id in region.bodies:
                    self._everything_below(node_id, path)

    @property
    def _starts(self) -> frozenset[tuple[str, str]]:
        return self.failed_within | ({self.start_at} if self.start_at is not None else set())

    def _again(self, region: Region, path: str) -> set[str]:
        """Return the nodes of a region that run again."""
        first = {node_id for node_id in region.order if not self._is_over(node_id, path)}
        first |= self.replaced if not path else frozenset()
        for target, at in self._starts:
            if at == path and target in region.reach.bit:
                first.add(target)
            elif at != path and (at.startswith(f"{path}/") if path else at):
                rest = at[len(path) + 1 :] if path else at
                first.add(rest.split("/")[0].rpartition(":")[0])  # the loop that holds the round
        return first | {node for node in region.order if any(region.reach.precedes(one, node) for one in first)}

    def _is_over(self, node_id: str, path: str) -> bool:
        row = self.rows.get((node_id, path))
        if row is None:
            return False
        return row.status in FINISHED or (row.status == "failed" and self._is_handled(node_id))

    def _is_handled(self, node_id: str) -> bool:
        settings = self.plan.graph.nodes[node_id].settings
        return settings.on_error != "fail" or "error" in self.plan.connected[node_id]

    def _inputs_stay(self, region: Region, node_id: str, again: set[str]) -> bool:
        """Whether a loop that runs again gets what it got before, so that its finished rounds count."""
        if self.start_at is not None and self.start_at[0] == node_id and self.start_at[1] == "":
            return False
        return not any(region.reach.precedes(one, node_id) for one in again)

    def _rounds(self, body: Region, loop_id: str, path: str) -> None:
        """Keep finished rounds whole, and of the others what they finished."""
        for (node_id, at), row in self.rows.items():
            if node_id != loop_id or not self._is_round_of(loop_id, path, at):
                continue
            if row.status == "completed" and not self._holds_start(at):
                self.kept.append((loop_id, at))
                self._everything_in(at)
            else:
                self._region(body, at)

    def _steps(self, node_id: str, path: str) -> None:
        """Keep what a node that runs again finished of itself."""
        prefix = under(path, node_id)
        self.kept.extend(
            key for key, row in self.rows.items()
            if key[0] == node_id and key[1].startswith(prefix) and row.status == "completed"
        )  # fmt: skip

    def _is_round_of(self, loop_id: str, path: str, at: str) -> bool:
        prefix = f"{path}/{loop_id}:" if path else f"{loop_id}:"
        return at.startswith(prefix) and "/" not in at[len(prefix) :]

    def _holds_start(self, at: str) -> bool:
        return any(start == at or start.startswith(f"{at}/") for _, start in self._starts)

    def _everything_below(self, loop_id: str, path: str) -> None:
        prefix = f"{path}/{loop_id}:" if path else f"{loop_id}:"
        self.kept.extend(key for key in self.rows if key[1].startswith(prefix))

    def _everything_in(self, path: str) -> None:
        self.kept.extend(key for key in self.rows if key[1].startswith(f"{path}/"))
        self.kept.extend(
            key for key in self.rows if key[1] == path and key[0] != path.rpartition("/")[2].rpartition(":")[0]
        )


def rows_of(execution_id: UUID, plan: Plan) -> dict[tuple[str, str], Row]:
    """Return the rows of a run that mean something to a plan: of nodes it has, of the same type, and their steps."""
    known = plan.graph.nodes
    found = NodeRun.objects.filter(execution_id=execution_id).values_list("node_id", "path", "status", "kind")
    rows = (Row(*values) for values in found)
    return {
        (row.node_id, row.path): row
        for row in rows
        if row.node_id in known and (known[row.node_id].kind == row.kind or is_step(row.kind))
    }


def failed_within(execution_id: UUID, rows: Mapping[tuple[str, str], Row], plan: Plan) -> frozenset[tuple[str, str]]:
    """Return where a run went on although something failed: maps by (node, path), loops by the round."""
    below = Execution.objects.filter(parent_execution_id=execution_id, is_detached=False)
    failed = below.filter(state__status__in=("failed", "timeout", "cancelled"))
    of_maps = {(node_id or "", path) for node_id, path in failed.values_list("parent_node_id", "parent_path")}
    found = {key for key in of_maps if _goes_on(plan, key[0])}
    found |= {key for key, row in rows.items() if row.status == "failed" and _is_round(key) and _goes_on(plan, key[0])}
    return frozenset(found)


def _goes_on(plan: Plan, node_id: str) -> bool:
    params = plan.graph.nodes[node_id].params if node_id in plan.graph.nodes else {}
    return any(params.get(name) in ("skip", "collect") for name in ("on_item_failure", "on_round_failure"))


def _is_round(key: tuple[str, str]) -> bool:
    node_id, path = key
    return path.rpartition("/")[2].rpartition(":")[0] == node_id


def copy_rows(*, source: UUID, target: UUID, keys: Iterable[tuple[str, str]]) -> None:
    """Copy rows of one run to another, marked as reused."""
    chosen = sorted(set(keys))
    asked: dict[str, Any] = {
        "from": source,
        "to": target,
        "nodes": [n for n, _ in chosen],
        "paths": [p for _, p in chosen],
    }
    with connection.cursor() as cursor:
        cursor.execute(COPY, asked)
    blob_lifetime.share(source=source, target=target)
