"""How much an owner may keep: counted in the table's row, in the transaction of the change."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Sum

from core.datastore.errors import RowTooLarge, TableMissing, TablesTooLarge, TooManyRows, TooManyTables
from core.datastore.models import DataTable

MOST_STATE_BYTES = 64 * 1024
_COUNT = """
UPDATE datastore_datatable t SET row_count = row_count + %(rows)s, size_bytes = size_bytes + %(bytes)s
WHERE t.id = %(table)s AND NOT t.is_deleted
RETURNING t.row_count,
    (SELECT sum(o.size_bytes) FROM datastore_datatable o WHERE o.owner_id = t.owner_id AND NOT o.is_deleted)
"""


def count(table_id: UUID, *, rows: int, size: int) -> None:
    """Count rows that came or went, and their bytes; last in a transaction, as others wait for this row.

    Raises: TooManyRows, TablesTooLarge, TableMissing.
    """
    if rows == 0 and size == 0:
        return
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"table": table_id, "rows": rows, "bytes": size})
        found = cursor.fetchone()
    if found is None:
        raise TableMissing("There is no such table")
    held, before = found
    if rows > 0 and settings.TABLE_ROWS and held > settings.TABLE_ROWS:
        raise TooManyRows(f"A table holds at most {settings.TABLE_ROWS} rows", limit=settings.TABLE_ROWS)
    most = settings.TABLES_BYTES
    if size > 0 and most and int(before or 0) + size > most:
        raise TablesTooLarge(f"Your tables may hold {most // 2**20} MiB together", limit_bytes=most)


def check_row(size: int) -> int:
    """Return the size of a row. Raises: RowTooLarge."""
    most = settings.TABLE_ROW_BYTES
    if size > most:
        raise RowTooLarge(f"A row holds at most {most // 1024} KiB", limit_bytes=most)
    return size


def check_tables(owner_id: UUID, *, more: int = 1, size: int = 0) -> None:
    """Make sure that an owner may have so many more tables, of so many bytes. Raises: TooManyTables, TablesTooLarge."""
    rows = DataTable.objects.filter(owner_id=owner_id, is_deleted=False)
    most = settings.TABLES_PER_OWNER
    if most and rows.count() + more > most:
        raise TooManyTables(f"You may have at most {most} tables", limit=most)
    most = settings.TABLES_BYTES
    if size and most and (rows.aggregate(held=Sum("size_bytes"))["held"] or 0) + size > most:
        raise TablesTooLarge(f"Your tables may hold {most // 2**20} MiB together", limit_bytes=most)
