"""The Remove Duplicates node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from core.values.compare import identity
from core.values.paths import get_path, has_path, remove_path
from nodes import costs
from nodes.base import BatchNodeType, Look, NodeContext, NodeFailed, NodeParams, NodeResult
from nodes.items import Items, numbered


class RemoveDuplicatesParams(NodeParams):
    compare: Literal["all_fields", "selected_fields", "all_fields_except"] = Field(
        default="all_fields", title="Compare"
    )
    fields: list[str] = Field(default=[], title="Fields")
    keep: Literal["first", "last"] = Field(default="first", title="Keep")


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
        "not. A named field that an item does not have is an error: it may be misspelled.",
    )

    async def run_all(
        self, params: RemoveDuplicatesParams, inputs: Mapping[str, Items], ctx: NodeContext
    ) -> NodeResult:
        items = inputs.get("main") or []
        cost_ms = costs.of_items(len(items), 6) + costs.of_value(items)
        return await ctx.compute(distinct, params, items, cost_ms=cost_ms)


def distinct(params: RemoveDuplicatesParams, items: Items) -> NodeResult:
    """Return one of the items that are equal, in their order. Raises: NodeFailed."""
    _check(params, items)
    items = numbered(items)
    if params.keep == "last":
        items.reverse()
    kept = list({key_of(item["json"], params): item for item in reversed(items)}.values())
    return NodeResult({"main": sorted(kept, key=lambda item: item["pairedItem"]["item"])})


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
