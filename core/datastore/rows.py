"""Rows of a table: read and changed in sets, each row locked before its cells are worked out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection
from django.db.models import QuerySet

from core.datastore import quotas
from core.datastore.columns import LEAST, MOST, Columns
from core.datastore.errors import InvalidCell, NoKey, ResultTooLarge, RowExists, TableBusy
from core.datastore.models import DataRow, DataTable
from core.errors import Missing
from core.ids import new_id
from core.json import dumps, loads_own
from core.json.key_order import as_written, noted
from core.values.times import wire_time

MOST_CHANGED = 10_000  # rows by one call
MOST_CHANGED_BYTES = 16 * 2**20  # of rows whose cells one call changes: they are all in memory for it
MOST_READ_BYTES = 16 * 2**20  # of rows that one call gives
_SHOWN = "id, cells::text, created_at, updated_at"
_GIVEN = "json_to_recordset(%(rows)s::json) AS g(id uuid, digest text, cells jsonb)"
_INSERT = f"""
INSERT INTO datastore_datarow (id, table_id, key, cells, size_bytes, created_at, updated_at)
SELECT g.id, %(table)s, decode(g.digest, 'hex'), g.cells, octet_length(g.cells::text), now.at, now.at
FROM {_GIVEN}, (SELECT clock_timestamp() AS at) now ORDER BY g.digest, g.id
ON CONFLICT (table_id, key) DO NOTHING
RETURNING {_SHOWN}, size_bytes
"""
_UPDATE = f"""
UPDATE datastore_datarow r
SET key = decode(g.digest, 'hex'), cells = g.cells, size_bytes = octet_length(g.cells::text),
    updated_at = clock_timestamp()
