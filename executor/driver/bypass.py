"""Turns in which nothing runs: nodes that are skipped, left out, disabled, or given their output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.graph import Node
from executor.domain.ledger import SKIPPED, Outcome
from executor.domain.lifecycle import NodeStatus
from executor.domain.records import NodeRunRow
from executor.domain.run_error import at_place
from executor.node.outputs import encode
from executor.node.runner import error_of
from executor.run.region import RegionRun
from nodes.base import NodeFailed
from nodes.items import Items


def _settled(
    region: RegionRun, node: Node, status: NodeStatus, outputs: dict[str, Items], event: str, data: Any = None
) -> NodeRunRow:
    row = region.row_of(node, {})
    row.finished_at = row.started_at
    row.status = status
    row.show(outputs, encode(outputs).raw)
    row.pinned = event == "node.completed"
    region.run.buffer.put(row, row.event(event, row.started_at, data))
    region.journal.dirty(region.run)
    return row


def skip(region: RegionRun, node: Node, reason: str) -> None:
    _settled(region, node, NodeStatus.SKIPPED, {}, "node.skipped", {"reason": reason})
    region.settle(node.id, SKIPPED)


def leave_out(region: RegionRun, node: Node) -> None:
    """Pass over a node that a partial run does not run: with the output it is given, or without a trace."""
    pinned = pinned_output(region, node)
    if pinned is None:
        region.settle(node.id, SKIPPED)
    else:
        pin(region, node, pinned, reused=True)


def pass_through(region: RegionRun, node: Node, inputs: Mapping[str, Items]) -> None:
    """A disabled node hands its items on by its first output, a loop by what lies behind it."""
    assert node.type is not None  # noqa: S101 (the compiler lets no node through without its type)
    names = [name for name in node.type.output_names(node.params) if name != node.type.loop_handle]
    items = [{**item, "pairedItem": {"item": at}} for at, item in enumerate(next(iter(inputs.values()), []))]
    outputs = {names[0]: items} if names else {}
    _settled(region, node, NodeStatus.SKIPPED, outputs, "node.skipped", {"reason": "disabled"})
    region.settle(node.id, Outcome(NodeStatus.COMPLETED, outputs))


def pinned_output(region: RegionRun, node: Node) -> Mapping[str, Items] | None:
    """Return the output a node is given instead of running: always the same, or one for each round it is in."""
    pinned: dict[str, Any] | None = region.run.claimed["pinned"].get(node.id)
    rounds: dict[str, Any] | None = (pinned or {}).get("$rounds")
    return pinned if rounds is None else rounds.get(region.ledger.path)


def pin(region: RegionRun, node: Node, pinned: Mapping[str, Items], *, reused: bool = False) -> None:
    outputs = {handle: list(items) for handle, items in pinned.items()}
    try:
        row = _settled(region, node, NodeStatus.COMPLETED, outputs, "node.completed")
    except NodeFailed as exc:
        _refuse(region, node, exc)
        return
    row.pinned, row.reused = not reused, reused
    region.settle(node.id, Outcome(NodeStatus.COMPLETED, outputs))


def _refuse(region: RegionRun, node: Node, exc: NodeFailed) -> None:
    """Fail a node whose given output cannot be stored."""
    row = region.row_of(node, {})
    row.finished_at, row.status = row.started_at, NodeStatus.FAILED
    row.error = at_place(error_of(exc), region.place_of(node.id))
    row.show({}, b"{}")
    region.settle(node.id, Outcome(NodeStatus.FAILED, {}))
    region.run.buffer.put(row, row.event("node.failed", row.started_at, {"attempt": row.attempt, "handled": False}))
    region.journal.dirty(region.run)
    region.fail(row.error)
