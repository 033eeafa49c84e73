"""Text, Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

from inference.documents.reading.blocks import Block, Outline, Unreadable

MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
         (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # fmt: skip
HEADING = re.compile(r"(#{1,6})[ \t]+(.*)")
DEEPEST = 100


def decoded(content: bytes) -> str:
    """Return the text of some bytes: by their mark, else UTF-8, else Windows' Western one, which reads any byte."""
    named = next((charset for mark, charset in MARKS if content.startswith(mark)), None)
    try:
        return content.decode(named or "utf-8").replace("\x00", "")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace").replace("\x00", "")


def text(content: bytes) -> Iterator[Block]:
    """Yield paragraphs: what stands between empty lines."""
    for part in re.split(r"\n[ \t]*\n", decoded(content).replace("\r\n", "\n")):
        if part.strip():
            yield Block(part.strip())


def markdown(content: bytes) -> Iterator[Block]:
    """Yield paragraphs under their headings; a fenced block of code is one paragraph and holds no heading."""
    outline, lines, fence = Outline(), list[str](), ""
    for line in decoded(content).replace("\r\n", "\n").split("\n"):
        mark = line.lstrip()[:3]
        if fence or mark in ("```", "~~~"):
            lines.append(line)
            fence = mark if not fence else "" if mark == fence else fence
        elif (title := _heading(line)) or not line.strip():
            yield from _paragraph(lines, outline)
            if title:
                outline.enter(*title)
        else:
            lines.append(line)
    yield from _paragraph(lines, outline)


def _heading(line: str) -> tuple[int, str] | None:
    """Return (level, text) of a line that is a heading."""
    found = HEADING.fullmatch(line)
    title = found[2].rstrip(" \t").rstrip("#").rstrip(" \t") if found else ""
    return (len(found[1]), title) if found and title else None


def _paragraph(lines: list[str], outline: Outline) -> Iterator[Block]:
    if joined := "\n".join(lines).strip():
        yield Block(joined, outline.headings)
    lines.clear()


def table(content: bytes) -> Iterator[Block]:
    """Yield a block for each row of a CSV: each cell with the name of its column."""
    whole = decoded(content)
    try:
        dialect: Any = csv.Sniffer().sniff(whole[:8192], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = csv.reader(io.StringIO(whole, newline=""), dialect)
        yield from rows_of_table(list(row) for row in rows)
    except csv.Error as exc:
        raise Unreadable("A row of this table cannot be read: a cell is too large or a quote stays open.") from exc


def rows_of_table(rows: Iterator[list[str]], headings: tuple[str, ...] = ()) -> Iterator[Block]:
    """Yield a block for each row under the first one, which names the columns; that one where it is alone."""
    names: list[str] | None = None
    is_alone = False
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if names is None:
            names, is_alone = row, True
            continue
        is_alone = False
        cells = [(names[at].strip() if at < len(names) else "", cell.strip()) for at, cell in enumerate(row)]
        yield Block("; ".join(f"{name}: {cell}" if name else cell for name, cell in cells if cell), headings)
    if names is not None and is_alone:
        yield Block("; ".join(cell.strip() for cell in names if cell.strip()), headings)


def json_values(content: bytes) -> Iterator[Block]:
    """Yield a line for each value that is no object or list, under the path to it."""
    try:
        whole = json.loads(decoded(content))
    except (ValueError, RecursionError) as exc:
        raise Unreadable("This is not JSON, or nested too deeply.") from exc
    yield from _values(whole, (), 0)


def _values(value: Any, path: tuple[str, ...], depth: int) -> Iterator[Block]:
    if depth > DEEPEST:
        raise Unreadable("This JSON is nested too deeply.")
    if isinstance(value, dict):
        flat = {key: one for key, one in value.items() if not isinstance(one, dict | list)}
        if flat:
            yield Block("; ".join(f"{key}: {one}" for key, one in flat.items()), path)
        for key, one in value.items():
            if isinstance(one, dict | list):
                yield from _values(one, (*path, key), depth + 1)
    elif isinstance(value, list):
        for one in value:
            yield from _values(one, path, depth + 1)
    else:
        yield Block(str(value), path)
