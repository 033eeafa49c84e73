"""How tables are emptied between two tests.

Django truncates all of them and makes content types and permissions anew: a third of a second, after each test. Only
the tables in which there is something are emptied here, and what the migrations made stays.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.test import TransactionTestCase

KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def empty_tables(alias: str) -> None:
    """Delete the rows of all tables of our apps, without asking foreign keys and triggers about each."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name not in KEPT]
        quoted = [connection.ops.quote_name(name) for name in tables]
        cursor.execute(f"SELECT ARRAY[{', '.join(f'EXISTS (SELECT FROM {name})' for name in quoted)}]")
        (has_rows,) = cursor.fetchone()
        full = [name for name, has in zip(quoted, has_rows, strict=True) if has]
        if full:
            deletes = ";".join(f"DELETE FROM {name}" for name in full)
            cursor.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; COMMIT")


def _fixture_teardown(self: Any) -> None:
    for alias in self._databases_names(include_mirrors=False):
        empty_tables(alias)


def install() -> None:
    """Let tests with transactions of their own use it."""
    TransactionTestCase._fixture_teardown = _fixture_teardown  # type: ignore[attr-defined]  # the stubs leave it out
