"""Outputs on their way into the journal: what can be stored, how large, what is put aside."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.json import MAX_DEPTH, NotStorable, check, dumps, holds_not_a_number, storable, without_not_a_number
from core.values.size import is_small, json_size
from executor.compute import pieces
from executor.domain.records import Place
from nodes import budget
from nodes.base import NodeFailed
from nodes.items import Items

ASIDE_BYTES = 256 * 1024
AROUND = 4  # levels around a field of an item: its object, the item, the list, the handles


@dataclass(frozen=True, slots=True)
class Encoded:
    """Outputs as values and as JSON; `has_not_a_number` says that NaN or Infinity became null."""

    outputs: dict[str, Items]
    raw: bytes
    size: int  # of all values as JSON, those aside included
    has_not_a_number: bool = False
    aside: tuple[Place, ...] = ()  # where `raw` holds references in place of large values


def encode(outputs: Mapping[str, Items], *, is_counted: bool = False) -> Encoded:
    """Write outputs as JSON, whose size is known before: they were counted, or are now.

    Raises: NodeFailed "invalid_output".
    """
    kept = dict(outputs)
    try:
        if not is_counted and not is_small(kept) and json_size(kept, budget.MOST_BYTES) > budget.MOST_BYTES:
            raise budget.too_large()
        kept, raw = storable(kept, depth=MAX_DEPTH + AROUND)
    except NotStorable as exc:
        raise NodeFailed("invalid_output", f"The output cannot be stored: {exc}") from exc
    except RecursionError as exc:
        raise NodeFailed("invalid_output", "The output is nested too deep") from exc
    if len(raw) > budget.MOST_BYTES:
        raise budget.too_large()
    if b"null" in raw and any(holds_not_a_number(item["json"]) for items in kept.values() for item in items):
        return Encoded(without_not_a_number(kept), raw, len(raw), has_not_a_number=True)
    return Encoded(kept, raw, len(raw))


async def encode_on_loop(outputs: Mapping[str, Items], *, is_counted: bool = False) -> Encoded:
    """Write outputs as `encode` does, and large ones piece by piece. Raises: NodeFailed "invalid_output"."""
    kept = dict(outputs)
    if is_small(kept):
        return encode(kept, is_counted=is_counted)
    if not is_counted and await asyncio.to_thread(json_size, kept, budget.MOST_BYTES) > budget.MOST_BYTES:
        raise budget.too_large()
    made: list[bytes] = []
    left = budget.MOST_BYTES
    try:
        async for piece in pieces.written(kept, depth=MAX_DEPTH + AROUND):
            left -= len(piece)
            if left < 0:
                raise budget.too_large()
            made.append(piece)
    except pieces.NotInPieces:
        return encode(kept, is_counted=True)
    raw = b"".join(made)
    if b"null" in raw and await asyncio.to_thread(holds_not_a_number, kept):
        return Encoded(await asyncio.to_thread(without_not_a_number, kept), raw, len(raw), has_not_a_number=True)
    return Encoded(kept, raw, len(raw))


def fit(value: Any, what: str, *, depth: int) -> Any:
    """Return a value a node hands to the engine, as it is stored. Raises: NodeFailed "invalid_output"."""
    try:
        return check(value, depth=depth)
    except (NotStorable, RecursionError) as exc:
        raise NodeFailed("invalid_output", f"{what} cannot be stored: {exc}"[:2000]) from exc


def large_values(outputs: Mapping[str, Items]) -> list[tuple[Place, bytes]]:
    """Return place and JSON of each field of an item that is stored aside."""
    found: list[tuple[Place, bytes]] = []
    for handle, items in outputs.items():
        for at, item in enumerate(items):
            for name, value in item.get("json", {}).items():
                if isinstance(value, (str, list, dict)) and (
                    not isinstance(value, str) or len(value) > ASIDE_BYTES // 4
                ):
                    raw = dumps(value)
                    if len(raw) > ASIDE_BYTES:
                        found.append(((handle, at, name), raw))
    return found


def with_references(outputs: Mapping[str, Items], references: Mapping[Place, dict[str, Any]]) -> bytes:
    """Return the JSON of outputs in which large values are references."""
    changed = {handle: list(items) for handle, items in outputs.items()}
    for (handle, at, name), reference in references.items():
        item = changed[handle][at]
        changed[handle][at] = {**item, "json": {**item["json"], name: reference}}
    return dumps(changed)
