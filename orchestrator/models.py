"""Workflows, their versions, and what listens for them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from core.access.reach import SharedRow
from core.database.packing import JsonField, NodesField, OrderedJsonField
from core.ids import new_id


class Workflow(SharedRow):
    """What a user owns: the working copy of a graph, and which version of it is deployed."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        ACTIVE = "active"
        PAUSED = "paused"
        ARCHIVED = "archived"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=140)
    description = models.TextField(blank=True, default="")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.DRAFT)
    nodes = NodesField(default=list)
    edges = JsonField(default=list)
    viewport = JsonField(default=dict)
    settings = JsonField(default=dict)
    pinned_data = OrderedJsonField(default=dict)
    tags = JsonField(default=list)
    icon = models.CharField(max_length=100, blank=True, default="")
    color = models.CharField(max_length=32, blank=True, default="")
    is_template = models.BooleanField(default=False)
    is_sub_workflow = models.BooleanField(default=False)
    is_cloneable = models.BooleanField(default=True)
    parent_template_id = models.UUIDField(null=True)
    modifiable_fields = JsonField(default=list)
    llm = JsonField(default=dict)
    supervision_level = models.CharField(max_length=16, default="none")
    owners_document = JsonField(null=True)  # his last own one, while others change the workflow
    revision = models.IntegerField(default=1)
    version = models.IntegerField(default=1)
    definition_hash = models.CharField(max_length=64)
    layout_hash = models.CharField(max_length=64)
    deployed_version = models.IntegerField(null=True)
    deployed_hash = models.CharField(max_length=64, null=True)  # noqa: DJ001 (absent where not deployed)
    is_deleted = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner_id", "name"], name="workflow_name_once", condition=models.Q(is_deleted=False)
            )
        ]
        indexes = [
            models.Index(fields=["owner_id", "-created_at"], name="workflow_owner"),
            models.Index(fields=["id"], name="workflow_retention", condition=models.Q(settings__has_key="retention")),
        ]

    def __str__(self) -> str:
        return self.name


class WorkflowVersion(models.Model):
    """An immutable, numbered save: points at a definition and a layout, both stored by content."""

    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    source = models.CharField(max_length=16)
    label = models.CharField(max_length=120, blank=True, default="")
    message = models.TextField(blank=True, default="")
    definition_hash = models.CharField(max_length=64)
    layout_hash = models.CharField(max_length=64)
    settings = JsonField(default=dict)
    author_id = models.UUIDField(null=True)
    node_count = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "number"], name="workflow_version_once")]

    def __str__(self) -> str:
        return f"{self.workflow_id} v{self.number}"


class TransferOffer(models.Model):
    """An owner's offer to make a collaborator the owner of a workflow: nothing moves until it is accepted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.OneToOneField(Workflow, on_delete=models.CASCADE, related_name="transfer_offer")
    owner_id = models.UUIDField()
    heir_id = models.UUIDField()
    revision = models.IntegerField(null=True)  # what was offered; null: made by an earlier release, which noted nothing
    deployed_version = models.IntegerField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["heir_id"], name="transfer_offer_heir")]

    def __str__(self) -> str:
        return f"{self.workflow_id} to {self.heir_id}"


class Registration(models.Model):
    """A trigger that another service calls, as it is to be there: made and taken away in the background.

    A deploy, and all else that wants something other of it, raises `generation`; what was done for an older one says
    what is there, and nothing of the state.
    """

    class State(models.TextChoices):
        REGISTERING = "registering"
        ACTIVE = "active"
        FAILED = "failed"
        REMOVING = "removing"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="registrations")
    owner_id = models.UUIDField()
    node_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=100)
    params = JsonField(default=dict)
    credentials = JsonField(default=dict)
    credential_ids = ArrayField(models.CharField(max_length=64), default=list)  # those of `credentials`, to be found by
    identity = JsonField(default=dict)  # where it is registered; with another one it is another registration
    is_test = models.BooleanField(default=False)  # while somebody listens to the working copy
    state = models.CharField(max_length=16, choices=State.choices, default=State.REGISTERING)
    generation = models.IntegerField(default=1)
    known = JsonField(null=True)  # what the type wants to know of what is there
    secrets = JsonField(default=list)  # [{"id", "until"}], the newest first; older ones are taken until then
    failures = models.IntegerField(default=0)
    last_error = JsonField(null=True)
    next_try_at = models.DateTimeField(null=True)
    locked_until = models.DateTimeField(null=True)
    registered_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "node_id", "is_test"],
                condition=~models.Q(state="removing"),
                name="registration_once",
            )
        ]
        indexes = [GinIndex(fields=["credential_ids"], name="registration_credentials")]

    def __str__(self) -> str:
        return f"{self.workflow_id} {self.node_id} {self.state}"


class Webhook(models.Model):
    """A webhook or form trigger of a deployed version: found by owner and path, in every process."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="webhooks")
    owner_id = models.UUIDField()
    node_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=100, default="webhook_trigger", db_default="webhook_trigger")
    path = models.CharField(max_length=200)
    pattern = models.CharField(max_length=200)  # the path with each `:name` as `:`
    is_pattern = models.BooleanField(default=False)
    params = JsonField(default=dict)
    credential_id = models.CharField(max_length=64, blank=True, default="")
    total = models.IntegerField(default=0)
    calls = JsonField(default=list)  # ids of workflows that its own calls
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, null=True, related_name="webhooks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner_id", "pattern"], name="webhook_path_once")]

    def __str__(self) -> str:
        return self.path


