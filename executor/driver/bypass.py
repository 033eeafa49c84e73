"""Turns in which nothing runs: nodes that are skipped, left out, disabled, or given their output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compiler.graph import Node
from executor.domain import events
from executor.domain.ledger import SKIPPED, Outcome
from executor.domain.lifecycle import NodeStatus
from executor.domain.records import EventRecord, NodeRunRow
from executor.domain.run_error import at_place
from executor.node.outputs import encode
from executor.node.runner import error_of
from executor.run.region import RegionRun
from nodes.base import NodeFailed
from nodes.items import Items


def _settled(region: RegionRun, node: Node, status: NodeStatus, outputs: dict[str, Items]) -> NodeRunRow:
    """Return the row of a turn in which nothing ran. Raises: NodeFailed where its outputs cannot be stored."""
    row = region.row_of(node, {})
    row.finished_at = row.started_at
    row.status = status
    row.show(outputs, encode(outputs).raw)
    return row


def _told(region: RegionRun, row: NodeRunRow, event: EventRecord) -> None:
    region.run.buffer.put(row, event)
    region.journal.dirty(region.run)


def _skipped(region: RegionRun, node: Node, outputs: dict[str, Items], reason: str) -> None:
    row = _settled(region, node, NodeStatus.SKIPPED, outputs)
    _told(region, row, events.node_skipped(row, reason))


def skip(region: RegionRun, node: Node, reason: str) -> None:
    _skipped(region, node, {}, reason)
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
    node_type = node.known_type
    names = [name for name in node_type.output_names(node.params) if name != node_type.loop_handle]
    items = [{**item, "pairedItem": {"item": at}} for at, item in enumerate(next(iter(inputs.values()), []))]
    outputs = {names[0]: items} if names else {}
    _skipped(region, node, outputs, "disabled")
    region.settle(node.id, Outcome(NodeStatus.COMPLETED, outputs))


def pinned_output(region: RegionRun, node: Node) -> Mapping[str, Items] | None:
    """Return the output a node is given instead of running: always the same, or one for each round it is in."""
    pinned: dict[str, Any] | None = region.run.claimed.pinned.get(node.id)
    rounds: dict[str, Any] | None = (pinned or {}).get("$rounds")
    return pinned if rounds is None else rounds.get(region.ledger.path)


def pin(region: RegionRun, node: Node, pinned: Mapping[str, Items], *, reused: bool = False) -> None:
    outputs = {handle: list(items) for handle, items in pinned.items()}
    try:
        row = _settled(region, node, NodeStatus.COMPLETED, outputs)
    except NodeFailed as exc:
        _refuse(region, node, exc)
        return
    row.pinned, row.reused = not reused, reused
    _told(region, row, events.node_completed(row, row.started_at))
    region.settle(node.id, Outcome(NodeStatus.COMPLETED, outputs))


def _refuse(region: RegionRun, node: Node, exc: NodeFailed) -> None:
    """Fail a node whose given output cannot be stored."""
    row = region.row_of(node, {})
    row.finished_at, row.status = row.started_at, NodeStatus.FAILED
    row.error = at_place(error_of(exc), region.place_of(node.id))
    row.show({}, b"{}")
    region.settle(node.id, Outcome(NodeStatus.FAILED, {}))
    _told(region, row, events.node_failed(row, row.started_at, handled=False))
    region.fail(row.error)
