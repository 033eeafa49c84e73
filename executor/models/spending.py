"""Tables of what runs may spend: sums, and what is reserved of them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Budget(models.Model):
    """A sum that is spent from: `run:<root execution>`, `day:<owner>:<date>`. Limits are given by who asks."""

    key = models.TextField(primary_key=True)
    spent_usd = models.DecimalField(max_digits=20, decimal_places=10)
    reserved_usd = models.DecimalField(max_digits=20, decimal_places=10)
    spent_tokens = models.BigIntegerField()
    reserved_tokens = models.BigIntegerField()

    def __str__(self) -> str:
        return self.key


class Reservation(models.Model):
    """Room in budgets that one call of a run has until it is settled."""

    id = models.UUIDField(primary_key=True, editable=False)
    keys = ArrayField(models.TextField())
    execution_id = models.UUIDField()
    epoch = models.IntegerField()  # of the worker that reserved it
    usd = models.DecimalField(max_digits=20, decimal_places=10)
    tokens = models.BigIntegerField()
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)  # it reserves nothing any more, and is not settled again

    class Meta:
        indexes = [
            GinIndex(fields=["keys"], name="reservation_keys", condition=models.Q(settled_at__isnull=True)),
            models.Index(fields=["execution_id"], name="reservation_execution"),
        ]

    def __str__(self) -> str:
        return str(self.id)
