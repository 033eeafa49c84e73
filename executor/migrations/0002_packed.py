"""One row of events per commit instead of one per event; outputs packed; node runs keyed by what they are looked up by."""

from django.db import migrations, models

import core.ids
import core.database.packing

EVENTS = """
INSERT INTO executor_eventbatch (execution_id, last_seq, events)
SELECT execution_id, seq, convert_to(jsonb_build_array(jsonb_build_object(
    'type', type, 'node_id', node_id, 'path', path, 'at', at, 'data', data))::text, 'UTF8')
FROM executor_executionevent
"""

OUTPUTS = "ALTER TABLE executor_noderun ALTER COLUMN outputs TYPE bytea USING convert_to(outputs::text, 'UTF8')"

KEY = """
ALTER TABLE executor_noderun DROP CONSTRAINT executor_noderun_pkey;
ALTER TABLE executor_noderun DROP CONSTRAINT node_run_once_per_path;
ALTER TABLE executor_noderun ADD PRIMARY KEY (execution_id, node_id, path);
"""


class Migration(migrations.Migration):
    dependencies = [("executor", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="EventBatch",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "execution_id", "last_seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("execution_id", models.UUIDField()),
                ("last_seq", models.IntegerField()),
                ("events", core.database.packing.PackedJSONField()),
            ],
        ),
        migrations.RunSQL(EVENTS),
        migrations.DeleteModel(name="ExecutionEvent"),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(OUTPUTS), migrations.RunSQL(KEY)],
            state_operations=[
                migrations.AlterField("noderun", "outputs", core.database.packing.PackedJSONField(null=True)),
                migrations.RemoveConstraint("noderun", "node_run_once_per_path"),
                migrations.AlterField("noderun", "id", models.UUIDField(default=core.ids.new_id, editable=False)),
                migrations.AddField(
                    "noderun",
                    "pk",
                    models.CompositePrimaryKey(
                        "execution_id", "node_id", "path", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
    ]
