"""What a repair takes over: of runs that nodes started, by which call; and under which run effects are keyed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("executor", "0024_tasks_of_workflows"),
    ]

    operations = [
        migrations.AddField("execution", "parent_number", models.IntegerField(db_default=0, default=0)),
        migrations.AddField("execution", "takes_over", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("execution", "effects_id", models.UUIDField(null=True)),
        migrations.AddField("wait", "stops", models.BooleanField(db_default=False, default=False)),
    ]
