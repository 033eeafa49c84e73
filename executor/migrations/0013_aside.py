"""Node runs say where their outputs hold references to files that stand for large values."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("executor", "0012_jobs_by_owner")]

    operations = [migrations.AddField("noderun", "aside", models.JSONField(null=True))]
