"""What an API key may do: those that are there keep all they had."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0017_uploaded_by"),
    ]

    operations = [
        migrations.AddField(
            "apikey",
            "scopes",
            models.CharField(db_default="read run edit admin", default="read run edit admin", max_length=40),
        ),
    ]
