"""The JSON node: text to data and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import Field

from core.json import NotStorable, TooDeep, dumps_text, loads, text_pieces
from core.values.paths import get_path
from nodes import budget, costs
from nodes.base import Look, NodeContext, NodeFailed, NodeResult, NodeType
from nodes.handlers.data.text_source import DataParams, text_of, with_text, with_value, without_text
from nodes.items import Item


class JsonParams(DataParams):
    indent: int = Field(default=0, ge=0, le=8, title="Indent")
    whole_item: bool = Field(default=False, title="Whole item", description="Write the whole item, not one field")


class JsonData(NodeType[JsonParams]):
    """Parse or write JSON. Raises: NodeFailed "invalid_json"."""

    kind = "json"
    Params = JsonParams
    look = Look(
        label="JSON",
        description="Reads and writes JSON text.",
        category="data",
        icon="braces",
        color="#d97706",
        summary="{{ mode }} {{ field }}",
        aliases=("parse", "stringify"),
        docs="Numbers that JSON cannot hold become null.",
    )

    async def run(self, params: JsonParams, item: Item, ctx: NodeContext) -> NodeResult:
        if params.mode == "parse":
            text, warnings = await text_of(params, item, ctx, "json")
            cost_ms = costs.of_text(text, 40)
            made = await ctx.compute(parsed_item, params, text, without_text(params, item), cost_ms=cost_ms)
            return replace(made, warnings=tuple(warnings))
        value = item["json"] if params.whole_item else get_path(item["json"], params.field)
        cost_ms = costs.of_slow_value(value, 200) if params.indent else costs.of_value(value)
        text = await ctx.compute(written, value, params.indent, cost_ms=cost_ms)
        return NodeResult({"main": [await with_text(params, item, ctx, text, "application/json")]})


def parsed_item(params: JsonParams, text: str, item: Item) -> NodeResult:
    """Return an item with what its text of JSON holds. Raises: NodeFailed."""
    try:
        return NodeResult({"main": [with_value(params, item, loads(text))]})
    except NotStorable as exc:
        code = "invalid_output" if isinstance(exc, TooDeep) else "invalid_json"
        raise NodeFailed(code, f"The text is not JSON that can be kept: {exc}") from exc


def written(value: Any, indent: int = 0) -> str:
    """Return a value as JSON text. Raises: NodeFailed "invalid_output" before it becomes too long."""
    budget.check_size(value, "text")
    if not indent:
        return dumps_text(value, is_compact=True)
    text = budget.GrowingText()
    for piece in text_pieces(value, indent=indent):
        text.write(piece)
    return str(text)
