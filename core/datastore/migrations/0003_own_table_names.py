"""Names that mean a workflow's own tables alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datastore", "0002_states_by_workflow"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwnTableName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workflow_id", models.UUIDField()),
                ("name", models.CharField(max_length=120)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("workflow_id", "name"), name="own_table_name_once")],
            },
        ),
    ]
