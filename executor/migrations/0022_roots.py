"""The root of each run that is there already, a slice at a time: nobody waits for a lock on all of them."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.database.indexes import BuildIndex

AT_ONCE = 2000
# A run's root is found by going up: to its parent, or to the run it retries, as long as that is there.
FIND = """
WITH slice AS (
    SELECT id FROM executor_execution WHERE id > %(after)s ORDER BY id LIMIT %(most)s
), found AS (
    UPDATE executor_execution x SET root_execution_id = (
        WITH RECURSIVE up AS (
            SELECT x.id, coalesce(x.parent_execution_id, x.retry_of_id) AS above, 0 AS steps
            UNION ALL
            SELECT p.id, coalesce(p.parent_execution_id, p.retry_of_id), up.steps + 1
            FROM up JOIN executor_execution p ON p.id = up.above WHERE up.steps < 1000
        )
        SELECT id FROM up ORDER BY steps DESC LIMIT 1
    )
    FROM slice WHERE x.id = slice.id AND x.root_execution_id IS NULL
)
SELECT id FROM slice ORDER BY id DESC LIMIT 1
"""


def find_roots(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Fill the root of all runs."""
    after = "00000000-0000-0000-0000-000000000000"
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(FIND, {"after": after, "most": AT_ONCE})
            row = cursor.fetchone()
            if row is None:
                return
            after = str(row[0])


class Migration(migrations.Migration):

    atomic = False
    dependencies = [
        ('executor', '0021_usage'),
    ]

    operations = [
        migrations.RunPython(find_roots, migrations.RunPython.noop, elidable=True),
        BuildIndex("execution", models.Index(fields=["root_execution_id"], name="execution_root")),
    ]
