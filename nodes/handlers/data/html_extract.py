"""The HTML Extract node: texts, attributes and lists by CSS selector."""

from __future__ import annotations

from typing import Any, Literal

from cssselect import SelectorError
from lxml import etree, html
from lxml.cssselect import CSSSelector
from pydantic import BaseModel, ConfigDict, Field

from nodes import budget, costs
from nodes.base import Look, NodeContext, NodeFailed, NodeResult, NodeType
from nodes.handlers.data.text_source import DataParams, text_of, with_value
from nodes.items import Item

BETWEEN_ELEMENTS = ("~", "+", ":")  # a selector with one of them looks from each element at its neighbours


class Extraction(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    key: str = Field(min_length=1)
    css_selector: str = Field(min_length=1, max_length=1000)
    return_value: Literal["text", "html", "attribute", "value"] = "text"
    attribute: str = ""
    return_array: bool = False
    skip_selectors: str = ""


class HtmlParams(DataParams):
    extraction_values: list[Extraction] = Field(min_length=1, title="Values")
    trim_values: bool = Field(default=True, title="Trim")
    clean_up_text: bool = Field(default=True, title="Fold white space")


class HtmlExtract(NodeType[HtmlParams]):
    """Read values out of HTML. Raises: NodeFailed "invalid_selector"."""

    kind = "html_extract"
    Params = HtmlParams
    look = Look(
        label="HTML Extract",
        description="Reads values out of HTML by CSS selector.",
        category="data",
        icon="file-code",
        color="#d97706",
        summary="{{ extraction_values.length }} values",
        aliases=("scrape", "css", "parse", "selector"),
        docs="Each value is the first match's text, HTML or attribute, or a list of all matches.",
    )

    async def run(self, params: HtmlParams, item: Item, ctx: NodeContext) -> NodeResult:
        text = await text_of(params, item, ctx)
        given = item if params.destination else {"json": {}}
        return await ctx.compute(extracted_item, params, text, given, cost_ms=_cost_ms(text, params))


def _cost_ms(text: str, params: HtmlParams) -> float:
    """Return what it takes: some selectors look from each element at all others, and nested ones repeat their text."""
    cost_ms = costs.of_text(text, 60)
    for wanted in params.extraction_values:
        if any(mark in wanted.css_selector + wanted.skip_selectors for mark in BETWEEN_ELEMENTS):
            return costs.UNBOUNDED_MS
        cost_ms += costs.of_text(text, 60)
        if wanted.return_array or wanted.skip_selectors:
            cost_ms += costs.of_items(text.count("<") * len(text), 0.001)
    return cost_ms


def extracted_item(params: HtmlParams, text: str, item: Item) -> NodeResult:
    """Return an item with the values found in a text. Raises: NodeFailed."""
    found = extracted(text, params)
    return NodeResult({"main": [with_value(params, item, found) if params.destination else {"json": found}]})


def extracted(text: str, params: HtmlParams) -> dict[str, Any]:
    """Return the values by key; a selector without a match gives null, or an empty list."""
    try:
        root = html.fromstring(text or "<html/>", parser=html.HTMLParser(no_network=True, recover=True))
    except (etree.ParserError, ValueError) as exc:
        raise NodeFailed("invalid_input", f"The text cannot be read as HTML: {exc}") from exc
    made: dict[str, Any] = {}
    text_made = budget.GrowingText()  # elements lie in each other: each holds the text of all below it
    for wanted in params.extraction_values:
        values: list[str | None] = []
        for element in _selected(root, wanted.css_selector):
            values.append(_value(element, wanted, params))
            text_made.write(values[-1] or "")
            if not wanted.return_array:
                break
        made[wanted.key] = values if wanted.return_array else (values[0] if values else None)
    return made


def _selected(root: Any, selector: str) -> list[Any]:
    try:
        found: Any = CSSSelector(selector, translator="html")(root)
        return list(found)
    except (SelectorError, etree.XPathError) as exc:
        raise NodeFailed("invalid_selector", f"{selector[:100]!r} is not a CSS selector that can be used") from exc


def _value(element: Any, wanted: Extraction, params: HtmlParams) -> str | None:
    if wanted.return_value == "attribute":
        found = element.get(wanted.attribute)
        return None if found is None else str(found)
    if wanted.return_value == "value":
        return str(element.get("value") or "")
    if wanted.return_value == "html":
        inner = (element.text or "") + "".join(html.tostring(child, encoding="unicode") for child in element)
        return inner.strip() if params.trim_values else inner
    if wanted.skip_selectors:
        element = html.fromstring(html.tostring(element, encoding="unicode"))
        for skipped in _selected(element, wanted.skip_selectors):
            skipped.drop_tree()
    text = element.text_content()
    text = " ".join(text.split()) if params.clean_up_text else text
    return text.strip() if params.trim_values else text
