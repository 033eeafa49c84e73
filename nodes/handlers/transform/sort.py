"""The Sort node."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.values.compare import sort_key
from core.values.paths import get_path, parse_path
from nodes import costs
from nodes.base import BatchNodeType, Look, NodeContext, NodeParams, NodeResult
from nodes.items import Item, Items, numbered
from nodes.warnings import warning_of_missing


class SortField(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    field_name: str = Field(min_length=1)
    order: Literal["ascending", "descending"] = "ascending"


class SortParams(NodeParams):
    type: Literal["simple", "random"] = Field(default="simple", title="Type")
    sort_fields: list[SortField] = Field(default=[], title="Fields")


class Sort(BatchNodeType[SortParams]):
    """Put items in order; equal ones keep theirs, missing values stand last."""

    kind = "sort"
    Params = SortParams
    look = Look(
        label="Sort",
        description="Puts items in order.",
        category="transform",
        icon="arrow-down-up",
        color="#0891b2",
        summary="{{ sort_fields.0.field_name }} {{ sort_fields.0.order }} {{ sort_fields.more }}",
        aliases=("order", "rank", "shuffle"),
        docs="By one field or several. The order is the same whatever came before: false and true, numbers and "
        "text that reads as one, dates, other text, lists, objects.",
    )

    async def run_all(self, params: SortParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        items = inputs.get("main") or []
        fields = 1 if params.type == "random" else len(params.sort_fields)
        cost_ms = costs.of_items(len(items) * fields, 1 if params.type == "random" else 40)
        return await ctx.compute(ordered, params, items, cost_ms=cost_ms + costs.of_value(items))


def ordered(params: SortParams, items: Items) -> NodeResult:
    """Return items in order, each with its place before."""
    items = numbered(items)
    if params.type == "random":
        random.shuffle(items)
        return NodeResult({"main": items})
    warnings: list[tuple[str, str, str]] = []
    for field in reversed(params.sort_fields):
        read = _reader(field.field_name)
        present = [item for item in items if read(item) is not None]
        absent = [item for item in items if read(item) is None]
        present.sort(key=lambda item: sort_key(read(item)), reverse=field.order == "descending")
        warnings += warning_of_missing(field.field_name, "sort_fields", len(absent), len(items))
        items = [*present, *absent]
    return NodeResult({"main": items}, warnings=tuple(warnings))


def _reader(path: str) -> Callable[[Item], Any]:
    steps = parse_path(path)
    return lambda item: item["json"][path] if path in item["json"] else get_path(item["json"], steps)
