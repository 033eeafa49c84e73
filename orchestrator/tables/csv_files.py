"""Rows as CSV and back: what is written is read as it was.

An empty field is an empty cell, one of two quotes is a text without characters; JSON stands as its text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.datastore import rows
from core.datastore.columns import RESERVED, Column, Columns
from core.datastore.errors import ResultTooLarge
from core.datastore.models import DataRow
from core.errors import Invalid
from core.json import NotStorable, dumps_text, loads

MOST_BYTES = 8 * 2**20  # of a file that is read
MOST_WRITTEN_BYTES = 32 * 2**20
MOST_ROWS = 20_000  # of a file that is read
AT_ONCE = 500
QUOTE = '"'
_NEEDS_QUOTES = re.compile(r'[",\r\n]')
_FIELD = re.compile(r'(?:"((?:[^"]++|"")*+)"|([^",\r\n][^,\r\n]*+)?)(,|\r\n|\r|\n|\Z)')


class InvalidCsv(Invalid):
    code = "invalid_csv"


def written(columns: Columns, found: QuerySet[DataRow]) -> str:
    """Return rows as CSV, in the order they came. Raises: ResultTooLarge."""
    out = io.StringIO()
    out.write(_line(column.name for column in columns.all))
    after = UUID(int=0)
    while True:
        page = found.filter(pk__gt=after).order_by("pk")[:AT_ONCE]
        read = rows.read(columns, page)
        for row in read:
            out.write(_line(_text(column, row["values"][column.name]) for column in columns.all))
        if out.tell() > MOST_WRITTEN_BYTES:
            most = MOST_WRITTEN_BYTES // 2**20
            raise ResultTooLarge(f"The file would have more than {most} MiB: filter the rows", limit=MOST_WRITTEN_BYTES)
        if len(read) < AT_ONCE:
            return out.getvalue()
        after = UUID(read[-1]["id"])


def _line(fields: Iterable[str | None]) -> str:
    """Return a line. Source: RFC 4180, section 2; a lone CR is quoted as well."""
    return ",".join("" if field is None else _quoted(field) for field in fields) + "\r\n"


def _quoted(field: str) -> str:
    return f'"{field.replace(QUOTE, QUOTE * 2)}"' if field == "" or _NEEDS_QUOTES.search(field) else field


def _text(column: Column, value: Any) -> str | None:
    if value is None:
        return None
    return value if isinstance(value, str) and column.type != "json" else dumps_text(value)


def parsed(columns: Columns, raw: bytes) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of a file, and which of its columns the table has not. Raises: InvalidCsv."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InvalidCsv("The file is not UTF-8 text", field="file") from exc
    known = {column.name: column for column in columns.all}
    reader = _records(text)
    names = [name or "" for name in next(reader, [])]
    if not set(names) & set(known):
        raise InvalidCsv("Its first line names none of the table's columns", field="file")
    if len(set(names)) < len(names):
        raise InvalidCsv("Two of its columns have the same name", field="file")
    found: list[dict[str, Any]] = []
    for record in reader:
        if all(field is None for field in record):
            continue
        if len(found) == MOST_ROWS:
            raise InvalidCsv(f"A file holds at most {MOST_ROWS} rows; split it", field="file", reason="max_length")
        number = len(found) + 2
        if len(record) > len(names):
            raise InvalidCsv(f"Line {number} has more fields than the first", field="file")
        values = zip(names, record, strict=False)
        found.append({name: _value(known[name], field, number) for name, field in values if name in known})
    return found, [name for name in names if name not in known and name.lower() not in RESERVED]


def _records(text: str) -> Iterator[list[str | None]]:
    """Yield the fields of each line, None for those in which nothing stands, not even quotes. Raises: InvalidCsv."""
    at, record = 0, list[str | None]()
    while at < len(text) or record:
        found = _FIELD.match(text, at)
        if found is None:
            line = text.count("\n", 0, at) + 1
            raise InvalidCsv(
                f"It cannot be read as CSV: a quote in line {line} is not closed, or text follows it", field="file"
            )
        quoted, plain, end = found.groups()
        record.append(quoted.replace(QUOTE * 2, QUOTE) if quoted is not None else plain or None)
        at = found.end()
        if end != ",":
            yield record
            record = []


def _value(column: Column, field: str | None, line: int) -> Any:
    if field is None or (field == "" and column.type != "text"):
        return None
    if column.type != "json":
        return field
    try:
        return loads(field)
    except NotStorable as exc:
        raise InvalidCsv(f"Line {line}: {column.name!r} is no JSON: {exc}"[:300], field="file") from exc


def file_name(name: str) -> Mapping[str, str]:
    """Return the names a browser may save a table under."""
    kept = "".join(one if one.isalnum() or one in " -_" else "_" for one in name).strip() or "table"
    return {"plain": kept.encode("ascii", "replace").decode().replace("?", "_"), "full": kept}
