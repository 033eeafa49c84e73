"""Which state of a workflow an offer is of."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orchestrator", "0019_live_runs_of_schedules"),
    ]

    operations = [
        migrations.AddField("transferoffer", "revision", models.IntegerField(null=True)),
        migrations.AddField("transferoffer", "deployed_version", models.IntegerField(null=True)),
    ]
