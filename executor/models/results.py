"""Results of nodes that may be used again."""

from __future__ import annotations

from django.db import models

from core.database.packing import PackedJSONField
from core.ids import new_id


class CachedResult(models.Model):
    """What a node made for some params and items, for turns of its owner until it expires.

    `key` is a digest by the installation's secret: it tells nobody what went in.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    key = models.BinaryField(max_length=32)
    result = PackedJSONField()  # {"outputs": items by handle, "warnings", "logs"}
    size_bytes = models.IntegerField()  # of its JSON
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner_id", "key"], name="one_result_a_key")]
        indexes = [models.Index(fields=["expires_at"], name="result_expiry")]

    def __str__(self) -> str:
        return str(self.id)
