from django.db import migrations, models

from core.database.indexes import BuildIndex


class Migration(migrations.Migration):
    """What expires is found along an index; the library's table of tokens has none for it."""

    atomic = False
    dependencies = [
        ("core", "0011_outbox_alone"),
        ("token_blacklist", "0012_alter_outstandingtoken_user"),
    ]

    operations = [
        BuildIndex(
            model_name="oauthstate", index=models.Index(fields=["expires_at"], name="oauth_state_expiry")
        ),
        migrations.RunSQL(
            [
                "DROP INDEX CONCURRENTLY IF EXISTS outstanding_token_expiry",  # half built, by an earlier try
                "CREATE INDEX CONCURRENTLY outstanding_token_expiry ON token_blacklist_outstandingtoken (expires_at)",
            ],
            "DROP INDEX CONCURRENTLY IF EXISTS outstanding_token_expiry",
        ),
    ]
