"""Credentials: what is secret stands sealed, each field by itself."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from core.access.reach import SharedRow
from core.database.packing import JsonField, OrderedJsonField
from core.ids import new_id


class Credential(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    name = models.CharField(max_length=120)
    type = models.CharField(max_length=40)
    data = JsonField(default=dict)  # fields that are no secret
    sealed = JsonField(default=dict)  # {field: sealed blob}
    verified = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_error = models.TextField(null=True)  # noqa: DJ001 (unknown is null on the wire)
    rate_max = models.IntegerField(null=True)  # so many uses in `rate_per_s` seconds; null: no limit
    rate_per_s = models.FloatField(null=True)
    token_expires_at = models.DateTimeField(null=True)
    refreshing_until = models.DateTimeField(null=True)  # somebody asks for a new token; nobody else does meanwhile
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner_id", "name"], name="credential_name_once")]

    def __str__(self) -> str:
        return self.name


class KeptSecret(models.Model):
    """A secret that was made here, for another service to sign its calls with. Nobody is shown it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    sealed = JsonField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.pk)


class Variable(SharedRow):
    """A value that expressions read as `$vars.name`: of one workflow, or of all of an account's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    workflow_id = models.UUIDField(null=True)
    name = models.CharField(max_length=60)
    value = OrderedJsonField(null=True)  # absent where it is secret
    sealed = JsonField(null=True)  # a secret text
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workflow_id", "name"], name="variable_once", condition=models.Q(workflow_id__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["owner_id", "name"], name="variable_shared_once", condition=models.Q(workflow_id__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CredentialPace(models.Model):
    """The last moments a credential with a rate limit was used at, or will be: as many as the limit allows at once."""

    credential = models.OneToOneField(Credential, on_delete=models.CASCADE, primary_key=True, related_name="pace")
    uses = ArrayField(models.DateTimeField())

    def __str__(self) -> str:
        return str(self.credential_id)


class CredentialShare(models.Model):
    """Somebody who may use a credential of another, and never sees what is in it."""

    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="shares")
    user_id = models.UUIDField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credential", "user_id"], name="credential_share_once")]

    def __str__(self) -> str:
        return f"{self.credential_id}:{self.user_id}"


class CredentialAccess(models.Model):
    """One line of the access log; it outlives its credential."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField(db_default=Now())
    action = models.CharField(max_length=10)
    credential_id = models.UUIDField()
    credential_name = models.CharField(max_length=120)
    owner_id = models.UUIDField()
    user_id = models.UUIDField(null=True)
    workflow_id = models.UUIDField(null=True)
    execution_id = models.UUIDField(null=True)
    ip = models.CharField(max_length=45, null=True)  # noqa: DJ001 (unknown is null on the wire)
    times = models.IntegerField(default=1)  # uses by one run are one line; those by none, one a day
    day = models.DateField(null=True)  # of uses that belong to no run, such as checking a webhook's caller
    last_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["owner_id", "-at"], name="credential_access_owner")]
        constraints = [
            models.UniqueConstraint(
                fields=["credential_id", "execution_id"],
                condition=models.Q(action="use", execution_id__isnull=False),
                name="credential_access_use_once",
            ),
            models.UniqueConstraint(
                fields=["credential_id", "workflow_id", "day"],
                condition=models.Q(action="use", execution_id__isnull=True),
                nulls_distinct=False,
                name="credential_access_day_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.credential_name}"


class CredentialUse(models.Model):
    """A node of a workflow that uses a credential, written when the workflow is saved."""

    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="uses")
    workflow_id = models.UUIDField(db_index=True)
    node_id = models.CharField(max_length=64)
    slot = models.CharField(max_length=64)
    is_deployed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.workflow_id}:{self.node_id}"
