"""Inputs of recorded node runs, read from the rows that made them: a value stands in one row only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from compiler.definition import from_body
from compiler.graph import Graph, link
from compiler.regions import body_edges
from executor.journal.stored_outputs import Pair, StoredOutputs, outputs_at
from executor.models import Definition, Execution, HumanTask, NodeRun
from executor.run.state import trigger_items
from nodes.registry import builtin_catalogue


@dataclass(frozen=True, slots=True)
class Source:
    """Where items of an input come from: a handle of another node run."""

    into: str
    pair: Pair
    handle: str


class Recorded:
    """Inputs and consequences of some node runs of an execution: read for these rows, and no others."""

    def __init__(self, execution: Execution, rows: Sequence[NodeRun]) -> None:
        self._execution = execution
        self._rows = rows

    def first_inputs(self, row: NodeRun, most: int) -> dict[str, list[Any]]:
        """Return the first items of each input handle."""
        if row.node_id == self._execution.trigger_node_id:
            return {"main": self._trigger_items[:most]}
        if _is_round(row):
            return {"main": self._page([Source("main", (row.node_id, row.path), "loop")], 0, most)}
        found: dict[str, list[Any]] = {}
        for source in self._sources(row):
            if self._count(source):
                items = found.setdefault(source.into, [])
                items.extend(self._page([source], 0, most - len(items)))
        return found

    def inputs(self, row: NodeRun, handle: str) -> Items:
        """Return the items of one input handle, to be read page by page."""
        if row.node_id == self._execution.trigger_node_id:
            return Items(self, [], self._trigger_items if handle == "main" else [])
        if _is_round(row):
            return Items(self, [Source(handle, (row.node_id, row.path), "loop")] if handle == "main" else [])
        return Items(self, [source for source in self._sources(row) if source.into == handle])

    def outputs(self, row: NodeRun, handle: str) -> Items:
        """Return the items of one output handle, to be read page by page."""
        return Items(self, [Source(handle, (row.node_id, row.path), handle)])

    @property
    def effects_id(self) -> UUID:
        """The run whose id is in the keys of effects: that of a repair is the first one's."""
        return self._execution.effects_id or self._execution.pk

    def child_of(self, row: NodeRun) -> str | None:
        return self._children.get((row.node_id, row.path))

    def task_of(self, row: NodeRun) -> str | None:
        return self._tasks.get((row.node_id, row.path))

    def forget(self) -> None:
        """Let go of what was read."""
        for name in ("_trigger_items", "_outputs", "_read"):
            vars(self).pop(name, None)
        self._rows = ()

    @cached_property
    def _trigger_items(self) -> list[Any]:
        return list(trigger_items(self._execution.input))

    @cached_property
    def _graph(self) -> Graph:
        return link(from_body(Definition.objects.get(pk=self._execution.definition_hash).body), builtin_catalogue())

    @cached_property
    def _closing(self) -> frozenset[str]:
        return frozenset(body_edges(self._graph))

    @cached_property
    def _outputs(self) -> dict[Pair, StoredOutputs]:
        wanted = {source.pair for row in self._rows for source in self._sources(row)}
        known = {(row.node_id, row.path): StoredOutputs.of(row) for row in self._rows}
        return known | outputs_at(self._execution.pk, sorted(wanted - known.keys()))

    def _sources(self, row: NodeRun) -> list[Source]:
        if row.node_id == self._execution.trigger_node_id or _is_round(row):
            return []
        return [
            Source(edge.target_handle, (edge.source, row.path), edge.source_handle)
            for edge in self._graph.incoming.get(row.node_id, ())
            if edge.id not in self._closing
        ]

    def _count(self, source: Source) -> int:
        stored = self._outputs.get(source.pair)
        return stored.counts.get(source.handle, 0) if stored is not None and stored.size else 0

    def _page(self, sources: Iterable[Source], begin: int, end: int) -> list[Any]:
        """Return items from `begin` up to `end` of these sources in a row."""
        found: list[Any] = []
        for source in sources:
            count = self._count(source)
            if begin < count and begin < end:
                found.extend(self._first_or_page(source, max(begin, 0), min(end, count)))
            begin, end = begin - count, end - count
        return found

    def _first_or_page(self, source: Source, begin: int, end: int) -> list[Any]:
        """Read a page; the first one is read once for all rows that it is an input of."""
        if begin:
            return self._outputs[source.pair].page(source.handle, begin, end)
        known = self._read.get((source.pair, source.handle), [])
        if len(known) < end:
            known = self._read[source.pair, source.handle] = self._outputs[source.pair].page(source.handle, 0, end)
        return known[:end]

    @cached_property
    def _read(self) -> dict[tuple[Pair, str], list[Any]]:
        return {}

    @cached_property
    def _children(self) -> dict[Pair, str]:
        """The first child run of each row."""
        children = Execution.objects.filter(
            parent_execution_id=self._execution.pk,
            parent_node_id__in={row.node_id for row in self._rows},
            parent_path__in={row.path for row in self._rows},
        )
        first = children.order_by("parent_node_id", "parent_path", "child_index").distinct(
            "parent_node_id", "parent_path"
        )
        return {
            (str(node_id), path): str(pk)
            for node_id, path, pk in first.values_list("parent_node_id", "parent_path", "pk")
        }

    @cached_property
    def _tasks(self) -> dict[Pair, str]:
        """The last human task of each row."""
        tasks = HumanTask.objects.filter(
            execution_id=self._execution.pk,
            node_id__in={row.node_id for row in self._rows},
            path__in={row.path for row in self._rows},
        )
        last = tasks.order_by("node_id", "path", "-number").distinct("node_id", "path")
        return {(node_id, path): str(pk) for node_id, path, pk in last.values_list("node_id", "path", "pk")}


class Items(Sequence[Any]):
    """The items of a handle as a list that is read by slices."""

    def __init__(self, recorded: Recorded, sources: Sequence[Source], given: Sequence[Any] = ()) -> None:
        self._recorded = recorded
        self._sources = sources
        self._given = given

    def __len__(self) -> int:
        return len(self._given) + sum(self._recorded._count(source) for source in self._sources)

    def __getitem__(self, at: Any) -> Any:
        if not isinstance(at, slice):
            return self[at : at + 1][0]
        begin, end, _ = at.indices(len(self))
        return self._given[begin:end] if self._given else self._recorded._page(self._sources, begin, end)


def _is_round(row: NodeRun) -> bool:
    """Tell whether a row stands for a round of a loop: it holds what the round was given."""
    return row.path.rpartition("/")[2].rpartition(":")[0] == row.node_id
