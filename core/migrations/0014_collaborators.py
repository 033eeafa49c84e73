"""Roles on workflows by name, invited and accepted; and whose e-mail address is known to reach him."""

from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0013_whose_time_has_come"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="email_verified_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Collaborator",
            fields=[
                (
                    "id",
                    models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("workflow_id", models.UUIDField()),
                ("user_id", models.UUIDField(null=True)),
                ("email", models.CharField(max_length=254)),
                ("role", models.CharField(blank=True, max_length=8)),
                ("invited_by_id", models.UUIDField()),
                ("secret_hash", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField()),
                ("mailed_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("accepted_at", None)), fields=["email"], name="collaborator_invited"
                    ),
                    models.Index(
                        condition=models.Q(("accepted_at", None)),
                        fields=["invited_by_id"],
                        name="collaborator_pending",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("workflow_id", "email"), name="collaborator_email_once"),
                    models.UniqueConstraint(fields=("user_id", "workflow_id"), name="collaborator_user_once"),
                ],
            },
        ),
    ]
