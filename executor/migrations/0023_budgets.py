"""Budgets, and what is reserved in them."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('executor', '0022_roots'),
    ]

    operations = [
        migrations.CreateModel(
            name='Budget',
            fields=[
                ('key', models.TextField(primary_key=True, serialize=False)),
                ('spent_usd', models.DecimalField(decimal_places=10, max_digits=20)),
                ('reserved_usd', models.DecimalField(decimal_places=10, max_digits=20)),
                ('spent_tokens', models.BigIntegerField()),
                ('reserved_tokens', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('execution_id', models.UUIDField()),
                ('epoch', models.IntegerField()),
                ('usd', models.DecimalField(decimal_places=10, max_digits=20)),
                ('tokens', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(condition=models.Q(('settled_at__isnull', True)), fields=['keys'], name='reservation_keys'), models.Index(fields=['execution_id'], name='reservation_execution')],
            },
        ),
    ]
