"""Runs with a limit that have begun and not ended: they hold its places."""

from django.db import migrations, models

from core.database.indexes import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("executor", "0025_repairs"),
    ]

    operations = [
        BuildIndex(
            "runstate",
            models.Index(
                condition=models.Q(
                    ("limit_key__isnull", False),
                    ("started_at__isnull", False),
                    ("status__in", ["pending", "running", "waiting", "paused"]),
                ),
                fields=["limit_key"],
                name="run_state_holders",
            ),
        ),
    ]
