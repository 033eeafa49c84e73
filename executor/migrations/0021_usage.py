"""What runs and their nodes use, and the run that a whole family stands under."""

from __future__ import annotations

from decimal import Decimal

from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False  # each table is locked for a moment alone: the journal's statement writes both
    dependencies = [
        ('executor', '0020_stopped'),
    ]

    operations = [
        migrations.AddField(
            model_name='execution',
            name='cached_tokens',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='execution',
            name='cost_usd',
            field=models.DecimalField(db_default=Decimal('0'), decimal_places=10, default=Decimal('0'), max_digits=20),
        ),
        migrations.AddField(
            model_name='execution',
            name='input_tokens',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='execution',
            name='output_tokens',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='execution',
            name='reasoning_tokens',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='execution',
            name='root_execution_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='noderun',
            name='cached_tokens',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='noderun',
            name='cost_usd',
            field=models.DecimalField(decimal_places=10, max_digits=20, null=True),
        ),
        migrations.AddField(
            model_name='noderun',
            name='counters',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='noderun',
            name='input_tokens',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='noderun',
            name='output_tokens',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='noderun',
            name='reasoning_tokens',
            field=models.BigIntegerField(null=True),
        ),
    ]
