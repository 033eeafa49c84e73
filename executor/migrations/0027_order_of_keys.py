"""The text of values whose keys jsonb puts in another order."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('executor', '0026_holders_of_places'),
    ]

    operations = [
        migrations.AddField(
            model_name='execution',
            name='input_text',
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name='execution',
            name='output_text',
            field=models.TextField(null=True),
        ),
        migrations.AddField(
            model_name='signal',
            name='payload_text',
            field=models.TextField(null=True),
        ),
    ]