class Listener(models.Model):
    """A test URL that waits for one call to the working copy."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE)
    owner_id = models.UUIDField()
    node_id = models.CharField(max_length=64)
    pattern = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    execution_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "node_id"], name="listener_once")]

    def __str__(self) -> str:
        return self.pattern


class Schedule(SharedRow):
    """A schedule trigger of a deployed version."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="schedules")
    owner_id = models.UUIDField()
    node_id = models.CharField(max_length=64)
    cron = models.CharField(max_length=200, null=True)  # noqa: DJ001 (absent: an interval)
    interval_s = models.IntegerField(null=True)
    timezone = models.CharField(max_length=64, default="UTC")
    input = OrderedJsonField(default=dict)
    missed = models.CharField(max_length=16, default="run_once")
    overlap = models.CharField(max_length=16, default="allow")
    enabled = models.BooleanField(default=True)
    total = models.IntegerField(default=0)
    calls = JsonField(default=list)
    next_run_at = models.DateTimeField(null=True)
    last_run_at = models.DateTimeField(null=True)
    last_execution_id = models.UUIDField(null=True)
    live_ids = JsonField(null=True)  # of its runs that had not ended when it was last looked at, besides the last one
    last_error = JsonField(null=True)  # of the last time it was due, where that raised
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "node_id"], name="schedule_once")]
        indexes = [models.Index(fields=["next_run_at"], name="schedule_due", condition=models.Q(enabled=True))]

    def __str__(self) -> str:
        return f"{self.workflow_id} {self.cron or self.interval_s}"


class Occurrence(models.Model):
    """One moment a schedule was due. Its key is what keeps it from being started twice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="occurrences")
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=16)
    execution_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schedule", "due_at"], name="occurrence_once")]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.due_at}"


class Poll(models.Model):
    """A trigger of a deployed version that is asked for what is new; it goes on at its cursor."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="polls")
    owner_id = models.UUIDField()
    node_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=100)
    params = JsonField(default=dict)
    credentials = JsonField(default=dict)
    identity = JsonField(default=dict)  # where it looks; with another one its cursor means nothing
    total = models.IntegerField(default=0)
    calls = JsonField(default=list)
    every_s = models.IntegerField()
    cursor = JsonField(null=True)
    next_poll_at = models.DateTimeField(null=True)
    locked_until = models.DateTimeField(null=True)
    last_polled_at = models.DateTimeField(null=True)
    last_execution_id = models.UUIDField(null=True)
    failures = models.IntegerField(default=0)
    last_error = JsonField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "node_id"], name="poll_once")]
        indexes = [
            models.Index(fields=["next_poll_at"], name="poll_due", condition=models.Q(next_poll_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.workflow_id} {self.node_id}"


class Job(models.Model):
    """Work that takes longer than a request; picked up by a worker, and again where that one was lost."""

    class Status(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        COMPLETED = "completed"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    kind = models.CharField(max_length=20)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    params = JsonField(default=dict)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    result = JsonField(null=True)
    error = JsonField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner_id"], name="job_open", condition=models.Q(status__in=["pending", "running"]))
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def progress(self) -> dict[str, int]:
        return {"done": self.done, "total": self.total}


class ErrorRun(models.Model):
    """A failed run whose workflow's error workflow was started, once."""

    execution_id = models.UUIDField(primary_key=True)
    error_execution_id = models.UUIDField(null=True, db_index=True)
    problem = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.execution_id)


class FailureNotice(models.Model):
    """Up to when an owner was told of a workflow's failed runs."""

    workflow = models.OneToOneField(Workflow, on_delete=models.CASCADE, primary_key=True)
    told_until = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.workflow_id)


class TestCase(models.Model):
    """A run kept as a test: its input, what came from outside, what is to come out. It needs no network."""

    __test__ = False  # not a test class, whatever its name says
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="test_cases")
    name = models.CharField(max_length=200)
    input = OrderedJsonField(null=True)
    trigger_node_id = models.CharField(max_length=64)
    variables = OrderedJsonField(default=dict)
    recorded = OrderedJsonField(default=dict)  # {node: outputs, or {"$rounds": {path: outputs}}}
    expected = OrderedJsonField(default=list)  # json of the output's items
    ignore = JsonField(default=list)  # paths that may differ
    timeout_s = models.FloatField(default=60)
    source_execution_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workflow", "created_at"], name="test_case")]

    def __str__(self) -> str:
        return self.name


class WorkflowTest(models.Model):
    """A background test: a run of a definition, and what was expected of it."""

    class Status(models.TextChoices):
        RUNNING = "running"
        PASSED = "passed"
        FAILED = "failed"
        TIMEOUT = "timeout"
        ERROR = "error"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, on_delete=models.CASCADE, related_name="tests")
    version = models.IntegerField(null=True)
    definition_hash = models.CharField(max_length=64)
    execution_id = models.UUIDField(null=True)
    test_case = models.ForeignKey(TestCase, null=True, on_delete=models.SET_NULL, related_name="results")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.RUNNING)
    expected = OrderedJsonField(null=True)
    differences = JsonField(default=list)
    error = JsonField(null=True)
    timeout_s = models.FloatField(default=60)
    duration_ms = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["workflow", "-created_at"], name="workflow_test"),
            models.Index(fields=["created_at"], name="workflow_test_open", condition=models.Q(status="running")),
        ]

    def __str__(self) -> str:
        return f"{self.workflow_id} {self.status}"
