"""What is to be stopped, and held by no worker, is found by itself: it is ended a few at a time."""

from django.db import migrations, models

from core.database.indexes import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("executor", "0019_bounded_looks"),
    ]

    operations = [
        BuildIndex(
            "runstate",
            models.Index(
                fields=["execution"],
                condition=models.Q(("command", "stop"), ("status__in", ["pending", "waiting", "paused"])),
                name="run_state_stopped",
            ),
        ),
    ]
