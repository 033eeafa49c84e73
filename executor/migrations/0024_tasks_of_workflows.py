"""Tasks by workflow: whoever has a role on one sees them."""

from django.db import migrations, models

from core.database.indexes import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("executor", "0023_budgets"),
    ]

    operations = [
        BuildIndex(
            "humantask", models.Index(fields=["workflow_id", "-created_at"], name="human_task_of_workflow")
        ),
    ]
