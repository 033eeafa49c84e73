"""Where a parsing node finds its text, and where it puts what it made."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field

from core.json import lossy_text
from core.values.charsets import charset_of, decoded, known_charset
from core.values.paths import get_path, set_path
from nodes.base import NodeContext, NodeFailed, NodeParams
from nodes.items import Item
from nodes.warnings import Warnings, warning_of_replaced

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


BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf_8"), (b"\xff\xfe\x00\x00", "utf_32_le"), (b"\x00\x00\xfe\xff", "utf_32_be"),
    (b"\xff\xfe", "utf_16_le"), (b"\xfe\xff", "utf_16_be"),
)  # fmt: skip
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([\w.:-]{1,40})|<meta[^>]{0,200}?\scharset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)  # fmt: skip # noqa: E501
LOOKED_AT = 1024  # bytes in which a document says what it is written in


async def text_of(params: DataParams, item: Item, ctx: NodeContext) -> tuple[str, Warnings]:
    """Return the text to parse, and a warning where it could not be read as it is. Raises: NodeFailed."""
    if not params.binary_property:
        value = get_path(item["json"], params.field)
        if not isinstance(value, str):
            raise NodeFailed("invalid_input", f"{params.field!r} is not text")
        return value.removeprefix("\ufeff"), []
    reference = item.get("binary", {}).get(params.binary_property)
    if reference is None:
        raise NodeFailed("file_missing", f"The item has no file {params.binary_property!r}")
    if params.encoding and known_charset(params.encoding) is None:
        raise NodeFailed("invalid_params", f"{params.encoding!r} is not an encoding that is known", field="encoding")
    raw = await ctx.files.load(reference)
    text, lost = text_in(raw, params.encoding or None, charset_of(str(reference.get("mime_type", ""))))
    return text, warning_of_replaced(params.binary_property, "binary_property", lost)


def text_in(raw: bytes, *charsets: str | None) -> tuple[str, int]:
    """Return the text of a file, and how many of its characters could not be read or kept: U+FFFD stands for them.

    A mark at its beginning comes first, then the charsets, then what an XML or HTML document says of itself.
    Source: RFC 7303, WHATWG Encoding.
    """
    for mark, charset in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            raw, charsets = raw[len(mark) :], (charset,)
            break
    found = _DECLARED.search(raw, 0, LOOKED_AT)
    declared = (found[1] or found[2]).decode("ascii", "replace") if found else None
    text = decoded(raw, *(charsets if any(charsets) else (declared,)))
    lost = max(text.count("\ufffd") - raw.count("\ufffd".encode()), 0) + text.count("\x00")
    return lossy_text(text), lost


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
