"""What a workflow's owner last made of it himself, while others change it."""

from django.db import migrations

import core.database.packing


class Migration(migrations.Migration):
    dependencies = [
        ("orchestrator", "0016_workflows_with_retention"),
    ]

    operations = [
        migrations.AddField(
            model_name="workflow",
            name="owners_document",
            field=core.database.packing.JsonField(null=True),
        ),
    ]
