"""The Summarize node: counts, sums and the like, over all items or by group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.values.compare import identity, sort_key, text_of
from core.values.numbers import as_number, total
from core.values.paths import get_path, has_path, last_name
from nodes import costs
from nodes.base import BatchNodeType, Look, NodeContext, NodeFailed, NodeParams, NodeResult
from nodes.budget import Budget, GrowingText
from nodes.items import Item, Items, links_to
from nodes.warnings import Warnings, warning, warning_of_missing


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
        "reads as a number counts as one; other text is left out of sums and averages, with a warning. Whole "
        "numbers are summed exactly. A group's field has the last name of its path; paths whose last names "
        'meet are `buyer_country` and `seller_country`. 1 and 1.0 are one group, 1 and "1" are two.',
    )

    async def run_all(self, params: SummarizeParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        items = inputs.get("main") or []
        names = len(params.fields_to_summarize) + params.fields_to_split_by.count(",") + 1
        cost_ms = costs.of_items(len(items) * names, 3) + costs.of_value(items)
        return await ctx.compute(summarized, params, items, cost_ms=cost_ms)


def summarized(params: SummarizeParams, items: Items) -> NodeResult:
    """Return an item for each group. Raises: NodeFailed."""
    keys = [name.strip() for name in params.fields_to_split_by.split(",") if name.strip()]
    key_names, names = names_of(params, keys)
    groups: dict[Any, tuple[list[Any], list[tuple[int, Item]]]] = {}
    for at, item in enumerate(items):
        values = [get_path(item["json"], key) for key in keys]
        groups.setdefault(identity(values), (values, []))[1].append((at, item))
    made: Items = []
    counting = Budget()
    skipped = [0] * len(names)
    for values, members in groups.values():
        row = dict(zip(key_names, values, strict=True))
        for number, (name, summary) in enumerate(zip(names, params.fields_to_summarize, strict=True)):
            row[name], left_out = _summary(summary, [get_path(item["json"], summary.field) for _, item in members])
            skipped[number] += left_out
            if isinstance(row[name], (str, list)):
                counting.part(row[name])
        made.append(counting.take({"json": row, "pairedItem": links_to(at for at, _ in members)}))
    if params.output_format == "single_item":
        link = links_to(range(len(items)))
        made = [{"json": {"groups": [item["json"] for item in made]}, "pairedItem": link}]
    return NodeResult({"main": made}, warnings=tuple(_warnings(params, keys, items, skipped)))


def names_of(params: SummarizeParams, keys: list[str]) -> tuple[list[str], list[str]]:
    """Return what the fields of a group and its summaries are called, which does not depend on the items.

    A group's field has its last name, `country` of `buyer.country`; those that meet have whole ones, `buyer_country`.
    Raises: NodeFailed "names_meet".
    """
    last = [last_name(key) for key in keys]
    key_names = [key.replace(".", "_") if last.count(name) > 1 else name for key, name in zip(keys, last, strict=True)]
    names = [
        one.output_field_name or f"{one.aggregation}_{one.field.replace('.', '_')}"
        for one in params.fields_to_summarize
    ]
    meant: dict[str, Any] = {}
    for name, what in zip([*key_names, *names], [*keys, *params.fields_to_summarize], strict=True):
        if meant.setdefault(name, what) != what:
            raise NodeFailed("names_meet", f"Two fields would be called {name!r}: name one of them"[:300], field=name)
    return key_names, names


def _warnings(params: SummarizeParams, keys: list[str], items: Items, skipped: list[int]) -> Warnings:
    found: Warnings = []
    for name in keys:
        missing = sum(not has_path(item["json"], name) for item in items)
        found += warning_of_missing(name, "fields_to_split_by", missing, len(items))
    for summary, left_out in zip(params.fields_to_summarize, skipped, strict=True):
        missing = sum(not has_path(item["json"], summary.field) for item in items)
        found += warning_of_missing(summary.field, "fields_to_summarize", missing, len(items))
        if left_out:
            message = f"{left_out} values of {summary.field!r} are no numbers, and not in its {summary.aggregation}"
            found.append(warning("not_a_number", "fields_to_summarize", message))
    return found


def _summary(summary: Summary, values: list[Any]) -> tuple[Any, int]:
    """Return what values come to, and how many of them were left out of it."""
    present = [value for value in values if value is not None and value != ""]
    kind = summary.aggregation
    if kind == "count":
        return len(present), 0
    if kind == "count_unique":
        return len({identity(value) for value in present}), 0
    if kind in ("sum", "average"):
        numbers = [number for number in map(as_number, present) if number is not None]
        left_out = len(present) - len(numbers)
        if kind == "average" and not numbers:
            return None, left_out
        return _total(numbers, len(numbers) if kind == "average" else 1, summary), left_out
    if kind in ("min", "max"):
        return ((min if kind == "min" else max)(present, key=sort_key) if present else None), 0
    if kind == "append":
        return present, 0
    if kind == "concatenate":
        text = GrowingText()
        for at, value in enumerate(present):
            text.write(f"{summary.separator if at else ''}{text_of(value)}")
        return str(text), 0
    return ((present[0] if kind == "first" else present[-1]) if present else None), 0


def _total(numbers: list[int | float], parts: int, summary: Summary) -> int | float:
    """Return what numbers are together, or on average. Raises: NodeFailed, where that is more than a number can be."""
    try:
        return total(numbers, parts)
    except OverflowError as exc:
        message = f"The {summary.aggregation} of {summary.field!r} is larger than a number can be"
        raise NodeFailed("invalid_value", message[:300], field=summary.field) from exc
