"""Indexes that are built while others write: what was built stays, what was half built is built anew."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from core.database.indexes import BuildIndex
from executor.models import Signal

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "signal_kept"


def found() -> tuple[int, bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexrelid, indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [NAME])
        number, is_valid = cursor.fetchone()
    return number, is_valid


def build() -> None:
    [index] = [index for index in Signal._meta.indexes if index.name == NAME]
    state = MigrationLoader(connection).project_state()
    with connection.schema_editor(atomic=False) as editor:
        BuildIndex("signal", index).database_forwards("executor", editor, state, state)


def test_an_index_that_a_killed_upgrade_left_half_built_is_built_anew() -> None:
    whole = found()
    build()
    assert found() == whole, "what is there stays"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s", [whole[0]])
    build()
    number, is_valid = found()
    assert is_valid
    assert number != whole[0]
