"""What is asked all the time, by every worker or beat, is asked by indexes of what it is about."""

from django.db import migrations, models

from core.database.indexes import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("executor", "0017_limits_of_owners"),
    ]

    operations = [
        BuildIndex(
            "execution",
            models.Index(
                fields=["parent_execution_id"],
                condition=models.Q(
                    ("finished_at__isnull", True), ("is_detached", False), ("parent_execution_id__isnull", False)
                ),
                name="execution_waited_for",
            ),
        ),
        BuildIndex(
            "runstate",
            models.Index(fields=["queued_at"], condition=models.Q(("status", "waiting")), name="run_state_waiting"),
        ),
        BuildIndex(
            "nodejob",
            models.Index(
                models.F("queue"),
                models.F("owner_id"),
                models.OrderBy(models.F("priority"), descending=True),
                models.F("queued_at"),
                condition=models.Q(("status", "pending"), ("suspicion__gte", 2)),
                name="node_job_suspects",
            ),
        ),
        BuildIndex(
            "nodejob",
            models.Index(fields=["worker_id"], condition=models.Q(("status", "running")), name="node_job_running"),
        ),
    ]
