"""From a turn's result to the row that is stored: encoded outputs, large values set aside, warnings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from compiler.expressions import HALVED, NO_NUMBER
from compiler.graph import Node
from core.storage.blobs import NewFile
from executor.domain.lifecycle import NodeStatus
from executor.domain.records import NodeRunRow, Place
from executor.node.files import NodeFiles
from executor.node.outputs import ASIDE_BYTES, Encoded, encode_on_loop, large_values, with_references
from executor.node.runner import TurnResult, error_of, failed_turn
from executor.run.state import Run
from nodes.base import NodeFailed
from nodes.items import Item, Items

COPIES = 4  # of a large output while its values are stored: itself, its JSON, that of its values, what is sent


async def encoded_result(
    run: Run, node: Node, result: TurnResult, inputs: Mapping[str, Items], *, error_is_used: bool
) -> Encoded:
    """Return a result as it is stored. What cannot be stored becomes the node's failure."""
    goes_on = (node.settings.on_error == "continue" or result.skipped) and not error_is_used
    onward = (node.type.onward(node.params) if node.type is not None else None) or "main"
    if goes_on:
        _with_failures_among_results(result, onward)
    try:
        made = await encode_on_loop(result.outputs, is_counted=result.is_counted)
        if len(made.raw) <= ASIDE_BYTES:
            return made
        run.storing_bytes += (copies := COPIES * len(made.raw))
        try:
            return await _with_values_aside(run, made)
        finally:
            run.storing_bytes -= copies
    except NodeFailed as exc:
        return await _encoded_failure(result, inputs, exc, onward=onward if goes_on else None)


async def _encoded_failure(
    result: TurnResult, inputs: Mapping[str, Items], exc: NodeFailed, *, onward: str | None
) -> Encoded:
    """Make a result a failure: each item goes on with the error, or where that is too much, the error alone."""
    alone: dict[str, Items] = {"main": [{"json": {}}]}
    for given in (inputs, alone):
        await failed_turn(given, error_of(exc), result)
        if onward is not None:
            _with_failures_among_results(result, onward)
        try:
            return await encode_on_loop(result.outputs)
        except NodeFailed:
            continue
    return await encode_on_loop({})


def _with_failures_among_results(result: TurnResult, onward: str) -> None:
    """Put items that failed where the others are, in their order."""
    if result.error is not None:
        result.outputs.setdefault(onward, []).extend(result.outputs.pop("error", []))
        result.outputs[onward].sort(key=_paired_position)


async def _with_values_aside(run: Run, encoded: Encoded) -> Encoded:
    """Store large values as files, before the row that refers to them and says where."""
    large = await asyncio.to_thread(large_values, encoded.outputs)
    if not large:
        return encoded
    files = NodeFiles(run.owner_id, run.execution_id, run.services.in_database)
    new = [NewFile.named(value, f"{place[2]}.json"[-200:], "application/json") for place, value in large]
    references: dict[Place, dict[str, Any]] = {}
    for (place, _), saved in zip(large, await files.save_all(new), strict=True):
        references[place] = {"$blob": {key: saved[key] for key in ("id", "size_bytes", "url")}}
    raw = await asyncio.to_thread(with_references, encoded.outputs, references)
    return replace(encoded, raw=raw, aside=tuple(references))


def _of_expression(node_id: str, field: str, text: str) -> dict[str, Any]:
    if text.startswith(HALVED):
        message = f"{text.removeprefix(HALVED)[:200]} cuts a character in two: U+FFFD stands for its half"
        return {"code": "replaced_character", "node_id": node_id, "field": field, "message": message}
    if text.startswith(NO_NUMBER):
        message = f"{text.removeprefix(NO_NUMBER)[:200]} is Infinity or no number, and became null"
        return {"code": "not_a_number", "node_id": node_id, "field": field, "message": message}
    message = f"{text[:200]} is undefined"
    return {"code": "unresolved_expression", "node_id": node_id, "field": field, "message": message}


def warnings_of(node_id: str, result: TurnResult, encoded: Encoded) -> list[dict[str, Any]]:
    """Return what a turn's row warns of: what came to nothing, was no number, was secret."""
    found = [_of_expression(node_id, field, text) for field, text in dict.fromkeys(result.unresolved)]
    if encoded.has_not_a_number:
        found.append(
            {"code": "not_a_number", "node_id": node_id, "field": "", "message": "NaN or Infinity became null"}
        )
    if result.held_secret:
        message = "A secret of a credential stood in the output and was taken out"
        found.append({"code": "secret_in_output", "node_id": node_id, "field": "", "message": message})
    found += [
        {"code": code, "node_id": node_id, "field": field, "message": message}
        for code, field, message in result.warnings
    ]
    return [{**warning, "field": warning["field"] or None} for warning in found]


def fill(row: NodeRunRow, result: TurnResult, encoded: Encoded, *, drop: bool) -> dict[str, Items]:
    """Put a result into its row; returns the outputs that go on. `drop` leaves them out: a failure nobody handles."""
    row.logs = result.logs[:200]
    row.cached = result.is_cached
    row.status = NodeStatus.FAILED if result.failed else NodeStatus.COMPLETED
    if drop:
        row.show({}, b"{}")
        return {}
    row.show(encoded.outputs, encoded.raw, encoded.aside)
    return dict(encoded.outputs)


def _paired_position(item: Item) -> int:
    paired = item.get("pairedItem")
    position = paired.get("item") if isinstance(paired, dict) else 0
    return position if isinstance(position, int) else 0
