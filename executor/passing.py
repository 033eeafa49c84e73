"""Turns in which nothing runs: nodes that are skipped, left out, disabled, or given their output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from compiler.graph import Node
from executor.domain.lifecycle import NodeStatus
from executor.ledger import SKIPPED, Outcome
from executor.node_runner import error_of
from executor.outputs import encode
from executor.records import NodeRunRow
from nodes.base import Items, NodeFailed

if TYPE_CHECKING:
    from executor.scope import Scope


def _settled(
    scope: Scope, node: Node, status: NodeStatus, outputs: dict[str, Items], event: str, data: Any = None
) -> NodeRunRow:
    row = scope.row_of(node, {})
    row.finished_at = row.started_at
    row.status = status
    row.show(outputs, encode(outputs).raw)
    row.pinned = event == "node.completed"
    scope.run.buffer.put(row, row.event(event, row.started_at, data))
    scope.journal.dirty(scope.run)
    return row


def skip(scope: Scope, node: Node, reason: str) -> None:
    _settled(scope, node, NodeStatus.SKIPPED, {}, "node.skipped", {"reason": reason})
    scope.settle(node.id, SKIPPED)


def leave_out(scope: Scope, node: Node) -> None:
    """Pass over a node that a partial run does not run: with the output it is given, or without a trace."""
    pinned = pinned_output(scope, node)
    if pinned is None:
        scope.settle(node.id, SKIPPED)
    else:
        pin(scope, node, pinned, reused=True)


def pass_through(scope: Scope, node: Node, inputs: Mapping[str, Items]) -> None:
    """A disabled node hands its items on by its first output, a loop by what lies behind it."""
    assert node.type is not None  # noqa: S101 (the compiler lets no node through without its type)
    names = [name for name in node.type.output_names(node.params) if name != node.type.loop_handle]
    items = [{**item, "pairedItem": {"item": at}} for at, item in enumerate(next(iter(inputs.values()), []))]
    outputs = {names[0]: items} if names else {}
    _settled(scope, node, NodeStatus.SKIPPED, outputs, "node.skipped", {"reason": "disabled"})
    scope.settle(node.id, Outcome(NodeStatus.COMPLETED, outputs))


def pinned_output(scope: Scope, node: Node) -> Mapping[str, Items] | None:
    """Return the output a node is given instead of running: always the same, or one for each round it is in."""
    pinned: dict[str, Any] | None = scope.run.claimed["pinned"].get(node.id)
    rounds: dict[str, Any] | None = (pinned or {}).get("$rounds")
    return pinned if rounds is None else rounds.get(scope.ledger.path)


def pin(scope: Scope, node: Node, pinned: Mapping[str, Items], *, reused: bool = False) -> None:
    outputs = {handle: list(items) for handle, items in pinned.items()}
    try:
        row = _settled(scope, node, NodeStatus.COMPLETED, outputs, "node.completed")
    except NodeFailed as exc:
        _refuse(scope, node, exc)
        return
    row.pinned, row.reused = not reused, reused
    scope.settle(node.id, Outcome(NodeStatus.COMPLETED, outputs))


def _refuse(scope: Scope, node: Node, exc: NodeFailed) -> None:
    """Fail a node whose given output cannot be stored."""
    row = scope.row_of(node, {})
    row.finished_at, row.status = row.started_at, NodeStatus.FAILED
    row.error = {**error_of(exc), **scope.place_of(node.id)}
    row.show({}, b"{}")
    scope.settle(node.id, Outcome(NodeStatus.FAILED, {}))
    scope.run.buffer.put(row, row.event("node.failed", row.started_at, {"attempt": row.attempt, "handled": False}))
    scope.journal.dirty(scope.run)
    scope.fail(row.error)
