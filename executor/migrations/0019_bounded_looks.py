"""Limited runs by their time, and a run's open waits for signals and the signals kept for it, by name and time."""

from django.db import migrations, models

from core.database.indexes import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("executor", "0018_what_is_swept"),
    ]

    operations = [
        BuildIndex(
            "runstate",
            models.Index(
                fields=["queued_at", "execution"],
                condition=models.Q(("limit_key__isnull", False), ("status", "pending")),
                name="run_state_limited_age",
            ),
        ),
        BuildIndex(
            "wait",
            models.Index(
                fields=["execution_id"],
                condition=models.Q(("answered_at__isnull", True), ("signal__isnull", False)),
                name="wait_for_signal",
            ),
        ),
        BuildIndex(
            "signal",
            models.Index(
                fields=["execution_id", "name", "created_at", "id"],
                condition=models.Q(("taken_at__isnull", True)),
                name="signal_kept",
            ),
        ),
    ]
