"""PDF: the text of each page, under the bookmark that it stands below."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from inference.documents.reading.blocks import Block, Unreadable

MOST_PAGES = 5000
MOST_BOOKMARKS = 5000
PASSWORD = 4  # what PDFium calls FPDF_ERR_PASSWORD
HYPHEN = re.compile(r"(?<=\w)[\u00ad\ufffe\x02]\s*")  # PDFium's mark of a word that goes on in the next line
GAP = re.compile(r"\n[ \t]*\n")


def pdf(content: bytes) -> Iterator[Block]:
    """Yield paragraphs with their pages. Raises: Unreadable."""
    pypdfium2: Any = import_module("pypdfium2")  # loaded where there is a PDF
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as exc:
        if getattr(exc, "err_code", None) == PASSWORD or "password" in str(exc).lower():
            raise Unreadable("This PDF has a password: save it anew without.") from exc
        raise Unreadable("This PDF is broken: it cannot be opened.") from exc
    if len(document) > MOST_PAGES:
        raise Unreadable(f"This PDF has {len(document)} pages; {MOST_PAGES} can be read.")
    titles = _bookmarks(document, pypdfium2.PdfiumError)
    is_empty = True
    for number in range(len(document)):
        for text in _paragraphs(document, number, pypdfium2.PdfiumError):
            is_empty = False
            yield Block(text, _title_above(titles, number), number + 1)
    if is_empty:
        raise Unreadable("This PDF holds no text: its pages are pictures.")


def _paragraphs(document: Any, number: int, failure: type[Exception]) -> Iterator[str]:
    try:
        page = document[number]
        text = page.get_textpage().get_text_bounded()
        page.close()
    except failure as exc:
        raise Unreadable(f"This PDF is broken: page {number + 1} cannot be read.") from exc
    text = HYPHEN.sub("", text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n"))
    for part in GAP.split(text):
        if line := part.strip():
            yield line


def _bookmarks(document: Any, failure: type[Exception]) -> list[tuple[int, str]]:
    """Return (page from 0, title) in order; none where they cannot be read: they are an aid."""
    found: list[tuple[int, str]] = []
    try:
        for entry in document.get_toc(max_depth=4):
            dest = entry.get_dest()
            page = dest.get_index() if dest is not None else None
            if page is not None:
                found.append((page, entry.get_title().strip()))
            if len(found) >= MOST_BOOKMARKS:
                break
    except failure:
        return []
    return sorted(found, key=lambda one: one[0])


def _title_above(titles: list[tuple[int, str]], page: int) -> tuple[str, ...]:
    at = bisect_right(titles, page, key=lambda one: one[0])
    return (titles[at - 1][1],) if at and titles[at - 1][1] else ()
