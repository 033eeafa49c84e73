"""Credentials: what is secret stands sealed, each field by itself."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.ids import new_id


class Credential(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    name = models.CharField(max_length=120)
    type = models.CharField(max_length=40)
    data = models.JSONField(default=dict)  # fields that are no secret
    sealed = models.JSONField(default=dict)  # {field: sealed blob}
    verified = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_error = models.TextField(null=True)  # noqa: DJ001 (unknown is null on the wire)
    rate_max = models.IntegerField(null=True)  # so many uses in `rate_per_s` seconds; null: no limit
    rate_per_s = models.FloatField(null=True)
    token_expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner_id", "name"], name="credential_name_once")]

    def __str__(self) -> str:
        return self.name


class CredentialPace(models.Model):
    """The last moments a credential with a rate limit was used at, or will be: as many as the limit allows at once."""

    credential = models.OneToOneField(Credential, on_delete=models.CASCADE, primary_key=True, related_name="pace")
    uses = ArrayField(models.DateTimeField())

    def __str__(self) -> str:
        return str(self.credential_id)


class CredentialUse(models.Model):
    """A node of a workflow that uses a credential, written when the workflow is saved."""

    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="uses")
    workflow_id = models.UUIDField(db_index=True)
    node_id = models.CharField(max_length=64)
    slot = models.CharField(max_length=64)
    is_deployed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.workflow_id}:{self.node_id}"
