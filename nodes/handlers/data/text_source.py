"""Where a parsing node finds its text, and where it puts what it made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from core.json import lossy_text
from core.values.charsets import charset_of, known_charset
from core.values.paths import get_path, set_path
from core.values.text_encoding import Kind, decode, decode_as
from nodes.base import NodeContext, NodeFailed, NodeParams
from nodes.items import Item
from nodes.warnings import Warnings, warning_of_guess, warning_of_replaced

Mode = Literal["parse", "serialize"]


class DataParams(NodeParams):
    """What all data formats share."""

    mode: Mode = Field(default="parse", title="Mode", description="Text to data, or data to text")
    field: str = Field(default="data", min_length=1, title="Field", description="Dotted path of the text or data")
    binary_property: str = Field(default="", title="File", description="Read from, or write to, this file of the item")
    destination: str = Field(default="", title="Put it into", description="Dotted path; empty: the same field")
    file_name: str = Field(default="", max_length=200, title="File name")
    encoding: str = Field(
        default="", max_length=40, title="Encoding of the file",
        description="Such as windows-1252; empty: what it says", json_schema_extra={"group": "advanced"},
    )  # fmt: skip


async def text_of(params: DataParams, item: Item, ctx: NodeContext, kind: Kind = "text") -> tuple[str, Warnings]:
    """Return the text to parse, and a warning where it could not be read as it is. Raises: NodeFailed."""
    if not params.binary_property:
        value = get_path(item["json"], params.field)
        if not isinstance(value, str):
            raise NodeFailed("invalid_input", f"{params.field!r} is not text")
        return value.removeprefix("\ufeff"), []
    reference = item.get("binary", {}).get(params.binary_property)
    if reference is None:
        raise NodeFailed("file_missing", f"The item has no file {params.binary_property!r}")
    if not is_encoding(params.encoding):
        raise NodeFailed("invalid_params", f"{params.encoding!r} is not an encoding that is known", field="encoding")
    raw = await ctx.files.load(reference)
    found = text_in(raw, kind, params.encoding, charset_of(str(reference.get("mime_type", ""))))
    return found.text, found.warnings(params.binary_property, "binary_property")


def is_encoding(name: str) -> bool:
    """Tell whether a text is to be read so: by name, or "auto" and nothing, as the text says itself."""
    return name in ("", "auto") or known_charset(name) is not None


@dataclass(frozen=True, slots=True)
class Read:
    """A text that was read from bytes: of how many characters only U+FFFD is left, and in what it was guessed to be."""

    text: str
    lost: int = 0
    guessed: str = ""

    def warnings(self, name: str, field: str) -> Warnings:
        return [*warning_of_replaced(name, field, self.lost), *warning_of_guess(name, field, self.guessed)]


def text_in(raw: bytes, kind: Kind, chosen: str = "", charset: str | None = None) -> Read:
    """Return the text of a file: in the encoding that was chosen, else as it says itself (`core.values.text_encoding`).

    `charset` came beside it. What fits nothing of that is windows-1252.
    """
    is_chosen = chosen not in ("", "auto")
    read = decode_as(raw, chosen) if is_chosen else decode(raw, charset, kind)
    replaced = read.text.count("\ufffd") - raw.count("\ufffd".encode()) if is_chosen else 0
    lost = max(replaced, 0) + read.text.count("\x00")
    return Read(lossy_text(read.text), lost, read.name if read.is_guess and not is_chosen else "")


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
