"""Workflows that say how long their runs are kept."""

from django.db import migrations, models

from core.database.indexes import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("orchestrator", "0015_registrations"),
    ]

    operations = [
        BuildIndex(
            "workflow",
            models.Index(
                condition=models.Q(("settings__has_key", "retention")), fields=["id"], name="workflow_retention"
            ),
        ),
    ]
