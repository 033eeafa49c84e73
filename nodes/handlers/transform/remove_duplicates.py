"""The Remove Duplicates node."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from core.values.compare import identity
from core.values.kinds import is_object
from core.values.paths import get_path, has_path, remove_path
from nodes import costs
from nodes.base import LITERAL, BatchNodeType, Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult
from nodes.items import Items, numbered
from nodes.kept_state import changing

STATE = "seen"
MOST_REMEMBERED = 5500  # of eleven bytes each: a state has 64 KiB


class RemoveDuplicatesParams(NodeParams):
    compare: Literal["all_fields", "selected_fields", "all_fields_except"] = Field(
        default="all_fields", title="Compare"
    )
    fields: list[str] = Field(default=[], title="Fields")
    keep: Literal["first", "last"] = Field(default="first", title="Keep")
    earlier_runs: bool = Field(
        default=False, title="Earlier runs too", description="Leaves out what an earlier run of this node handed on",
        json_schema_extra=LITERAL,
    )  # fmt: skip
    remember: int = Field(
        default=5000, ge=1, le=MOST_REMEMBERED, title="Remember", description="So many of the newest",
        json_schema_extra={**LITERAL, "show_if": {"field": "earlier_runs", "in": [True]}},
    )  # fmt: skip


class RemoveDuplicates(BatchNodeType[RemoveDuplicatesParams]):
    """Keep one of the items that are equal.

    Raises: NodeFailed "invalid_params" where no field is named, "field_missing" where items lack one that is.
    """

    kind = "remove_duplicates"
    Params = RemoveDuplicatesParams
    look = Look(
        label="Remove Duplicates",
        description="Keeps one of equal items.",
        category="transform",
        icon="copy-minus",
        color="#0891b2",
        summary="{{ compare }} {{ fields }}",
        aliases=("unique", "distinct", "dedupe"),
        docs='Equal in all fields, in the named ones, or in all but the named ones. 1 and 1.0 are equal, 1 and "1" are '
        "not. A named field that an item does not have is an error: it may be misspelled. With *Earlier runs too* the "
        "node remembers what it handed on, in production runs; other runs see a copy of their own.",
    )

    def effect_of(self, params: Mapping[str, Any]) -> Effect:
        return "write" if params.get("earlier_runs") else self.effect

    async def run_all(
        self, params: RemoveDuplicatesParams, inputs: Mapping[str, Items], ctx: NodeContext
    ) -> NodeResult:
        items = inputs.get("main") or []
        cost_ms = costs.of_items(len(items), 6) + costs.of_value(items)
        if not params.earlier_runs:
            return await ctx.compute(distinct, params, items, cost_ms=cost_ms)

        async def work(kept: Any) -> tuple[NodeResult, Any]:
            seen: list[str] = kept.get("seen", []) if is_object(kept) else []
            found: list[Any] = await ctx.compute(not_seen, params, items, seen, cost_ms=cost_ms)
            return NodeResult({"main": found[0]}), {"seen": found[1]} if found[1] else kept

        return await changing(ctx.state, STATE, work)


def distinct(params: RemoveDuplicatesParams, items: Items) -> NodeResult:
    """Return one of the items that are equal, in their order. Raises: NodeFailed."""
    _check(params, items)
    items = numbered(items)
    if params.keep == "last":
        items.reverse()
    kept = list({key_of(item["json"], params): item for item in reversed(items)}.values())
    return NodeResult({"main": sorted(kept, key=lambda item: item["pairedItem"]["item"])})


def not_seen(params: RemoveDuplicatesParams, items: Items, seen: list[str]) -> list[Any]:
    """Return the items that are equal to none before them, here and in earlier runs, and what is remembered now."""
    known = set(seen)
    kept: Items = []
    added: list[str] = []
    for item in distinct(params, items).outputs["main"]:
        digest = _digest(key_of(item["json"], params))
        if digest not in known:
            kept.append(item)
            added.append(digest)
    return [kept, (seen + added)[-params.remember :]]


def _digest(key: Any) -> str:
    """Return eight characters that stand for what equal items share."""
    text = repr(_written_alike(key)).encode("utf-8", "replace")
    return base64.b64encode(hashlib.blake2b(text, digest_size=6).digest()).decode()


def _written_alike(key: Any) -> Any:
    """Return a key in which equal numbers are written alike."""
    whole: Any = key
    if isinstance(key, tuple):
        return tuple(_written_alike(part) for part in whole)
    return int(key) if isinstance(key, float) and key.is_integer() else key


def _check(params: RemoveDuplicatesParams, items: Items) -> None:
    if params.compare == "all_fields":
        return
    if not params.fields:
        raise NodeFailed("invalid_params", "Name the fields to compare, or compare all", field="fields")
    for name in params.fields:
        missing = sum(not has_path(item["json"], name) for item in items)
        if missing and (params.compare == "selected_fields" or missing == len(items)):
            message = f"{missing} of {len(items)} items have no field {name!r}: they cannot be compared"
            raise NodeFailed("field_missing", message[:300], field=name)


def key_of(source: dict[str, Any], params: RemoveDuplicatesParams) -> Any:
    """Return what equal items share. 1 and 1.0 are equal, 1 and "1" are not."""
    if params.compare == "selected_fields":
        return identity([get_path(source, name) for name in params.fields])
    if params.compare == "all_fields_except":
        for name in params.fields:
            source = remove_path(source, name)
    return identity(source)
