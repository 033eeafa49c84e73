"""Evaluating a text with expressions for the editor; nothing is stored."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from compiler.definition import from_body, read
from compiler.expressions import ExpressionFailed, ExpressionSyntaxError, Names, NodeView, compile_template
from compiler.expressions.functions.output import to_json
from compiler.expressions.limits import MAX_RESULT, Budget
from compiler.expressions.scope import Scope
from compiler.expressions.template import Part, Template, is_no_number, raw_value, run_part
from compiler.expressions.values import UNDEFINED, is_nullish, text_of, type_of
from compiler.graph import Graph, link
from compiler.slots import served
from core.access import reach
from core.access.roles import Role
from core.errors import Missing, RateLimited
from core.models import User
from core.values.size import json_size
from credentials.variables import values_for
from executor.models import Definition, Execution, NodeRun
from executor.selectors import execution_for
from nodes.items import Item
from orchestrator import selectors
from orchestrator.compiling.evaluating import Watch, bounded
from orchestrator.models import Workflow

TIME_S = 2.0  # for all fields of a call
MOST_AT_ONCE = 4  # previews of one user in this process
MOST_SHOWN_BYTES = 8 * 1024 * 1024
_at_once: Counter[Hashable] = Counter()
_lock = threading.Lock()
Outputs = Mapping[str, Sequence[Item]]


class TooManyPreviews(RateLimited):
    retry_in_s = 1


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
    """Return `{ok, value, type, parts, error}`.

    Raises: Missing for a run or workflow that is not the caller's, TooManyPreviews.
    """
    return preview_all(actor=actor, texts={"text": text}, context=context, now=now)["text"]


def preview_all(
    *, actor: User, texts: Mapping[str, str], context: Mapping[str, Any], now: datetime
) -> dict[str, dict[str, Any]]:
    """Return for each name what `preview` does; what is left when the time is over is not evaluated.

    Raises: Missing, TooManyPreviews.
    """
    with _one_of(actor.pk), bounded(actor.pk, TIME_S) as watch:
        names = _names(actor, context, now)
        shown = Shown()
        late = {"code": "not_evaluated", "position": None, "message": "The fields before this one took too long"}
        results: dict[str, dict[str, Any]] = {}
        for name, text in texts.items():
            results[name] = _failed(late, []) if results and watch.is_over else _result(text, names, watch, shown)
        return results


@contextmanager
def _one_of(owner: Hashable) -> Generator[None, None, None]:
    """Count one preview of an owner. Raises: TooManyPreviews."""
    with _lock:
        if _at_once[owner] >= MOST_AT_ONCE:
            raise TooManyPreviews(f"At most {MOST_AT_ONCE} previews of one user may run at once", scope="previews")
        _at_once[owner] += 1
    try:
        yield
    finally:
        with _lock:
            _at_once[owner] -= 1
            if not _at_once[owner]:
                del _at_once[owner]


def _failed(error: Mapping[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"ok": False, "value": None, "type": "null", "parts": parts, "error": error}


def _result(text: str, names: Names, watch: Watch, shown: Shown) -> dict[str, Any]:
    try:
        template = compile_template(text)
    except ExpressionSyntaxError as exc:
        error = {"code": "expression_syntax", "position": exc.position, "message": exc.message}
        return _failed(error, [])
    budget = Budget()
    parts: list[dict[str, Any]] = []
    texts: list[str] = []
    length = 0
    failed: dict[str, Any] | None = None
    for part in template.parts:
        if part.evaluate is None:
            texts.append(part.text)
            continue
        entry: dict[str, Any] = {"start": part.start, "end": part.end, "value": None, "error": None}
        parts.append(entry)
        try:
            watch.check()
            entry["value"], as_text = _evaluated(template, part, names, budget)
            shown.add(entry["value"], as_text)
            texts.append(as_text)
            length += len(as_text)
            if length > MAX_RESULT:
                raise ExpressionFailed(f"the result is larger than {MAX_RESULT} characters", "expression_limit")
        except ExpressionFailed as exc:
            entry["value"] = None
            entry["error"] = {"code": exc.code, "position": part.start, "message": exc.message}
            failed = failed or entry["error"]
    if failed:
        return _failed(failed, parts)
    value = parts[0]["value"] if parts and len(template.parts) == 1 else "".join(texts)
    return {"ok": True, "value": value, "type": _type(value), "parts": parts, "error": None}


def _evaluated(template: Template, part: Part, names: Names, budget: Budget) -> tuple[Any, str]:
    """Return the value of a part as it is shown, and as it is part of a longer text. Raises: ExpressionFailed."""
    if len(template.parts) == 1:
        value = template.evaluate(names) if template.path else run_part(part, Scope(names, budget))
        return (None if value is UNDEFINED or is_no_number(value) else value), ""
    raw = raw_value(part, Scope(names, budget))
    value = None if raw is UNDEFINED else to_json(raw, budget)
    return value, "" if is_nullish(raw) else text_of(raw, budget.spend)


class Shown:
    """What the answer shows so far, bounded: a short text may name a large item a thousand times."""

    def __init__(self) -> None:
        self._left = MOST_SHOWN_BYTES

    def add(self, value: Any, text: str) -> None:
        """Count a value. Raises: ExpressionFailed where it is too much."""
        size = json_size(value, self._left) + len(text)
        if size > self._left:
            raise ExpressionFailed("the values of these expressions are larger than can be shown", "expression_limit")
        self._left -= size


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
        execution = execution_for(actor, UUID(str(context["execution_id"])), needs=Role.VIEWER)
    except ValueError as exc:
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
        variables=_variables(actor, execution, execution.variables), event=execution.input,
        now=now, timezone=graph.settings.timezone,
        execution={"id": str(execution.pk), "mode": execution.mode},
        workflow={"id": str(execution.workflow_id), "name": execution.workflow_name},
        ai=_asked_of_nobody(graph, context),
    )  # fmt: skip


def _of_pins(actor: User, context: Mapping[str, Any], index: int, now: datetime) -> Names:
    """Return what a node of the working copy sees of pinned outputs; `items` that are sent come before its input."""
    try:
        workflow = selectors.workflow_for(actor, UUID(str(context["workflow_id"])), needs=Role.VIEWER)
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
        variables=_variables(actor, workflow, variables), now=now, timezone=graph.settings.timezone,
        workflow={"id": str(workflow.pk), "name": workflow.name}, ai=_asked_of_nobody(graph, context),
    )  # fmt: skip


def _variables(actor: User, row: Workflow | Execution, given: Any) -> dict[str, Any]:
    """Return the variables that a run would see, secret ones masked; those that were sent come first.

    Whoever has a role on the workflow sees its own, and not those of its owner's account.
    """
    workflow_id = row.pk if isinstance(row, Workflow) else row.workflow_id
    is_own = reach.is_of_account(actor.pk, row)
    shared = values_for(row.owner_id, workflow_id, is_shown=True, with_account=is_own).by_name
    return {**shared, **given} if isinstance(given, dict) else shared


def _asked_of_nobody(graph: Graph, context: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a model gave a tool in a preview: nothing, so that defaults are shown; None for what is no tool."""
    return {} if str(context.get("node_id")) in graph.helpers else None


def _around(
    graph: Graph, node_id: str, outputs_of: Callable[[str], Outputs | None], is_done: Callable[[str], bool]
) -> tuple[list[Item], Callable[[str], NodeView | None]]:
    """Return the items that arrive at a node, and how other nodes are found by their labels.

    A helper is evaluated in the place of a step that it serves: the first of them stands for all.
    """
    steps = sorted(served(graph).get(node_id, ()))
    node = graph.nodes.get(steps[0] if steps else node_id)
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
