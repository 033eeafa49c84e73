"""Who uploaded a file into the account of a workflow."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0016_audit_by_user"),
    ]

    operations = [
        migrations.AddField(
            model_name="blob",
            name="uploaded_by_id",
            field=models.UUIDField(null=True),
        ),
    ]
