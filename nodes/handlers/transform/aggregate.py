"""The Aggregate node: many items become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.values.kinds import is_list
from core.values.paths import get_path, has_path, remove_path, set_path
from nodes import costs
from nodes.base import BatchNodeType, Look, NodeContext, NodeParams, NodeResult
from nodes.budget import Budget, counted
from nodes.items import Items, links_to
from nodes.warnings import Warnings, warning_of_missing


class AggregatedField(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    field_to_aggregate: str = Field(min_length=1)
    rename_field: bool = False
    output_field_name: str = ""


class AggregateParams(NodeParams):
    aggregate: Literal["aggregate_individual_fields", "aggregate_all_item_data"] = Field(
        default="aggregate_all_item_data", title="Aggregate"
    )
    fields_to_aggregate: list[AggregatedField] = Field(default=[], title="Fields")
    destination_field_name: str = Field(default="data", min_length=1, title="Put the list into")
    include: Literal["all_fields", "specified_fields", "all_fields_except"] = Field(
        default="all_fields", title="Which fields"
    )
    fields: list[str] = Field(default=[], title="Fields to keep or leave out")
    keep_missing: bool = Field(default=False, title="Keep null for missing values")
    merge_lists: bool = Field(default=False, title="Merge lists into one")


class Aggregate(BatchNodeType[AggregateParams]):
    """Collect fields, or whole items, into lists of one item."""

    kind = "aggregate"
    Params = AggregateParams
    look = Look(
        label="Aggregate",
        description="Makes one item of many.",
        category="transform",
        icon="group",
        color="#0891b2",
        summary="{{ aggregate }}",
        aliases=("collect", "group", "item lists"),
        docs="Either one list of whole items, or one list per field.",
    )

    async def run_all(self, params: AggregateParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        items = inputs.get("main") or []
        fields = max(len(params.fields_to_aggregate), 1) + len(params.fields)
        return await ctx.compute(
            aggregated, params, items, cost_ms=costs.of_items(len(items) * fields, 1) + costs.of_value(items)
        )


def aggregated(params: AggregateParams, items: Items) -> NodeResult:
    """Return one item of many. Raises: NodeFailed."""
    counting = Budget()
    warnings: Warnings = []
    if params.aggregate == "aggregate_all_item_data":
        made: dict[str, Any] = {params.destination_field_name: [_kept(item["json"], params) for item in items]}
    else:
        made = {}
        for field in params.fields_to_aggregate:
            path = field.field_to_aggregate
            missing = sum(not has_path(item["json"], path) for item in items)
            warnings += warning_of_missing(path, "fields_to_aggregate", missing, len(items))
            values = counting.part(_values(items, path, params))
            if field.rename_field and field.output_field_name:
                made = set_path(made, field.output_field_name, values)
            elif any(path in item["json"] for item in items):
                made = {**made, path: values}
            else:
                made = set_path(made, path, values)
    result = counted([{"json": made, "pairedItem": links_to(range(len(items)))}])
    return replace(result, warnings=tuple(warnings))


def _values(items: Items, path: str, params: AggregateParams) -> list[Any]:
    values: list[Any] = []
    for item in items:
        value = get_path(item["json"], path)
        if value is None and not params.keep_missing:
            continue
        if params.merge_lists and is_list(value):
            values.extend(value)
        else:
            values.append(value)
    return values


def _kept(source: dict[str, Any], params: AggregateParams) -> dict[str, Any]:
    if params.include == "specified_fields":
        return {name: get_path(source, name) for name in params.fields if has_path(source, name)}
    if params.include == "all_fields_except":
        for name in params.fields:
            source = remove_path(source, name)
    return source
