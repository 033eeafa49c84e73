"""Users by when their credits are renewed, and rows of the outbox by who holds them."""

from django.db import migrations, models

from core.database.indexes import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("core", "0012_what_expires"),
    ]

    operations = [
        BuildIndex("user", models.Index(fields=["credits_reset_at"], name="user_credits_reset")),
        BuildIndex(
            "outboxrow",
            models.Index(
                condition=models.Q(("taken_by_id__isnull", False)), fields=["taken_by_id"], name="outbox_holder"
            ),
        ),
    ]
