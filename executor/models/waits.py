"""Tables of what runs wait for: waits, signals, questions to people, turns on other queues."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F

from core.database.packing import JsonField, OrderedJsonField, PackedJSONField
from core.ids import new_id


class Wait(models.Model):
    """What a node of a run waits for: a moment, a signal, a person. `number` counts the waits of one node run."""

    class Kind(models.TextChoices):
        TIMER = "timer"
        SIGNAL = "signal"
        HUMAN_TASK = "human_task"
        RETRY_BACKOFF = "retry_backoff"
        SUB_WORKFLOW = "sub_workflow"
        REMOTE_NODE = "remote_node"
        RATE_LIMIT = "rate_limit"

    pk = models.CompositePrimaryKey("execution_id", "node_id", "path", "number")
    execution_id = models.UUIDField()
    node_id = models.CharField(max_length=64)
    path = models.TextField(default="")
    number = models.IntegerField(default=0)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    signal = models.CharField(max_length=200, null=True)
    until = models.DateTimeField(null=True)
    task_id = models.UUIDField(null=True)
    remaining = models.IntegerField(null=True)  # child runs that have not ended
    stops = models.BooleanField(default=False, db_default=False)  # the first of those that fails ends it
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = JsonField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["until"], name="wait_due", condition=models.Q(answered_at__isnull=True, until__isnull=False)
            ),
            models.Index(
                fields=["execution_id"],
                name="wait_for_signal",
                condition=models.Q(answered_at__isnull=True, signal__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.execution_id} {self.node_id} {self.kind}"


class Signal(models.Model):
    """A signal for a run, kept until a node waits for it. The name "*" is taken by any."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    execution_id = models.UUIDField()
    name = models.CharField(max_length=200)
    payload = JsonField(null=True)
    payload_text = models.TextField(null=True)  # as JSON, where `payload` has its keys in another order
    created_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["execution_id", "created_at"], name="signal_of_run"),
            models.Index(
                fields=["execution_id", "name", "created_at", "id"],
                name="signal_kept",
                condition=models.Q(taken_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.execution_id} {self.name}"


class HumanTask(models.Model):
    """A question to people that a node waits for."""

    class Status(models.TextChoices):
        PENDING = "pending"
        APPROVED = "approved"
        REJECTED = "rejected"
        ANSWERED = "answered"
        TIMEOUT = "timeout"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    execution_id = models.UUIDField()
    owner_id = models.UUIDField()
    workflow_id = models.UUIDField(null=True)
    workflow_name = models.CharField(max_length=120, default="")
    node_id = models.CharField(max_length=64)
    path = models.TextField(default="")
    number = models.IntegerField(default=0)
    type = models.CharField(max_length=20)
    title = models.CharField(max_length=300)
    message = models.TextField(default="")
    options = JsonField(default=list)
    form = OrderedJsonField(null=True)
    context = OrderedJsonField(default=dict)
    assignee_ids = JsonField(default=list)
    required_answers = models.IntegerField(default=1)
    answers = OrderedJsonField(default=list)
    escalate_to = JsonField(default=list)
    remind_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    timeout_s = models.FloatField(default=300)
    expires_at = models.DateTimeField(null=True)
    on_timeout = models.CharField(max_length=16, default="proceed")
    response = OrderedJsonField(null=True)
    responded_by_id = models.UUIDField(null=True)
    responded_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["execution_id"], name="human_task_of_run"),
            models.Index(fields=["workflow_id", "-created_at"], name="human_task_of_workflow"),
            models.Index(fields=["expires_at"], name="human_task_open", condition=models.Q(status="pending")),
            GinIndex(fields=["assignee_ids"], name="human_task_assignees", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.title}"


class NodeJob(models.Model):
    """A node's turn that a worker of another queue makes. It goes when its run has ended."""

    class Status(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    execution_id = models.UUIDField()
    node_id = models.CharField(max_length=64)
    path = models.TextField(default="")
    number = models.IntegerField(default=0)  # that of its wait
    owner_id = models.UUIDField()
    queue = models.CharField(max_length=64)
    priority = models.SmallIntegerField(default=0)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    epoch = models.IntegerField(default=0)
    recoveries = models.IntegerField(default=0)
    suspicion = models.SmallIntegerField(default=0, db_default=0)  # as of a run
    worker_id = models.UUIDField(null=True)
    request = PackedJSONField()
    result = PackedJSONField(null=True)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # of its next attempt, where that is put off
    claimed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["execution_id", "node_id", "path", "number"], name="node_job_once")
        ]
        indexes = [
            models.Index(
                "queue",
                "owner_id",
                F("priority").desc(),
                "queued_at",
                name="node_job_of_owner",
                condition=models.Q(status="pending"),
            ),
            models.Index(
                "queue",
                "owner_id",
                F("priority").desc(),
                "queued_at",
                name="node_job_suspects",
                condition=models.Q(status="pending", suspicion__gte=2),
            ),
            models.Index(fields=["worker_id"], name="node_job_running", condition=models.Q(status="running")),
        ]

    def __str__(self) -> str:
        return f"{self.node_id} on {self.queue}"
