"""Custom node types: one row each, and one for every version of their code, which never changes."""

from __future__ import annotations

from django.db import models

from core.database.packing import JsonField
from core.ids import new_id


class CustomNode(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft"
        PENDING = "pending"
        APPROVED = "approved"
        REJECTED = "rejected"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField(db_index=True)
    node_type = models.CharField(max_length=60)
    is_public = models.BooleanField(default=False)
    description = models.CharField(max_length=2000, blank=True, default="")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    reject_reason = models.CharField(max_length=1000, null=True)  # noqa: DJ001 (unknown is null on the wire)
    version = models.IntegerField(default=1)  # the newest one
    is_published = models.BooleanField(default=False)  # public, and a version of it is approved
    is_deleted = models.BooleanField(default=False)  # out of sight; what runs keeps its code
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_id", "node_type"], condition=models.Q(is_deleted=False), name="custom_node_once"
            ),
            models.UniqueConstraint(
                fields=["node_type"], condition=models.Q(is_published=True), name="custom_node_published_once"
            ),
        ]

    def __str__(self) -> str:
        return self.node_type


class CustomNodeVersion(models.Model):
    node = models.ForeignKey(CustomNode, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    name = models.CharField(max_length=80)
    category = models.CharField(max_length=40)
    code = models.TextField()
    declaration = JsonField()
    is_validated = models.BooleanField(default=False)
    is_approved = models.BooleanField(default=False)
    test_report = JsonField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["node", "number"], name="custom_node_version_once")]

    def __str__(self) -> str:
        return f"{self.node_id} v{self.number}"
