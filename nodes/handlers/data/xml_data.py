"""The XML node: text to data and back."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import Field

from core.values.kinds import is_list, is_object
from core.values.paths import get_path
from nodes import budget, costs
from nodes.base import Look, NodeContext, NodeFailed, NodeResult, NodeType
from nodes.handlers.data.text_source import DataParams, text_of, with_text, with_value, without_text
from nodes.items import Item

_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_START = (
    ":A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = re.compile(f"[{_START}][{_START}.0-9\xb7\u0300-\u036f\u203f\u2040-]*")


class XmlParams(DataParams):
    attribute_prefix: str = Field(default="@", max_length=5, title="Prefix of attributes")
    text_key: str = Field(default="#text", max_length=20, title="Key of text beside attributes")
    always_lists: list[str] = Field(default=[], title="Always lists", description="Elements that are lists even alone")
    pretty: bool = Field(default=False, title="Indented")


class XmlData(NodeType[XmlParams]):
    """Parse or write XML; entities and external references are refused. Raises: NodeFailed "invalid_xml"."""

    kind = "xml"
    Params = XmlParams
    look = Look(
        label="XML",
        description="Reads and writes XML text.",
        category="data",
        icon="code-xml",
        color="#d97706",
        summary="{{ mode }} {{ field }}",
        aliases=("soap", "rss", "parse"),
        docs="An element becomes an object, repeated ones a list, attributes keys with a prefix. A DOCTYPE may "
        "stand before it; entities are refused. Keys that can be no names, and characters that XML does not "
        "have, are not written.",
    )

    async def run(self, params: XmlParams, item: Item, ctx: NodeContext) -> NodeResult:
        if params.mode == "parse":
            text, warnings = await text_of(params, item, ctx, "xml")
            cost_ms = costs.of_text(text, 120)
            made = await ctx.compute(parsed_item, params, text, without_text(params, item), cost_ms=cost_ms)
            return replace(made, warnings=tuple(warnings))
        value = get_path(item["json"], params.field)
        text = await ctx.compute(written, value, params, cost_ms=costs.of_slow_value(value, 150))
        return NodeResult({"main": [await with_text(params, item, ctx, text, "application/xml")]})


def parsed_item(params: XmlParams, text: str, item: Item) -> NodeResult:
    """Return an item with what its text holds. Raises: NodeFailed."""
    return NodeResult({"main": [with_value(params, item, parsed(text, params))]})


def parsed(text: str, params: XmlParams) -> Any:
    """Return what XML holds; a DOCTYPE may stand before it, entities may not. Raises: NodeFailed."""
    try:
        fromstring(text, forbid_dtd=False, forbid_entities=True, forbid_external=True)
        return xmltodict.parse(
            text,
            attr_prefix=params.attribute_prefix,
            cdata_key=params.text_key,
            force_list=tuple(params.always_lists) or None,
        )
    except DefusedXmlException as exc:
        raise NodeFailed("invalid_xml", "The text declares entities, which are not read") from exc
    except (ExpatError, SyntaxError, ValueError, RecursionError) as exc:
        raise NodeFailed(
            "invalid_xml", f"The text is not XML that can be read: {exc or type(exc).__name__}"[:500]
        ) from exc


def written(value: Any, params: XmlParams) -> str:
    """Return an object as XML that can be read again. Raises: NodeFailed."""
    if not is_object(value):
        raise NodeFailed("invalid_input", f"{params.field!r} is not an object")
    is_root = len(value) == 1 and not is_list(next(iter(value.values())))
    root = value if is_root else {"root": value}
    text = budget.GrowingText()
    try:
        _check(root, params)
        xmltodict.unparse(
            root, output=text, pretty=params.pretty, attr_prefix=params.attribute_prefix, cdata_key=params.text_key
        )
        return str(text)
    except (ValueError, TypeError, RecursionError) as exc:
        raise NodeFailed("invalid_xml", f"The object cannot be written as XML: {exc}"[:500]) from exc


def _check(value: Any, params: XmlParams) -> None:
    """Look at names and characters that XML cannot hold. Raises: ValueError. Source: XML 1.0, sections 2.2 and 2.3."""
    whole: Any = value
    if isinstance(value, str):
        found = _NO_CHARACTER.search(value)
        if found:
            raise ValueError(f"it may not hold the character U+{ord(found.group()):04X}")
    elif isinstance(value, dict):
        for key, entry in whole.items():
            name = key.removeprefix(params.attribute_prefix) if params.attribute_prefix else key
            if key not in (params.text_key, "#comment") and not _NAME.fullmatch(name):
                raise ValueError(f"{key[:80]!r} cannot be the name of an element")
            _check(entry, params)
    elif isinstance(value, list):
        for entry in whole:
            _check(entry, params)
