"""The Remove Duplicates node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from core.json import canonical
from core.values.paths import get_path, remove_path
from nodes import costs
from nodes.base import BatchNodeType, Look, NodeContext, NodeParams, NodeResult
from nodes.items import Items


class RemoveDuplicatesParams(NodeParams):
    compare: Literal["all_fields", "selected_fields", "all_fields_except"] = Field(
        default="all_fields", title="Compare"
    )
    fields: list[str] = Field(default=[], title="Fields")
    keep: Literal["first", "last"] = Field(default="first", title="Keep")


class RemoveDuplicates(BatchNodeType[RemoveDuplicatesParams]):
    """Keep one of the items that are equal."""

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
        docs="Equal in all fields, in the named ones, or in all but the named ones.",
    )

    async def run_all(
        self, params: RemoveDuplicatesParams, inputs: Mapping[str, Items], ctx: NodeContext
    ) -> NodeResult:
        items = inputs.get("main") or []
        cost_ms = costs.of_items(len(items), 6) + costs.of_value(items)
        return await ctx.compute(distinct, params, items, cost_ms=cost_ms)


def distinct(params: RemoveDuplicatesParams, items: Items) -> NodeResult:
    """Return one of the items that are equal, in their order."""
    items = [{**item, "pairedItem": {"item": at}} for at, item in enumerate(items)]
    if params.keep == "last":
        items.reverse()
    kept = list({key_of(item["json"], params): item for item in reversed(items)}.values())
    return NodeResult({"main": sorted(kept, key=lambda item: item["pairedItem"]["item"])})


def key_of(source: dict[str, Any], params: RemoveDuplicatesParams) -> bytes:
    if params.compare == "selected_fields":
        return canonical([get_path(source, name) for name in params.fields])
    if params.compare == "all_fields_except":
        for name in params.fields:
            source = remove_path(source, name)
    return canonical(source)
