"""The Split Out node: one item per element of a list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import Field

from core.values.kinds import is_list, is_object
from core.values.paths import copied, get_path, has_path, last_name, remove_path, set_path
from core.values.size import json_size
from nodes import budget, costs
from nodes.base import Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType
from nodes.items import Item
from nodes.warnings import Warnings, warning


class SplitOutParams(NodeParams):
    field_to_split_out: str = Field(min_length=1, title="Fields", description="Dotted paths, several with commas")
    include: Literal["no_other_fields", "all_other_fields", "selected_other_fields"] = Field(
        default="no_other_fields", title="Other fields"
    )
    fields_to_include: list[str] = Field(default=[], title="Fields to keep")
    destination_field_name: str = Field(default="", title="New names", description="As many as fields, with commas")


class SplitOut(NodeType[SplitOutParams]):
    """Make an item of each element; several fields are walked side by side, the shorter ones filled with null.

    Raises: NodeFailed "items_limit", "invalid_output", "names_meet".
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
        docs="An object is split into its values. Without other fields and new names objects become items "
        "themselves; else an element is a field of the list's name: `id` of `order.id`. Lists whose names "
        "would meet keep their whole paths as names; one that meets another field is an error, and wants a new "
        "name. Files go on with all other fields.",
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
    source = item["json"]
    fields = _fields(params)
    rest = others(source, params, fields)
    columns = columns_of(params, fields, source, rest)
    unwraps = len(fields) == 1 and params.include == "no_other_fields" and not params.destination_field_name.strip(", ")
    rows = max((len(column.elements) for column in columns), default=0)
    budget.Budget().expect(rows, json_size(rest, budget.MOST_BYTES) * rows)
    keeps_files = params.include == "all_other_fields" and "binary" in item
    shell: Item = {"binary": item["binary"]} if keeps_files else {}
    made = budget.counted({**shell, "json": row_of(rest, columns, at, unwraps=unwraps)} for at in range(rows))
    return replace(made, warnings=tuple(_warnings(params, fields, item, keeps_files=keeps_files)))


def _warnings(params: SplitOutParams, fields: list[str], item: Item, *, keeps_files: bool) -> Warnings:
    """Return warnings of fields that are not there, and files that do not go on."""
    source = item["json"]
    found = [
        warning("field_missing", "field_to_split_out", f"There is no field {name!r} to split out")
        for name in fields
        if not has_path(source, name)
    ]
    if params.include == "selected_other_fields":
        found += [
            warning("field_missing", "fields_to_include", f"There is no field {name!r} to keep")
            for name in params.fields_to_include
            if not has_path(source, name)
        ]
    if item.get("binary") and not keeps_files:
        message = "Files do not go on with the elements; with all other fields they do"
        found.append(warning("files_left_out", "include", message))
    return found


def _elements(value: Any) -> list[Any]:
    if value is None:
        return []
    if is_object(value):
        return list(value.values())
    return value if is_list(value) else [value]


def others(source: dict[str, Any], params: SplitOutParams, fields: list[str]) -> dict[str, Any]:
    """Return the fields that go with each element; their keys do not depend on which of them are there."""
    if params.include == "all_other_fields":
        for name in fields:
            source = remove_path(source, name)
        return source
    made: dict[str, Any] = {}
    for name in params.fields_to_include if params.include == "selected_other_fields" else ():
        made = copied(source, made, name) if has_path(source, name) else set_path(made, name, None)
    return made


@dataclass(frozen=True, slots=True)
class Column:
    """The elements of a field, and what they are called. `is_key` says that the name is a key, whatever it holds."""

    name: str
    is_key: bool
    elements: list[Any]


def columns_of(params: SplitOutParams, fields: list[str], source: dict[str, Any], rest: dict[str, Any]) -> list[Column]:
    """Return the elements of all fields by name.

    A field without a new name has its last one, `id` of `order.id`; fields whose last names meet keep their whole ones.
    Raises: NodeFailed "names_meet".
    """
    new = [name.strip() for name in params.destination_field_name.split(",") if name.strip()][: len(fields)]
    last = [name if name in source else last_name(name) for name in fields]
    made: list[Column] = []
    for at, field in enumerate(fields):
        is_new = at < len(new)
        is_shared = last.count(last[at]) > 1 or last[at] in new
        name = new[at] if is_new else field if is_shared else last[at]
        if (not is_new and name in rest) or any(name == other.name for other in made):
            message = f"There is another field {name!r}: give the elements of {field!r} a new name"
            raise NodeFailed("names_meet", message[:300], field=name)
        made.append(Column(name, not is_new, _elements(get_path(source, field))))
    return made


def row_of(rest: dict[str, Any], columns: list[Column], at: int, *, unwraps: bool) -> dict[str, Any]:
    row = rest
    for column in columns:
        value = column.elements[at] if at < len(column.elements) else None
        if unwraps and is_object(value):
            return value
        row = {**row, column.name: value} if column.is_key else set_path(row, column.name, value)
    return row
