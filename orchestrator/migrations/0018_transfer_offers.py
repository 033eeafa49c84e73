"""Offers to hand a workflow over, which its heir accepts or refuses."""

import django.db.models.deletion
from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("orchestrator", "0017_owners_documents"),
    ]

    operations = [
        migrations.CreateModel(
            name="TransferOffer",
            fields=[
                ("id", models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("owner_id", models.UUIDField()),
                ("heir_id", models.UUIDField()),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "workflow",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="transfer_offer",
                        to="orchestrator.workflow",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["heir_id"], name="transfer_offer_heir")]},
        ),
    ]
