"""People and their keys, stored files, what is to be done after a commit, and the heartbeats of processes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac

from core.database.packing import JsonField, OrderedJsonField
from core.ids import new_id


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make somebody who may do everything on the administration site (`manage.py createsuperuser`)."""
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> User:
        return self.of_address(username or "").get()

    def of_address(self, email: str) -> models.QuerySet[User]:
        """Return whose address this is, in any case of letters; letters that only look alike are others.

        An `iexact` compares in capitals, and there an undotted i is an I, and a long s an S.
        """
        return self.alias(lower_email=Lower("email")).filter(lower_email=email.strip().lower())


class User(PermissionsMixin, AbstractBaseUser):
    """A person. Logs in by e-mail address, in any case of letters."""

    class Tier(models.TextChoices):
        FREE = "free"
        PRO = "pro"
        ENTERPRISE = "enterprise"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150, blank=True, default="")
    timezone = models.CharField(max_length=64, default="UTC")
    tier = models.CharField(max_length=16, choices=Tier.choices, default=Tier.FREE)
    credits = models.IntegerField(default=1000)
    credits_reset_at = models.DateTimeField(null=True)  # null: the first month has not been counted yet
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    token_version = models.IntegerField(default=0)
    google_sub = models.CharField(max_length=255, null=True, unique=True)  # noqa: DJ001 (unique where it is known)
    created_at = models.DateTimeField(auto_now_add=True)
    email_verified_at = models.DateTimeField(null=True)  # when it was shown that mails to the address reach the person
    llm = JsonField(null=True)  # {"provider", "model", "credential_id"}: asked where no step and no workflow says more
    budget = JsonField(null=True)  # {"day_usd", "month_usd"}: texts, what his runs may spend on models

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]
        indexes = [models.Index(fields=["credits_reset_at"], name="user_credits_reset")]

    def __str__(self) -> str:
        return self.email

    def save(self, **options: Any) -> None:
        """Write the row; a new password ends every log-in with the old one, whichever tool sets it."""
        is_new_password = getattr(self, "_password", None) is not None  # Django's own mark until it is stored
        if is_new_password and not self._state.adding:
            self.token_version += 1
            if options.get("update_fields") is not None:
                options["update_fields"] = {*options["update_fields"], "token_version"}
        super().save(**options)

    def get_session_auth_hash(self) -> str:
        """Return what a session is begun with: it ends with the password, and with all other log-ins."""
        return salted_hmac("heddle.session", f"{self.password} {self.token_version}", algorithm="sha256").hexdigest()


class SecondFactor(models.Model):
    """What a user's app makes codes from, sealed; it counts once it was confirmed."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="second_factor")
    sealed = JsonField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)  # of the last code that was used
    recovery = JsonField(default=list)  # hashes of the codes that are left

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class Notifications(models.Model):
    """What a user wants to be told of by mail, and after how long away."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="notifications")
    hitl_email = models.BooleanField(default=True)
    hitl_push = models.BooleanField(default=False)
    run_failed_email = models.BooleanField(default=True)
    away_after_s = models.IntegerField(default=120)

    def __str__(self) -> str:
        return f"notifications of {self.user_id}"


ALL_SCOPES = "read run edit admin"


