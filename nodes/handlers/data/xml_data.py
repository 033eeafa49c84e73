"""The XML node: text to data and back."""

from __future__ import annotations

from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import Field

from core.values.paths import get_path
from nodes import budget, costs
from nodes.base import Look, NodeContext, NodeFailed, NodeResult, NodeType
from nodes.handlers.data.text_source import DataParams, text_of, with_text, with_value, without_text
from nodes.items import Item


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
        docs="An element becomes an object, repeated ones a list, attributes keys with a prefix.",
    )

    async def run(self, params: XmlParams, item: Item, ctx: NodeContext) -> NodeResult:
        if params.mode == "parse":
            text = await text_of(params, item, ctx)
            cost_ms = costs.of_text(text, 120)
            return await ctx.compute(parsed_item, params, text, without_text(params, item), cost_ms=cost_ms)
        value = get_path(item["json"], params.field)
        text = await ctx.compute(written, value, params, cost_ms=costs.of_slow_value(value, 150))
        return NodeResult({"main": [await with_text(params, item, ctx, text, "application/xml")]})


def parsed_item(params: XmlParams, text: str, item: Item) -> NodeResult:
    """Return an item with what its text holds. Raises: NodeFailed."""
    return NodeResult({"main": [with_value(params, item, parsed(text, params))]})


def parsed(text: str, params: XmlParams) -> Any:
    try:
        fromstring(text, forbid_dtd=True)
        return xmltodict.parse(
            text,
            attr_prefix=params.attribute_prefix,
            cdata_key=params.text_key,
            force_list=tuple(params.always_lists) or None,
        )
    except (ExpatError, SyntaxError, DefusedXmlException, ValueError, RecursionError) as exc:
        raise NodeFailed(
            "invalid_xml", f"The text is not XML that can be read: {exc or type(exc).__name__}"[:500]
        ) from exc


def written(value: Any, params: XmlParams) -> str:
    if not isinstance(value, dict):
        raise NodeFailed("invalid_input", f"{params.field!r} is not an object")
    root = value if len(value) == 1 and not isinstance(next(iter(value.values())), list) else {"root": value}
    text = budget.GrowingText()
    try:
        xmltodict.unparse(
            root, output=text, pretty=params.pretty, attr_prefix=params.attribute_prefix, cdata_key=params.text_key
        )
        return str(text)
    except (ValueError, TypeError, RecursionError) as exc:
        raise NodeFailed("invalid_xml", f"The object cannot be written as XML: {exc}"[:500]) from exc
