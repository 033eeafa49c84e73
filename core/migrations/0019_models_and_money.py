"""Which model a user asks by default, what his runs may spend, and what staff say of prices."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0018_key_scopes"),
    ]

    operations = [
        migrations.AddField("user", "llm", models.JSONField(null=True)),
        migrations.AddField("user", "budget", models.JSONField(null=True)),
        migrations.CreateModel(
            name="ModelPrices",
            fields=[
                ("id", models.IntegerField(default=1, primary_key=True, serialize=False)),
                ("table", models.JSONField(default=dict)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="model_prices_one_row"),
                ],
            },
        ),
    ]
