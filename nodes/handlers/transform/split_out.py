"""The Split Out node: one item per element of a list."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from core.values.paths import get_path, remove_path, set_path
from core.values.size import json_size
from nodes import budget, costs
from nodes.base import Look, NodeContext, NodeParams, NodeResult, NodeType
from nodes.items import Item


class SplitOutParams(NodeParams):
    field_to_split_out: str = Field(min_length=1, title="Fields", description="Dotted paths, several with commas")
    include: Literal["no_other_fields", "all_other_fields", "selected_other_fields"] = Field(
        default="no_other_fields", title="Other fields"
    )
    fields_to_include: list[str] = Field(default=[], title="Fields to keep")
    destination_field_name: str = Field(default="", title="New names", description="As many as fields, with commas")


class SplitOut(NodeType[SplitOutParams]):
    """Make an item of each element; several fields are walked side by side, the shorter ones filled with null.

    Raises: NodeFailed "items_limit", "invalid_output".
    """

    kind = "split_out"
    Params = SplitOutParams
    look = Look(
        label="Split Out",
        description="Makes an item of each element of a list.",
        category="transform",
        icon="ungroup",
        color="#0891b2",
        summary="{{ field_to_split_out }}",
        aliases=("explode", "unwind", "item lists"),
        docs="An object is split into its values. Objects become items themselves, other elements a field "
        "of the list's name.",
    )

    async def run(self, params: SplitOutParams, item: Item, ctx: NodeContext) -> NodeResult:
        rest = len(item["json"]) if params.include == "all_other_fields" else len(params.fields_to_include)
        cost_ms = costs.of_items(_rows(params, item) * (rest + 5), 0.2) + costs.of_value(item)
        return await ctx.compute(split, params, item, cost_ms=cost_ms)


def _fields(params: SplitOutParams) -> list[str]:
    return [name.strip() for name in params.field_to_split_out.split(",") if name.strip()]


def _rows(params: SplitOutParams, item: Item) -> int:
    return max((len(_elements(get_path(item["json"], name))) for name in _fields(params)), default=0)


def split(params: SplitOutParams, item: Item) -> NodeResult:
    """Return an item of each element. Raises: NodeFailed."""
    fields = _fields(params)
    names = [name.strip() for name in params.destination_field_name.split(",") if name.strip()]
    columns = [_elements(get_path(item["json"], name)) for name in fields]
    rest = others(item["json"], params, fields)
    rows = max((len(column) for column in columns), default=0)
    budget.Budget().expect(rows, json_size(rest, budget.MOST_BYTES) * rows)
    return budget.counted({"json": row_of(rest, columns, fields, names, at)} for at in range(rows))


def _elements(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [value]


def others(source: dict[str, Any], params: SplitOutParams, fields: list[str]) -> dict[str, Any]:
    if params.include == "all_other_fields":
        for name in fields:
            source = remove_path(source, name)
        return source
    made: dict[str, Any] = {}
    for name in params.fields_to_include if params.include == "selected_other_fields" else ():
        made = set_path(made, name, get_path(source, name))
    return made


def row_of(
    rest: dict[str, Any], columns: list[list[Any]], fields: list[str], names: list[str], at: int
) -> dict[str, Any]:
    row = rest
    for number, column in enumerate(columns):
        value = column[at] if at < len(column) else None
        named = names[number] if number < len(names) else ""
        if isinstance(value, dict) and len(columns) == 1 and not named and not rest:
            return value
        row = set_path(row, named, value) if named else {**row, fields[number].rsplit(".", 1)[-1]: value}
    return row
