"""Tables for tests, and runs that use them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core.datastore import rows, tables
from core.datastore.models import DataTable
from core.models import User
from tests.builders import node

COLUMNS = (("name", "text"), ("n", "number"), ("ok", "boolean"), ("day", "date"), ("more", "json"))


def make_table(
    owner: User, name: str = "things", columns: Sequence[tuple[str, str]] = COLUMNS, key: str | None = "name",
    workflow_id: UUID | None = None,
) -> DataTable:  # fmt: skip
    given = [{"name": column, "type": kind} for column, kind in columns]
    return tables.create(owner_id=owner.pk, name=name, columns=given, key=key, workflow_id=workflow_id)


def fill(table: DataTable, *values: dict[str, Any]) -> list[dict[str, Any]]:
    return rows.insert(table, tables.columns_of(table), values)


def held(table: DataTable) -> dict[Any, Any]:
    """Return what stands in a table, by its column `name`."""
    columns = tables.columns_of(table)
    return {row["values"]["name"]: row["values"] for row in rows.read(columns, table.rows.all())}


def table_node(node_id: str, operation: str, table: str = "things", **params: Any) -> dict[str, Any]:
    data = params.pop("data", {})
    return node(node_id, "data_table", {"operation": operation, "table": table, **params}, **data)
