"""Indexes that migrations build while others write: reads and writes of the table go on meanwhile."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently

_IS_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


class BuildIndex(AddIndexConcurrently):
    """Builds an index; in a migration that is not `atomic`. What an earlier try left half built is built anew."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        name = schema_editor.quote_name(self.index.name)
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(_IS_VALID, [name])
            found = cursor.fetchone()
        if found is not None and found[0]:
            return
        if found is not None:
            schema_editor.execute(f"DROP INDEX CONCURRENTLY {name}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
