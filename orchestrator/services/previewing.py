"""Evaluating a text with expressions for the editor; nothing is stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from compiler.definition import from_body, read
from compiler.expressions import ExpressionFailed, ExpressionSyntaxError, Names, NodeView, compile_template
from compiler.expressions.limits import Budget
from compiler.expressions.scope import Scope
from compiler.expressions.template import Part, run_part
from compiler.expressions.values import UNDEFINED, type_of
from compiler.graph import Graph, link
from core.errors import Missing
from core.models import User
from executor.models import Definition, Execution, NodeRun
from nodes.base import Item
from orchestrator import selectors

TIME_S = 2.0  # for all fields of a call
Outputs = Mapping[str, Sequence[Item]]


@dataclass(slots=True)
class RecordedNode:
    """A node of a recorded run."""

    outputs: Sequence[Sequence[Item]]
    params: Mapping[str, Any]
    is_executed: bool

    def items(self, output: int = 0) -> Sequence[Item]:
        return self.outputs[output] if 0 <= output < len(self.outputs) else []

    def item_of(self, item_index: int) -> Item | None:
        items = self.items()
        return items[min(item_index, len(items) - 1)] if items else None


def preview(*, actor: User, text: str, context: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return `{ok, value, type, parts, error}`. Raises: Missing for a run or workflow that is not the caller's."""
    return _result(text, _names(actor, context, now))


def preview_all(
    *, actor: User, texts: Mapping[str, str], context: Mapping[str, Any], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return for each name what `preview` does; what is left when the time is over is not evaluated.

    Raises: Missing.
    """
    names = _names(actor, context, now)
    end = time.monotonic() + TIME_S
    late = {"code": "not_evaluated", "position": None, "message": "The fields before this one took too long"}
    return {name: _result(text, names) if time.monotonic() < end else _failed(late, []) for name, text in texts.items()}


def _failed(error: Mapping[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"ok": False, "value": None, "type": "null", "parts": parts, "error": error}


def _result(text: str, names: Names) -> dict[str, Any]:
    try:
        template = compile_template(text)
    except ExpressionSyntaxError as exc:
        error = {"code": "expression_syntax", "position": exc.position, "message": exc.message}
        return _failed(error, [])
    parts = [_part(part, names) for part in template.parts if part.evaluate is not None]
    failed = next((part["error"] for part in parts if part["error"]), None)
    if failed:
        return _failed(failed, parts)
    value = template.evaluate(names)
    return {"ok": True, "value": value, "type": _type(value), "parts": parts, "error": None}


def _part(part: Part, names: Names) -> dict[str, Any]:
    shown: dict[str, Any] = {"start": part.start, "end": part.end, "value": None, "error": None}
    try:
        value = run_part(part, Scope(names, Budget()))
        shown["value"] = None if value is UNDEFINED else value
    except ExpressionFailed as exc:
        shown["error"] = {"code": exc.code, "position": part.start, "message": exc.message}
    return shown


def _type(value: Any) -> str:
    if value is None:
        return "null"
    return "array" if isinstance(value, list) else type_of(value)


def _names(actor: User, context: Mapping[str, Any], now: datetime) -> Names:
    at = context.get("item_index")
    index = at if isinstance(at, int) and not isinstance(at, bool) and at >= 0 else 0
    variables = context.get("variables")
    if context.get("execution_id"):
        return _of_execution(actor, context, index, now)
    if context.get("workflow_id"):
        return _of_pins(actor, context, index, now)
    given = context.get("items")
    items = [_item(entry) for entry in given] if isinstance(given, list) else []
    return Names(
        json=items[index]["json"] if index < len(items) else {}, items=items, item_index=index,
        variables=variables if isinstance(variables, dict) else {}, now=now,
    )  # fmt: skip


def _item(entry: Any) -> Item:
    if isinstance(entry, dict) and isinstance(entry.get("json"), dict):
        return entry
    return {"json": entry if isinstance(entry, dict) else {"value": entry}}


def _of_execution(actor: User, context: Mapping[str, Any], index: int, now: datetime) -> Names:
    try:
        execution = Execution.objects.get(pk=UUID(str(context["execution_id"])), owner_id=actor.pk)
    except (ValueError, Execution.DoesNotExist) as exc:
        raise Missing("There is no such execution") from exc
    definition = from_body(Definition.objects.get(pk=execution.definition_hash).body)
    graph = link(definition, selectors.catalogue_of(execution.owner_id, definition, for_running=True))
    path = str(context.get("path") or "")
    steps = path.split("/") if path else []
    visible = ["/".join(steps[:depth]) for depth in range(len(steps) + 1)]  # the round's rows hide those further out
    rows = NodeRun.objects.filter(execution_id=execution.pk, path__in=visible).defer("outputs")  # read where it is used
    runs = {run.node_id: run for run in sorted(rows, key=lambda run: len(run.path))}

    def outputs_of(node_id: str) -> Outputs | None:
        return (runs[node_id].outputs or {}) if node_id in runs else None

    def is_done(node_id: str) -> bool:
        return node_id in runs and runs[node_id].status == "completed"

    items, find = _around(graph, str(context.get("node_id")), outputs_of, is_done)
    return Names(
        json=items[index]["json"] if index < len(items) else {}, items=items, item_index=index, node=find,
        variables=execution.variables, event=execution.input, now=now, timezone=graph.settings.timezone,
        execution={"id": str(execution.pk), "mode": execution.mode},
        workflow={"id": str(execution.workflow_id), "name": execution.workflow_name},
    )  # fmt: skip


def _of_pins(actor: User, context: Mapping[str, Any], index: int, now: datetime) -> Names:
    """Return what a node of the working copy sees of pinned outputs; `items` that are sent come before its input."""
    try:
        workflow = selectors.workflow_for(actor, UUID(str(context["workflow_id"])))
    except ValueError as exc:
        raise Missing("There is no such workflow") from exc
    definition = read(selectors.document_of(workflow))
    graph = link(definition, selectors.catalogue_of(workflow.owner_id, definition))
    pins: Mapping[str, Outputs] = workflow.pinned_data
    items, find = _around(graph, str(context.get("node_id")), pins.get, lambda node_id: node_id in pins)
    given, variables = context.get("items"), context.get("variables")
    if isinstance(given, list):
        items = [_item(entry) for entry in given]
    return Names(
        json=items[index]["json"] if index < len(items) else {}, items=items, item_index=index, node=find,
        variables=variables if isinstance(variables, dict) else {}, now=now, timezone=graph.settings.timezone,
        workflow={"id": str(workflow.pk), "name": workflow.name},
    )  # fmt: skip


def _around(
    graph: Graph, node_id: str, outputs_of: Callable[[str], Outputs | None], is_done: Callable[[str], bool]
) -> tuple[list[Item], Callable[[str], NodeView | None]]:
    """Return the items that arrive at a node, and how other nodes are found by their labels."""
    node = graph.nodes.get(node_id)
    items: list[Item] = []
    for edge in graph.incoming[node.id] if node else ():
        items.extend((outputs_of(edge.source) or {}).get(edge.source_handle) or [])

    def find(label: str) -> NodeView | None:
        found = graph.node_id_of(label)
        if found is None:
            return None
        named, outputs = graph.nodes[found], outputs_of(found)
        handles = named.type.output_names(named.params) if named.type else ()
        shown = [outputs.get(handle) or [] for handle in handles] if outputs is not None else []
        return RecordedNode(shown, named.params, is_done(found))

    return items, find
