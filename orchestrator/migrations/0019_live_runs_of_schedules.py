"""Which runs of a schedule go on: more than the last one, as one may be started by hand."""

from django.db import migrations

import core.database.packing


class Migration(migrations.Migration):
    dependencies = [
        ("orchestrator", "0018_transfer_offers"),
    ]

    operations = [
        migrations.AddField("schedule", "live_ids", core.database.packing.JsonField(null=True)),
    ]
