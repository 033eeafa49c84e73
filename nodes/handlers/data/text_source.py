"""Where a parsing node finds its text, and where it puts what it made."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from core.values.paths import get_path, set_path
from nodes.base import NodeContext, NodeFailed, NodeParams
from nodes.items import Item

Mode = Literal["parse", "serialize"]


class DataParams(NodeParams):
    """What all data formats share."""

    mode: Mode = Field(default="parse", title="Mode", description="Text to data, or data to text")
    field: str = Field(default="data", min_length=1, title="Field", description="Dotted path of the text or data")
    binary_property: str = Field(default="", title="File", description="Read from, or write to, this file of the item")
    destination: str = Field(default="", title="Put it into", description="Dotted path; empty: the same field")
    file_name: str = Field(default="", max_length=200, title="File name")


async def text_of(params: DataParams, item: Item, ctx: NodeContext) -> str:
    """Return the text to parse. Raises: NodeFailed."""
    if params.binary_property:
        reference = item.get("binary", {}).get(params.binary_property)
        if reference is None:
            raise NodeFailed("file_missing", f"The item has no file {params.binary_property!r}")
        return (await ctx.files.load(reference)).decode("utf-8-sig", "replace").replace("\x00", "")
    value = get_path(item["json"], params.field)
    if not isinstance(value, str):
        raise NodeFailed("invalid_input", f"{params.field!r} is not text")
    return value.removeprefix("\ufeff")


def without_text(params: DataParams, item: Item) -> Item:
    """Return the item without the text that was read out of it, where that is replaced: it need not travel twice."""
    if params.binary_property or params.destination:
        return item
    return {**item, "json": set_path(item["json"], params.field, None)}


async def with_text(params: DataParams, item: Item, ctx: NodeContext, text: str, mime_type: str) -> Item:
    """Return the item with a text put where it belongs: into a field, or into a file."""
    if params.binary_property:
        saved = await ctx.files.save(text.encode(), file_name=params.file_name or "data.txt", mime_type=mime_type)
        return {**_plain(item), "binary": {**item.get("binary", {}), params.binary_property: saved}}
    return with_value(params, item, text)


def with_value(params: DataParams, item: Item, value: Any) -> Item:
    return {**_plain(item), "json": set_path(item["json"], params.destination or params.field, value)}


def _plain(item: Item) -> Item:
    return {key: item[key] for key in item if key != "pairedItem"}