FROM {_GIVEN} WHERE r.id = g.id AND r.table_id = %(table)s
RETURNING r.id, r.cells::text, r.created_at, r.updated_at, r.size_bytes
"""
_TEXTS = f"SELECT {_SHOWN} FROM datastore_datarow WHERE id = ANY(%s)"
_BY_KEYS = """
SELECT id, encode(key, 'hex'), cells::text, size_bytes FROM datastore_datarow
WHERE table_id = %(table)s AND key = ANY(%(keys)s) ORDER BY key FOR UPDATE
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A row that is locked, with what stood in it."""

    id: Any
    cells: dict[str, Any]
    size: int


Shown = dict[str, Any]  # {"id", "values", "created_at", "updated_at"}


# -- reading ---------------------------------------------------------------------------------------------------------
def shown(columns: Columns, found: Iterable[Sequence[Any]]) -> list[Shown]:
    """Return rows as they are shown, of (id, cells as JSON, created, updated)."""
    return [
        {
            "id": str(row[0]), "values": columns.values(as_written(loads_own(row[1]))), "created_at": wire_time(row[2]),
            "updated_at": wire_time(row[3]),
        }
        for row in found
    ]  # fmt: skip


def of_models(columns: Columns, found: Iterable[DataRow] | None) -> list[Shown]:
    """Return rows as they are shown."""
    return [
        {
            "id": str(row.pk), "values": columns.values(row.cells), "created_at": wire_time(row.created_at),
            "updated_at": wire_time(row.updated_at),
        }
        for row in found or ()
    ]  # fmt: skip


def read(columns: Columns, rows: QuerySet[DataRow]) -> list[Shown]:
    """Return rows, of a slice of a query, unless they are too much together. Raises: ResultTooLarge."""
    sizes = dict(rows.values_list("id", "size_bytes"))
    if sum(sizes.values()) > MOST_READ_BYTES:
        raise ResultTooLarge(
            f"The rows have more than {MOST_READ_BYTES // 2**20} MiB: ask for fewer", limit_bytes=MOST_READ_BYTES
        )
    found = {row["id"]: row for row in shown(columns, _texts(list(sizes)))}
    return [found[str(row_id)] for row_id in sizes if str(row_id) in found]


def _texts(ids: Sequence[Any]) -> list[Sequence[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS, [list(ids)])
        return list(cursor.fetchall())


# -- changing --------------------------------------------------------------------------------------------------------
def insert(table: DataTable, columns: Columns, given: Sequence[Mapping[str, Any]]) -> list[Shown]:
    """Add rows, all or none. Raises: RowExists, and what is wrong with a row."""
    made = list(zip(_ids(len(given)), [columns.cells(values)[0] for values in given], strict=True))
    rows = _inserted(table, columns, made)
    if len(rows) < len(made):
        raise _row_exists(columns)
    return rows


def upsert(table: DataTable, columns: Columns, given: Sequence[Mapping[str, Any]]) -> list[Shown]:
    """Add rows, or change those with the same key: cells that are left out stay. The last of several counts."""
    if columns.key is None:
        raise NoKey("The table has no unique column to find rows by", field="key")
    wanted: dict[bytes, tuple[dict[str, Any], list[str]]] = {}
    for values in given:
        cells, emptied = columns.cells(values)
        key = columns.key_of(cells)
        assert key is not None  # noqa: S101 (for the type checker: the table has a key)
        before, gone = wanted.get(key, ({}, []))
        wanted[key] = (
            {**{name: one for name, one in before.items() if name not in emptied}, **cells},
            [name for name in {*gone, *emptied} if name not in cells],
        )
    return _merged(table, columns, wanted)


def increment(
    table: DataTable, columns: Columns, *, key: Any, column: str, by: int | float, values: Mapping[str, Any]
) -> Shown:
    """Add to a number in the row of a key, which is made where it is not there; returns the row."""
    digest = columns.key_for(key)
    target = columns.find(column)
    if target.type != "number" or target == columns.key:
        raise InvalidCell(f"{column!r} is no column of numbers that can be counted in", field="column", column=column)
    key_name = columns.key.name if columns.key else ""
    cells, emptied = columns.cells({**values, key_name: key})

    def added(before: Mapping[str, Any]) -> dict[str, Any]:
        return {**cells, target.id: total(before.get(target.id), by, column)}

    return _merged(table, columns, {digest: (cells, emptied)}, added)[0]


def total(before: Any, by: int | float, column: str) -> int | float:
    """Return a sum: exact for whole numbers, decimal for others. Raises: InvalidCell where it is too large."""
    before = before or 0
    if isinstance(before, int) and isinstance(by, int):
        made: int | float = before + by
        fits = LEAST <= made <= MOST
    else:
        made = float(Decimal(repr(before)) + Decimal(repr(by)))
        fits = math.isfinite(made)
    if not fits:
        raise InvalidCell(f"{column!r} would leave the numbers that can be kept", field="by", column=column)
    return made


def update(table: DataTable, columns: Columns, rows: QuerySet[DataRow], values: Mapping[str, Any]) -> list[Shown]:
    """Change cells of rows. Raises: RowExists, ResultTooLarge for too many rows."""
    cells, emptied = columns.cells(values)
    held = _locked(rows)
    changed = [(one, _mixed(one.cells, cells, emptied)) for one in held]
    return _updated(table, columns, changed)


def update_one(table: DataTable, columns: Columns, row_id: Any, values: Mapping[str, Any]) -> Shown:
    """Change cells of one row. Raises: Missing, RowExists."""
    found = update(table, columns, DataRow.objects.filter(table_id=table.pk, pk=row_id), values)
    if not found:
        raise Missing("There is no such row")
    return found[0]


def delete(table: DataTable, rows: QuerySet[DataRow]) -> int:
    """Remove rows; returns how many. Raises: ResultTooLarge for too many."""
    held = _locked(rows, cells=False)
    ids = [one.id for one in held]
    for at in range(0, len(ids), 1000):
        DataRow.objects.filter(pk__in=ids[at : at + 1000]).delete()
    quotas.count(table.pk, rows=-len(held), size=-sum(one.size for one in held))
    return len(held)


def clear(table: DataTable) -> int:
    """Remove all rows; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM datastore_datarow WHERE table_id = %s RETURNING size_bytes)"
            " SELECT count(*), coalesce(sum(size_bytes), 0)::bigint FROM gone",
            [table.pk],
        )
        count, size = cursor.fetchone()
    quotas.count(table.pk, rows=-count, size=-size)
    return int(count)


# -- underneath ------------------------------------------------------------------------------------------------------
def _merged(
    table: DataTable,
    columns: Columns,
    wanted: Mapping[bytes, tuple[dict[str, Any], list[str]]],
    more: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None,
) -> list[Shown]:
    """Change the rows of some keys, or make them; `more` adds to the cells what depends on those before."""
    held = _by_keys(table, list(wanted))

    def worked_out(key: bytes, before: Mapping[str, Any]) -> dict[str, Any]:
        cells, emptied = wanted[key]
        return _mixed(before, {**cells, **(more(before) if more is not None else {})}, emptied)

    fresh = [key for key in wanted if key not in held]
    made = {pk: (key, worked_out(key, {})) for pk, key in zip(_ids(len(fresh)), fresh, strict=True)}
    found = {row["id"]: row for row in _inserted(table, columns, [(pk, cells) for pk, (_, cells) in made.items()])}
    keys = {str(pk): key for pk, (key, _) in made.items() if str(pk) in found}
    if len(found) < len(made):  # somebody was quicker: theirs are there now
        held = {key: one for key, one in _by_keys(table, list(wanted)).items() if key not in set(keys.values())}
    changed = [(one, worked_out(key, one.cells)) for key, one in held.items()]
    found |= {row["id"]: row for row in _updated(table, columns, changed)}
    keys |= {str(one.id): key for key, one in held.items()}
    by_key = {keys[row_id]: row for row_id, row in found.items()}
    if len(by_key) < len(wanted):  # a row that was there when ours was to be made, and is gone when we look
        raise TableBusy("Others are changing the same rows")
    return [by_key[key] for key in wanted]


