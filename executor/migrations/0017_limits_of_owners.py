"""The limits that runs of an owner wait for are found one by one, in the order of their hashes."""

from django.db import migrations, models
from django.db.models.functions import MD5

from core.database.indexes import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("executor", "0016_task_asked"),
    ]

    operations = [
        BuildIndex(
            "runstate",
            models.Index(
                models.F("owner_id"),
                MD5("limit_key"),
                condition=models.Q(("limit_key__isnull", False), ("status", "pending")),
                name="run_state_limits",
            ),
        ),
    ]
