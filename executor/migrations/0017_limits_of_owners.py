"""The limits that runs of an owner wait for are found one by one, in the order of their hashes."""

from django.db import migrations, models
from django.db.models.functions import MD5


class Migration(migrations.Migration):
    dependencies = [
        ("executor", "0016_task_asked"),
    ]

    operations = [
        migrations.AddIndex(
            "runstate",
            models.Index(
                models.F("owner_id"),
                MD5("limit_key"),
                condition=models.Q(("limit_key__isnull", False), ("status", "pending")),
                name="run_state_limits",
            ),
        ),
    ]
