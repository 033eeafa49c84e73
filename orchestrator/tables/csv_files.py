"""Rows as CSV and back. An empty field is an empty cell; JSON stands as its text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
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


class InvalidCsv(Invalid):
    code = "invalid_csv"


def written(columns: Columns, found: QuerySet[DataRow]) -> str:
    """Return rows as CSV, in the order they came. Raises: ResultTooLarge."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.name for column in columns.all])
    after = UUID(int=0)
    while True:
        page = found.filter(pk__gt=after).order_by("pk")[:AT_ONCE]
        read = rows.read(columns, page)
        for row in read:
            writer.writerow([_text(column, row["values"][column.name]) for column in columns.all])
        if out.tell() > MOST_WRITTEN_BYTES:
            most = MOST_WRITTEN_BYTES // 2**20
            raise ResultTooLarge(f"The file would have more than {most} MiB: filter the rows", limit=MOST_WRITTEN_BYTES)
        if len(read) < AT_ONCE:
            return out.getvalue()
        after = UUID(read[-1]["id"])


def _text(column: Column, value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) and column.type != "json" else dumps_text(value)


def parsed(columns: Columns, raw: bytes) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of a file, and which of its columns the table has not. Raises: InvalidCsv."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InvalidCsv("The file is not UTF-8 text", field="file") from exc
    known = {column.name: column for column in columns.all}
    reader = _records(text)
    names = next(reader, [])
    if not set(names) & set(known):
        raise InvalidCsv("Its first line names none of the table's columns", field="file")
    if len(set(names)) < len(names):
        raise InvalidCsv("Two of its columns have the same name", field="file")
    found: list[dict[str, Any]] = []
    for record in reader:
        if not any(record):
            continue
        if len(found) == MOST_ROWS:
            raise InvalidCsv(f"A file holds at most {MOST_ROWS} rows; split it", field="file", reason="max_length")
        number = len(found) + 2
        if len(record) > len(names):
            raise InvalidCsv(f"Line {number} has more fields than the first", field="file")
        values = zip(names, record, strict=False)
        found.append({name: _value(known[name], field, number) for name, field in values if name in known})
    return found, [name for name in names if name not in known and name.lower() not in RESERVED]


def _records(text: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), strict=True)
    except csv.Error as exc:
        raise InvalidCsv(f"It cannot be read as CSV: {exc}"[:300], field="file") from exc


def _value(column: Column, field: str, line: int) -> Any:
    if field == "":
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
