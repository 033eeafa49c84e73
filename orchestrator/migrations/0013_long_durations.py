"""Times of more than 24 days in milliseconds."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orchestrator', '0012_callbacks_to_outbox'),
    ]

    operations = [
        migrations.AlterField(
            model_name='workflowtest',
            name='duration_ms',
            field=models.BigIntegerField(null=True),
        ),
    ]
