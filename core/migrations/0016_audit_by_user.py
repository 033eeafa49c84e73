"""Audit entries by who did it: they are looked up by that, too."""

from django.db import migrations, models

from core.database.indexes import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("core", "0015_permissions"),
    ]

    operations = [
        BuildIndex("auditentry", models.Index(fields=["user_id", "-at"], name="audit_user")),
    ]
