"""States by workflow: they go with it."""

from django.db import migrations, models

from core.database.indexes import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("datastore", "0001_initial"),
    ]

    operations = [
        BuildIndex("nodestate", models.Index(fields=["workflow_id"], name="node_state_workflow")),
    ]