class ApiKey(models.Model):
    """A program's key: `hdl_<prefix>_<secret>`; only a hash of it is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    is_active = models.BooleanField(default=True)
    scopes = models.CharField(max_length=40, default=ALL_SCOPES, db_default=ALL_SCOPES)  # of `core.accounts.scopes`
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.prefix


class Collaborator(models.Model):
    """Somebody's role on a workflow by name: invited, then accepted.

    Who was handed a workflow has a row as its owner. Who handed one over keeps a row when his role is taken, with no
    role in it: else what once ran on his account would open to him again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow_id = models.UUIDField()
    user_id = models.UUIDField(null=True)  # null: the address has no account yet, as far as anybody has shown
    email = models.CharField(max_length=254)  # as it was invited, in lower case
    role = models.CharField(max_length=8, blank=True)
    invited_by_id = models.UUIDField()
    secret_hash = models.CharField(max_length=64)  # of what the mail's link carries
    created_at = models.DateTimeField()
    mailed_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workflow_id", "email"], name="collaborator_email_once"),
            models.UniqueConstraint(fields=["user_id", "workflow_id"], name="collaborator_user_once"),
        ]
        indexes = [
            models.Index(fields=["email"], name="collaborator_invited", condition=models.Q(accepted_at=None)),
            models.Index(fields=["invited_by_id"], name="collaborator_pending", condition=models.Q(accepted_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.role}"


class Blob(models.Model):
    """A stored file: an upload, a binary reply, a value too large for its row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    execution_id = models.UUIDField(null=True)
    file_name = models.CharField(max_length=255)
    mime_type = models.CharField(max_length=127)
    size_bytes = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    is_swept = models.BooleanField(default=True, db_default=False)  # not what came before uses were noted
    uploaded_by_id = models.UUIDField(null=True)  # who sent it, maybe into the account of a workflow that is shared

    class Meta:
        indexes = [
            models.Index(fields=["execution_id"], name="blob_execution"),
            models.Index(fields=["owner_id", "-created_at"], include=["size_bytes"], name="blob_owner"),
            models.Index(fields=["created_at"], condition=models.Q(execution_id=None), name="blob_orphan"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def url(self) -> str:
        """Where its owner gets it."""
        return f"/api/orchestrator/blobs/{self.pk}/"


class BlobUse(models.Model):
    """A run that refers to a file it did not make."""

    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="uses")
    execution_id = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blob", "execution_id"], name="blob_use_once")]
        indexes = [models.Index(fields=["execution_id"], name="blob_use_execution")]

    def __str__(self) -> str:
        return f"{self.blob_id} in {self.execution_id}"


class BlobChunk(models.Model):
    """A piece of a file's bytes."""

    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="chunks")
    number = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blob", "number"], name="blob_chunk_once")]

    def __str__(self) -> str:
        return f"{self.blob_id}:{self.number}"


class AuditEntry(models.Model):
    """Who did what, when. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    user_id = models.UUIDField(null=True)
    owner_id = models.UUIDField(null=True)  # whose thing it was done to
    action = models.CharField(max_length=100)
    object_type = models.CharField(max_length=50)
    object_id = models.CharField(max_length=64)
    changes = JsonField(default=dict)
    outcome = models.CharField(max_length=10, default="ok")

    class Meta:
        indexes = [
            models.Index(fields=["owner_id", "-at"], name="audit_owner"),
            models.Index(fields=["user_id", "-at"], name="audit_user"),
            models.Index(fields=["object_type", "object_id"], name="audit_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_id}"


class BlockedIp(models.Model):
    """An address that tried too much. It stays after its time: the next block is longer."""

    ip = models.CharField(max_length=45, primary_key=True)
    reason = models.CharField(max_length=40)
    until = models.DateTimeField()
    times = models.IntegerField(default=1)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ip


class ModelPrices(models.Model):
    """What staff say of models and their prices, over the table that is shipped."""

    id = models.IntegerField(primary_key=True, default=1)
    table = JsonField(default=dict)  # {provider: {model: {"input", "output", …}}}
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="model_prices_one_row")]

    def __str__(self) -> str:
        return "prices of models"


class PromptRules(models.Model):
    """What staff made of the rules for text that goes to models; without a row the built-in ones hold."""

    id = models.IntegerField(primary_key=True, default=1)
    patterns = JsonField(default=list)
    max_input_chars = models.IntegerField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="prompt_rules_one_row")]

    def __str__(self) -> str:
        return f"{len(self.patterns)} patterns"


class OAuthState(models.Model):
    """An authorization that a person was sent away for, by the digest of its one-time state."""

    digest = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=20)
    payload = JsonField(default=dict)
    redirect_uri = models.CharField(max_length=2000)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="oauth_state_expiry")]

    def __str__(self) -> str:
        return self.kind


class ProcessHeartbeat(models.Model):
    """A process of ours that was alive at `beat_at`, by the database's clock."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=16)
    beat_at = models.DateTimeField()
    details = JsonField(default=dict)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class OutboxRow(models.Model):
    """Something that is to be done after a commit, by any worker; gone when it is done.

    held ▸ ready (the run it awaits has ended) · later ▸ ready (its time has come) · ready ▸ taken ▸ gone | later
    """

    class State(models.TextChoices):
        HELD = "held"
        LATER = "later"
        READY = "ready"
        TAKEN = "taken"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=40)
    lane = models.CharField(max_length=16)
    owner_id = models.UUIDField()
    payload = OrderedJsonField(default=dict)
    key = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001 (absent: any number of such rows)
    awaits_id = models.UUIDField(null=True)  # a run: with its end the row is due, whatever `due_at` says
    state = models.CharField(max_length=8, choices=State.choices, default=State.READY)
    due_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0, db_default=0)
    losses = models.IntegerField(default=0, db_default=0)  # processes that were lost while they worked on it
    wishes = models.IntegerField(default=0, db_default=0)  # how often it was asked for again while it was open
    taken_by_id = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["lane", "owner_id", "due_at"], name="outbox_ready", condition=models.Q(state="ready")),
            models.Index(fields=["due_at"], name="outbox_later", condition=models.Q(state="later")),
            models.Index(fields=["due_at"], name="outbox_alone", condition=models.Q(state="ready", losses__gte=2)),
            models.Index(fields=["leased_until"], name="outbox_taken", condition=models.Q(state="taken")),
            models.Index(fields=["taken_by_id"], name="outbox_holder", condition=models.Q(taken_by_id__isnull=False)),
            models.Index(fields=["awaits_id"], name="outbox_awaits", condition=models.Q(awaits_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key or self.pk}"
