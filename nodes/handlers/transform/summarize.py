"""The Summarize node: counts, sums and the like, over all items or by group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.values.compare import as_number, sort_key
from core.values.paths import get_path
from nodes import costs
from nodes.base import BatchNodeType, Look, NodeContext, NodeFailed, NodeParams, NodeResult
from nodes.budget import Budget, GrowingText
from nodes.items import Item, Items


class Summary(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    aggregation: Literal[
        "count", "count_unique", "sum", "average", "min", "max", "append", "concatenate", "first", "last"
    ] = "count"
    field: str = Field(min_length=1)
    output_field_name: str = ""
    separator: str = ", "


class SummarizeParams(NodeParams):
    fields_to_summarize: list[Summary] = Field(min_length=1, title="Summaries")
    fields_to_split_by: str = Field(default="", title="Group by", description="Dotted paths, several with commas")
    output_format: Literal["separate_items", "single_item"] = Field(default="separate_items", title="Output")


class Summarize(BatchNodeType[SummarizeParams]):
    """Make an item per group with what was asked for; groups keep the order in which they first came."""

    kind = "summarize"
    Params = SummarizeParams
    look = Look(
        label="Summarize",
        description="Counts, sums and averages, by group.",
        category="transform",
        icon="sigma",
        color="#0891b2",
        summary="{{ fields_to_summarize.length }} fields",
        aliases=("pivot", "group by", "sum", "count"),
        docs="A summary's field is called `sum_price`, `count_id` and so on unless it is named. Text that "
        "reads as a number counts as one.",
    )

    async def run_all(self, params: SummarizeParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        items = inputs.get("main") or []
        names = len(params.fields_to_summarize) + params.fields_to_split_by.count(",") + 1
        cost_ms = costs.of_items(len(items) * names, 3) + costs.of_value(items)
        return await ctx.compute(summarized, params, items, cost_ms=cost_ms)


def summarized(params: SummarizeParams, items: Items) -> NodeResult:
    """Return an item for each group. Raises: NodeFailed."""
    keys = [name.strip() for name in params.fields_to_split_by.split(",") if name.strip()]
    groups: dict[str, tuple[list[Any], list[tuple[int, Item]]]] = {}
    for at, item in enumerate(items):
        values = [get_path(item["json"], key) for key in keys]
        groups.setdefault(repr(values), (values, []))[1].append((at, item))
    made: Items = []
    counting = Budget()
    for values, members in groups.values():
        row = {key.rsplit(".", 1)[-1]: value for key, value in zip(keys, values, strict=True)}
        for summary in params.fields_to_summarize:
            name = summary.output_field_name or f"{summary.aggregation}_{summary.field.replace('.', '_')}"
            row[name] = _summary(summary, [get_path(item["json"], summary.field) for _, item in members])
            if isinstance(row[name], (str, list)):
                counting.part(row[name])
        made.append(counting.take({"json": row, "pairedItem": {"item": members[0][0]}}))
    if params.output_format == "single_item":
        made = [{"json": {"groups": [item["json"] for item in made]}, "pairedItem": {"item": 0}}]
    return NodeResult({"main": made})


def _summary(summary: Summary, values: list[Any]) -> Any:
    present = [value for value in values if value is not None and value != ""]
    kind = summary.aggregation
    if kind == "count":
        return len(present)
    if kind == "count_unique":
        return len({repr(value) for value in present})
    if kind in ("sum", "average"):
        numbers = [number for number in map(as_number, present) if number is not None]
        if kind == "average" and not numbers:
            return None
        return _total(numbers, len(numbers) if kind == "average" else 1, summary)
    if kind in ("min", "max"):
        ordered = sorted(present, key=sort_key)
        return (ordered[0] if kind == "min" else ordered[-1]) if ordered else None
    if kind == "append":
        return present
    if kind == "concatenate":
        text = GrowingText()
        for at, value in enumerate(present):
            text.write(f"{summary.separator if at else ''}{value}")
        return str(text)
    return (present[0] if kind == "first" else present[-1]) if present else None


def _total(numbers: list[float], parts: int, summary: Summary) -> float:
    """Return what numbers are together, or on average. Raises: NodeFailed, where that is more than a number can be."""
    try:
        total = math.fsum(numbers) / parts
    except OverflowError:  # on the way: what comes of it in the end may be a number
        try:
            total = float(sum(map(Fraction, numbers)) / parts)
        except OverflowError as exc:
            message = f"The {summary.aggregation} of {summary.field!r} is larger than a number can be"
            raise NodeFailed("invalid_value", message[:300], field=summary.field) from exc
    return int(total) if total.is_integer() and abs(total) < 2**53 else total
