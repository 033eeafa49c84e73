"""Times of more than 24 days in milliseconds, and paths as long as loops in loops make them."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('executor', '0014_retries_use_files'),
    ]

    operations = [
        migrations.AlterField(
            model_name='execution',
            name='duration_ms',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name='execution',
            name='parent_path',
            field=models.TextField(default=''),
        ),
        migrations.AlterField(
            model_name='humantask',
            name='path',
            field=models.TextField(default=''),
        ),
        migrations.AlterField(
            model_name='nodejob',
            name='path',
            field=models.TextField(default=''),
        ),
        migrations.AlterField(
            model_name='noderun',
            name='path',
            field=models.TextField(default=''),
        ),
        migrations.AlterField(
            model_name='runstate',
            name='limit_key',
            field=models.TextField(null=True),
        ),
        migrations.AlterField(
            model_name='runstate',
            name='running_ms',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='wait',
            name='path',
            field=models.TextField(default=''),
        ),
    ]
