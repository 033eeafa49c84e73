"""The HTML Extract node: texts, attributes and lists by CSS selector."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal, Protocol

from cssselect import SelectorError
from lxml import etree, html
from lxml.cssselect import CSSSelector
from pydantic import BaseModel, ConfigDict, Field

from nodes import budget, costs
from nodes.base import Look, NodeContext, NodeFailed, NodeResult, NodeType
from nodes.handlers.data.text_source import DataParams, text_of, with_value
from nodes.items import Item
from nodes.warnings import warning


class _Reader(Protocol):
    """What reads documents: the part of `lxml.html` in use, as its own types leave keywords open."""

    def document_fromstring(self, html: str, parser: html.HTMLParser = ..., ensure_head_body: bool = ...) -> Any: ...


_READER: _Reader = html
EMPTY = "<html><head></head><body></body></html>"
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
RAW_TEXT = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext", "noscript"})
UNSEEN = frozenset({"script", "style", "template", "noscript"})
_BLOCKS = """
    address article aside blockquote body br caption dd details dialog div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 head header hr html legend li main nav ol optgroup option p pre search section select summary
    table tbody tfoot thead title tr ul
"""
BLOCKS = frozenset(_BLOCKS.split())
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
        docs="Each value is the first match's text, HTML or attribute, or a list of all matches. A part of a "
        "page is read as in a browser, in a `body`. In text, blocks and line breaks part words, and scripts "
        "and styles are left out. A value is what a field of a form holds: of a select that of its chosen "
        "option.",
    )

    async def run(self, params: HtmlParams, item: Item, ctx: NodeContext) -> NodeResult:
        text, warnings = await text_of(params, item, ctx, "html")
        given: Item = item if params.destination else {"json": {}}
        made = await ctx.compute(extracted_item, params, text, given, cost_ms=_cost_ms(text, params))
        return replace(made, warnings=(*warnings, *made.warnings))


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
    missing = [wanted.css_selector for wanted in params.extraction_values if found[wanted.key] in (None, [])]
    warnings = tuple(
        warning("not_found", "extraction_values", f"Nothing was found by {selector!r}") for selector in missing
    )
    made = with_value(params, item, found) if params.destination else {"json": found}
    return NodeResult({"main": [made]}, warnings=warnings)


def extracted(text: str, params: HtmlParams) -> dict[str, Any]:
    """Return the values by key; a selector without a match gives null, or an empty list."""
    root = document_of(text)
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


def document_of(text: str) -> Any:
    """Return the document of a text: of a part of one, what it is in, `html` and `body`, as in a browser.

    Raises: NodeFailed.
    """
    text = _DECLARATION.sub("", text, count=1)
    try:
        return _READER.document_fromstring(
            text if text.strip() else EMPTY,
            parser=html.HTMLParser(no_network=True, recover=True),
            ensure_head_body=True,
        )
    except etree.ParserError:  # nothing but comments
        return _READER.document_fromstring(EMPTY)
    except ValueError as exc:
        raise NodeFailed("invalid_input", f"The text cannot be read as HTML: {exc}") from exc


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
        return value_of(element)
    if wanted.return_value == "html":
        inner = inner_html(element)
        return inner.strip() if params.trim_values else inner
    if wanted.skip_selectors:
        element = html.fragment_fromstring(html.tostring(element, encoding="unicode", with_tail=False))
        for skipped in _selected(element, wanted.skip_selectors):
            if skipped is not element:
                skipped.drop_tree()
    text = visible_text(element)
    text = " ".join(text.split()) if params.clean_up_text else text
    return text.strip() if params.trim_values else text


def inner_html(element: Any) -> str:
    """Return what is in an element, as HTML. Source: WHATWG HTML, serializing HTML fragments."""
    text = element.text or ""
    if element.tag not in RAW_TEXT:
        text = text.replace("&", "&amp;").replace("\xa0", "&nbsp;").replace("<", "&lt;").replace(">", "&gt;")
    return text + "".join(html.tostring(child, encoding="unicode") for child in element)


def value_of(element: Any) -> str:
    """Return what a field of a form holds."""
    if element.tag == "textarea":
        return str(element.text_content()).removeprefix("\n")
    if element.tag == "select":
        options = element.xpath(".//option")
        chosen = [option for option in options if option.get("selected") is not None] or options
        return value_of(chosen[0]) if chosen else ""
    if element.tag == "option" and element.get("value") is None:
        return " ".join(str(element.text_content()).split())
    return str(element.get("value") or "")


def visible_text(element: Any) -> str:
    """Return the text of an element as people see it: blocks stand apart, and scripts and styles are no text."""
    if element.tag in UNSEEN:
        return str(element.text_content())
    pieces: list[str] = []
    skipping: Any = None
    for event, found in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        is_begin = event == "start"
        if skipping is None and isinstance(found.tag, str):
            if is_begin and found.tag in UNSEEN:
                skipping = found
            else:
                pieces.append(_around(found.tag, found is element))
                pieces.append((found.text or "") if is_begin else "")
        elif found is skipping and not is_begin:
            skipping = None
        if not is_begin and skipping is None and found is not element:
            pieces.append(found.tail or "")
    return "".join(pieces)


def _around(tag: str, is_outmost: bool) -> str:
    if is_outmost:
        return ""
    return "\n" if tag in BLOCKS else "\t" if tag in ("td", "th") else ""
