"""The table of tasks that could not be done."""

from __future__ import annotations

from django.db import models

from core.database.packing import JsonField
from core.ids import new_id


class DeadLetter(models.Model):
    """A task that could not be done: what it was asked, and what went wrong. Kept until dealt with, or expired."""

    class Status(models.TextChoices):
        PENDING = "pending"
        RETRYING = "retrying"
        RESOLVED = "resolved"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task_name = models.CharField(max_length=200)
    args = JsonField(default=list)
    kwargs = JsonField(default=dict)
    exception = models.TextField(default="")
    traceback = models.TextField(default="")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    retries = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["status", "-created_at"], name="dead_letter_status")]

    def __str__(self) -> str:
        return f"{self.task_name} {self.status}"
