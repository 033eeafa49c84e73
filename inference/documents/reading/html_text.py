"""HTML: paragraphs, list items and rows of tables under their headings; scripts, styles and forms are no text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree, html

from inference.documents.reading.blocks import Block, Outline, Unreadable
from inference.documents.reading.plain import decoded

SILENT = {"script", "style", "noscript", "template", "svg", "math", "iframe", "object", "nav", "head"}
HEADINGS = {f"h{level}": level for level in range(1, 7)}
PARTS = {
    "p", "li", "td", "th", "tr", "div", "section", "article", "main", "header", "footer", "blockquote", "pre", "dt",
    "dd", "ul", "ol", "dl", "table", "body", "figcaption", "address", *HEADINGS,
}  # fmt: skip
IN_A_ROW = {"td", "th"}


def page(content: bytes) -> Iterator[Block]:
    """Yield the text between the borders of parts. Raises: Unreadable."""
    text = decoded(content)
    try:
        tree = html.document_fromstring(text.encode(), parser=_parser())
    except (etree.ParserError, etree.XMLSyntaxError) as exc:
        raise Unreadable("This page is empty, or cannot be read.") from exc
    outline, said = Outline(), list[str]()
    silent = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in SILENT:
            silent += 1 if event == "start" else -1
        if tag in PARTS and not silent:
            if tag in IN_A_ROW:
                said.append(" " if event == "start" else "; ")
            else:
                yield from _ended(said, outline, HEADINGS.get(tag) if event == "end" else None)
        elif tag == "br" and event == "start":
            said.append("\n")
        said.append(_heard(element, event, silent=bool(silent), is_tag=bool(tag)))
    yield from _ended(said, outline, None)


def _parser() -> Any:
    """Without comments: what follows one would be lost with it."""
    return html.HTMLParser(encoding="utf-8", huge_tree=False, remove_comments=True, remove_pis=True)


def _heard(element: Any, event: str, *, silent: bool, is_tag: bool) -> str:
    """Return what an element says where it begins, and what follows it where it ends."""
    if silent or (event == "start" and not is_tag):
        return ""
    return (element.text if event == "start" else element.tail) or ""


def _ended(said: list[str], outline: Outline, level: int | None) -> Iterator[Block]:
    text = "\n".join(line for part in "".join(said).split("\n") if (line := " ".join(part.split()))).strip("; \n")
    said.clear()
    if not text:
        return
    if level is None:
        yield Block(text, outline.headings)
    else:
        outline.enter(level, text)