def _mixed(before: Mapping[str, Any], cells: Mapping[str, Any], emptied: Iterable[str]) -> dict[str, Any]:
    mixed = {**before, **cells}
    for name in emptied:
        mixed.pop(name, None)
    return mixed


def _ids(count: int) -> list[UUID]:
    """Return ids of new rows: listed by them, rows stand as they were given."""
    return sorted(new_id() for _ in range(count))


def _records(columns: Columns, rows: Iterable[tuple[Any, dict[str, Any]]]) -> str:
    records = []
    for row_id, cells in rows:
        raw = dumps(cells)
        quotas.check_row(len(raw))
        key = columns.key_of(cells)
        records.append({"id": str(row_id), "digest": key.hex() if key else None, "cells": _noted(cells)})
    return dumps(records).decode()


def _noted(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Return cells as they are stored. Those of a row stand in the order of its table; what is in one keeps its own."""
    made: dict[str, Any] = noted({name: cells[name] for name in sorted(cells, key=lambda name: (len(name), name))})
    return made


def _inserted(table: DataTable, columns: Columns, made: Sequence[tuple[Any, dict[str, Any]]]) -> list[Shown]:
    if not made:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, {"table": table.pk, "rows": _records(columns, made)})
        found = cursor.fetchall()
    quotas.count(table.pk, rows=len(found), size=sum(row[4] for row in found))
    by_id = {row["id"]: row for row in shown(columns, found)}
    return [by_id[str(row_id)] for row_id, _ in made if str(row_id) in by_id]


def _updated(table: DataTable, columns: Columns, changed: Sequence[tuple[Held, dict[str, Any]]]) -> list[Shown]:
    if not changed:
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                _UPDATE, {"table": table.pk, "rows": _records(columns, [(one.id, cells) for one, cells in changed])}
            )
            found = cursor.fetchall()
    except IntegrityError as exc:
        raise _row_exists(columns) from exc
    quotas.count(table.pk, rows=0, size=sum(row[4] for row in found) - sum(one.size for one, _ in changed))
    by_id = {row["id"]: row for row in shown(columns, found)}
    return [by_id[str(one.id)] for one, _ in changed if str(one.id) in by_id]


def _by_keys(table: DataTable, keys: Sequence[bytes]) -> dict[bytes, Held]:
    with connection.cursor() as cursor:
        cursor.execute(_BY_KEYS, {"table": table.pk, "keys": list(keys)})
        return {bytes.fromhex(row[1]): Held(row[0], as_written(loads_own(row[2])), row[3]) for row in cursor.fetchall()}


def _locked(rows: QuerySet[DataRow], *, cells: bool = True) -> list[Held]:
    """Lock rows in the order of their ids, so many at most. Raises: ResultTooLarge."""
    found = list(rows.order_by("id").select_for_update().values_list("id", "size_bytes")[: MOST_CHANGED + 1])
    if len(found) > MOST_CHANGED:
        raise ResultTooLarge(f"More than {MOST_CHANGED} rows at once: narrow the filter", limit=MOST_CHANGED)
    if not cells:
        return [Held(row_id, {}, size) for row_id, size in found]
    if sum(size for _, size in found) > MOST_CHANGED_BYTES:
        most = MOST_CHANGED_BYTES // 2**20
        raise ResultTooLarge(f"More than {most} MiB of rows at once: narrow the filter", limit=MOST_CHANGED_BYTES)
    held = dict(DataRow.objects.filter(pk__in=[row_id for row_id, _ in found]).values_list("id", "cells"))
    return [Held(row_id, held[row_id], size) for row_id, size in found]


def _row_exists(columns: Columns) -> RowExists:
    name = columns.key.name if columns.key else ""
    return RowExists(f"There is a row with the same {name!r} already", column=name)
