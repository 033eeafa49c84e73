"""Inputs of recorded node runs, read from the rows that made them: a value stands in one row only."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any
from uuid import UUID

from compiler.definition import from_body
from compiler.graph import link
from compiler.regions import body_edges
from executor.models import Definition, Execution, HumanTask, NodeRun
from executor.run import trigger_items
from nodes.registry import builtin_catalogue


def recorded_inputs(execution: Execution) -> Callable[[NodeRun], dict[str, list[Any]]]:
    """Return a function from a node run to its items by input handle; rows are read once, when first asked."""
    cache: dict[str, Any] = {}

    def gather(row: NodeRun) -> dict[str, list[Any]]:
        if not cache:
            cache["graph"] = link(
                from_body(Definition.objects.get(pk=execution.definition_hash).body), builtin_catalogue()
            )
            cache["closing"] = body_edges(cache["graph"])
            rows = NodeRun.objects.filter(execution_id=execution.pk).values_list("node_id", "path", "outputs")
            cache["outputs"] = {(node_id, path): outputs or {} for node_id, path, outputs in rows}
        if row.node_id == execution.trigger_node_id:
            return {"main": trigger_items(execution.input)}
        if row.path.rpartition("/")[2].rpartition(":")[0] == row.node_id:  # a round of a loop
            return {"main": cache["outputs"].get((row.node_id, row.path), {}).get("loop", [])}
        found: dict[str, list[Any]] = {}
        for edge in cache["graph"].incoming.get(row.node_id, ()):
            if edge.id in cache["closing"]:
                continue
            items = cache["outputs"].get((edge.source, row.path), {}).get(edge.source_handle)
            if items:
                found.setdefault(edge.target_handle, []).extend(items)
        return found

    return gather


class Links:
    """What node runs of an execution led to: child runs and human tasks, read when first asked for."""

    def __init__(self, execution_id: UUID) -> None:
        self._execution_id = execution_id

    @cached_property
    def _children(self) -> dict[tuple[str | None, str], str]:
        rows = Execution.objects.filter(parent_execution_id=self._execution_id).order_by("-child_index")
        return {
            (node_id, path): str(pk) for node_id, path, pk in rows.values_list("parent_node_id", "parent_path", "pk")
        }

    @cached_property
    def _tasks(self) -> dict[tuple[str, str], str]:
        rows = HumanTask.objects.filter(execution_id=self._execution_id).order_by("number")
        return {(node_id, path): str(pk) for node_id, path, pk in rows.values_list("node_id", "path", "pk")}

    def child_of(self, row: NodeRun) -> str | None:
        return self._children.get((row.node_id, row.path))

    def task_of(self, row: NodeRun) -> str | None:
        return self._tasks.get((row.node_id, row.path))
