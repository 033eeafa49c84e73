"""Word and Excel files: zip archives of XML, read part by part with a cap on what they unpack to, without entities."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from lxml import etree

from inference.documents.reading.blocks import Block, Outline, Unreadable
from inference.documents.reading.plain import rows_of_table

UNPACKED_BYTES = 200 * 1024 * 1024  # of all parts that are read
WIDEST = 16_384  # columns of a sheet
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
BROKEN = "This file is broken: it cannot be unpacked."
HEADING = re.compile(r"(?:heading|berschrift|titre|t.tulo)\s*(\d)", re.IGNORECASE)


class _Archive:
    """The parts of a file; together they unpack to no more than the cap."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError) as exc:
            raise Unreadable(BROKEN) from exc
        self._left = UNPACKED_BYTES

    def tree(self, name: str) -> Any:
        """Return the XML of a part, None where there is none. Raises: Unreadable."""
        if name not in self._zip.NameToInfo:
            return None
        try:
            with self._zip.open(name) as part:
                raw = part.read(self._left + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as exc:
            raise Unreadable(BROKEN) from exc
        except RuntimeError as exc:
            raise Unreadable("This file has a password.") from exc
        self._left -= len(raw)
        if self._left < 0:
            raise Unreadable("This file unpacks to more than may be read.")
        try:
            tree = etree.fromstring(raw, _parser())
        except etree.XMLSyntaxError as exc:
            raise Unreadable("This file is broken: a part of it is no XML.") from exc
        if tree.getroottree().docinfo.doctype:
            raise Unreadable("This file declares entities, which Office never does.")
        return tree


def _parser() -> Any:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )


def docx(content: bytes) -> Iterator[Block]:
    """Yield paragraphs and rows of tables, under their headings."""
    archive = _Archive(content)
    document = archive.tree("word/document.xml")
    body = document.find(f"{W}body") if document is not None else None
    if body is None:
        raise Unreadable("This is no Word file.")
    levels, outline = _levels(archive.tree("word/styles.xml")), Outline()
    for element in body.iterchildren(f"{W}p", f"{W}tbl"):
        if element.tag == f"{W}tbl":
            rows = ([_text(cell) for cell in row.iter(f"{W}tc")] for row in element.iterchildren(f"{W}tr"))
            yield from rows_of_table(rows, outline.headings)
            continue
        if not (text := _text(element)):
            continue
        style = element.find(f"{W}pPr/{W}pStyle")
        level = levels.get(style.get(f"{W}val")) if style is not None else None
        if level is None:
            yield Block(text, outline.headings)
        else:
            outline.enter(level, text)


def _levels(styles: Any) -> dict[str, int]:
    """Return the heading levels of styles by their ids."""
    found: dict[str, int] = {}
    for style in () if styles is None else styles.iterchildren(f"{W}style"):
        outline, name = style.find(f"{W}pPr/{W}outlineLvl"), style.find(f"{W}name")
        value = outline.get(f"{W}val", "") if outline is not None else ""
        named = HEADING.search(name.get(f"{W}val", "")) if name is not None else None
        if named or (value.isdecimal() and int(value) < 9):
            found[style.get(f"{W}styleId", "")] = int(named[1]) if named else int(value) + 1
    return found


def _text(element: Any) -> str:
    """Return the text of runs, deleted ones left out."""
    parts = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n"}
    return "".join(
        (one.text or "") if one.tag == f"{W}t" else parts[one.tag] for one in element.iter(f"{W}t", *parts)
    ).strip()


def xlsx(content: bytes) -> Iterator[Block]:
    """Yield rows of each sheet under its name."""
    archive = _Archive(content)
    book, links = archive.tree("xl/workbook.xml"), archive.tree("xl/_rels/workbook.xml.rels")
    if book is None or links is None:
        raise Unreadable("This is no Excel file.")
    shared = archive.tree("xl/sharedStrings.xml")
    strings = [] if shared is None else ["".join(one.itertext(f"{S}t")) for one in shared.iterchildren(f"{S}si")]
    targets = {one.get("Id"): one.get("Target", "") for one in links}
    for sheet in book.iter(f"{S}sheet"):
        target = targets.get(sheet.get(LINK), "")
        tree = archive.tree(target[1:] if target.startswith("/") else f"xl/{target}")
        if tree is not None:
            yield from rows_of_table((_cells(row, strings) for row in tree.iter(f"{S}row")), (sheet.get("name", ""),))


def _cells(row: Any, strings: list[str]) -> list[str]:
    cells: list[str] = []
    for cell in row.iterchildren(f"{S}c"):
        at = _column(cell.get("r", "")) or len(cells)
        if at >= WIDEST:
            raise Unreadable("A row of this table is wider than Excel allows.")
        cells.extend([""] * (at - len(cells)))
        value = cell.findtext(f"{S}v", "")
        if cell.get("t") == "s":
            value = strings[int(value)] if value.isdecimal() and int(value) < len(strings) else ""
        elif cell.get("t") == "inlineStr":
            value = "".join(cell.itertext(f"{S}t"))
        cells.append(value)
    return cells


def _column(reference: str) -> int:
    """Return the place of a column from 0, by letters: A is 0, AB is 27."""
    number = 0
    for letter in reference[:3]:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return max(number - 1, 0)
