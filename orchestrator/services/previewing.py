"""Evaluating a text with expressions for the editor; nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from compiler.definition import from_body
from compiler.expressions import ExpressionFailed, ExpressionSyntaxError, Names, NodeView, compile_template
from compiler.expressions.limits import Budget
from compiler.expressions.scope import Scope
from compiler.expressions.template import Part, run_part
from compiler.expressions.values import UNDEFINED, type_of
from compiler.graph import link
from core.errors import Missing
from core.models import User
from executor.models import Definition, Execution, NodeRun
from nodes.base import Item
from orchestrator import selectors


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
    """Return `{ok, value, type, parts, error}`. Raises: Missing for an execution that is not the caller's."""
    names = _names(actor, context, now)
    try:
        template = compile_template(text)
    except ExpressionSyntaxError as exc:
        error = {"code": "expression_syntax", "position": exc.position, "message": exc.message}
        return {"ok": False, "value": None, "type": "null", "parts": [], "error": error}
    parts = [_part(part, names) for part in template.parts if part.evaluate is not None]
    failed = next((part["error"] for part in parts if part["error"]), None)
    if failed:
        return {"ok": False, "value": None, "type": "null", "parts": parts, "error": failed}
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
    node = graph.nodes.get(str(context.get("node_id")))
    items: list[Item] = []
    for edge in graph.incoming[node.id] if node else ():
        run = runs.get(edge.source)
        items.extend((run.outputs or {}).get(edge.source_handle) or [] if run else [])

    def find(label: str) -> NodeView | None:
        node_id = graph.node_id_of(label)
        if node_id is None:
            return None
        run, named = runs.get(node_id), graph.nodes[node_id]
        handles = named.type.output_names(named.params) if named.type else ()
        outputs = [(run.outputs or {}).get(handle) or [] for handle in handles] if run else []
        return RecordedNode(outputs, named.params, run is not None and run.status == "completed")

    return Names(
        json=items[index]["json"] if index < len(items) else {}, items=items, item_index=index, node=find,
        variables=execution.variables, event=execution.input, now=now, timezone=graph.settings.timezone,
        execution={"id": str(execution.pk), "mode": execution.mode},
        workflow={"id": str(execution.workflow_id), "name": execution.workflow_name},
    )  # fmt: skip
