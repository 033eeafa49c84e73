"""Tables of the executor: definitions by hash, executions, their hot state, the journal and its events."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F
from django.db.models.functions import MD5

from core.database.packing import JsonField, PackedJSONField
from core.ids import new_id
from executor.domain.lifecycle import NODE_STATUS_CHOICES, STATUS_CHOICES


class Definition(models.Model):
    """What affects execution, once per content; never changes."""

    hash = models.CharField(max_length=64, primary_key=True)
    body = JsonField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.hash


class Layout(models.Model):
    """How a definition is drawn, once per content."""

    hash = models.CharField(max_length=64, primary_key=True)
    body = JsonField()

    def __str__(self) -> str:
        return self.hash


class Execution(models.Model):
    """One run of one definition: what it was asked to do, and what came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    workflow_id = models.UUIDField(null=True)
    workflow_name = models.CharField(max_length=120, default="")
    version = models.IntegerField(null=True)
    definition_hash = models.CharField(max_length=64)
    layout_hash = models.CharField(max_length=64, default="")
    mode = models.CharField(max_length=16, default="manual")
    trigger = models.CharField(max_length=16, default="manual")
    trigger_node_id = models.CharField(max_length=64)
    started_by_id = models.UUIDField(null=True)
    input = JsonField(null=True)
    variables = JsonField(default=dict)
    labels = JsonField(default=dict)
    pinned = JsonField(default=dict)
    total = models.IntegerField(default=0)
    parent_execution_id = models.UUIDField(null=True)
    parent_node_id = models.CharField(max_length=64, null=True)
    parent_path = models.TextField(default="")
    child_index = models.IntegerField(default=0)  # among those its parent's node started
    depth = models.IntegerField(default=0)
    is_detached = models.BooleanField(default=False)  # the parent does not wait for it
    is_reported = models.BooleanField(default=False)  # its end was told to its parent
    sub_workflows = JsonField(default=dict)  # what its sub-workflows are, fixed when the root starts
    mappings = JsonField(null=True)
    error_workflow_id = models.UUIDField(null=True)  # what is started if it fails, fixed when it starts
    retry_of_id = models.UUIDField(null=True)
    # The run that all of its family stands under: children, their children, and retries of it.
    root_execution_id = models.UUIDField(null=True)
    goal = JsonField(null=True)
    partial = JsonField(null=True)  # {"nodes"?: those that run, "inputs"?: {node: {handle: items}}, "offline"?}
    idempotency_key = models.CharField(max_length=255, null=True)
    idempotency_scope = models.CharField(max_length=64, null=True)
    request_hash = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField()

    output = JsonField(null=True)
    output_node_id = models.CharField(max_length=64, null=True)
    response = JsonField(null=True)
    end_reason = models.CharField(max_length=32, null=True)
    error = JsonField(null=True)
    warnings = JsonField(default=list)
    nodes_executed = models.IntegerField(default=0)
    duration_ms = models.BigIntegerField(null=True)
    finished_at = models.DateTimeField(null=True)
    # What its nodes used, without the runs below it.
    input_tokens = models.BigIntegerField(default=0, db_default=0)
    output_tokens = models.BigIntegerField(default=0, db_default=0)
    cached_tokens = models.BigIntegerField(default=0, db_default=0)
    reasoning_tokens = models.BigIntegerField(default=0, db_default=0)
    cost_usd = models.DecimalField(max_digits=20, decimal_places=10, default=Decimal(0), db_default=Decimal(0))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["idempotency_scope"],
                name="execution_once_per_key",
                condition=models.Q(idempotency_scope__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["owner_id", "-created_at"], name="execution_owner"),
            models.Index(fields=["workflow_id", "-created_at"], name="execution_workflow"),
            models.Index(fields=["root_execution_id"], name="execution_root"),
            models.Index(
                fields=["parent_execution_id", "parent_node_id"],
                name="execution_parent",
                condition=models.Q(parent_execution_id__isnull=False),
            ),
            models.Index(
                fields=["parent_execution_id"],
                name="execution_waited_for",
                condition=models.Q(parent_execution_id__isnull=False, is_detached=False, finished_at__isnull=True),
            ),
            models.Index(
                fields=["id"],
                name="execution_unreported",
                condition=models.Q(parent_execution_id__isnull=False, is_reported=False, finished_at__isnull=False),
            ),
            models.Index(
                fields=["finished_at"],
                name="execution_failures",
                condition=models.Q(end_reason__in=["error", "timed_out", "worker_lost"]),
            ),
            models.Index(
                fields=["retry_of_id"], name="execution_retries", condition=models.Q(retry_of_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RunState(models.Model):
    """The hot part of an execution, small and updated in place: who runs it, what was asked, where its events are."""

    execution = models.OneToOneField(Execution, on_delete=models.CASCADE, primary_key=True, related_name="state")
    owner_id = models.UUIDField()
    status = models.CharField(max_length=16, choices=STATUS_CHOICES)
    limit_key = models.TextField(null=True)
    limit_max = models.IntegerField(null=True)
    priority = models.SmallIntegerField(default=0, db_default=0)  # among the runs of its owner; higher goes first
    epoch = models.IntegerField(default=0)
    worker_id = models.UUIDField(null=True)
    last_seq = models.IntegerField(default=0)
    commit_no = models.IntegerField(default=0)
    command = models.CharField(max_length=16, null=True)
    command_by_id = models.UUIDField(null=True)
    command_reason = models.TextField(null=True)
    wakes = models.IntegerField(default=0)  # answers, timers and signals so far: a run suspends only if it saw them all
    recoveries = models.IntegerField(default=0)
    suspicion = models.SmallIntegerField(default=0, db_default=0)  # processes lost with it since one let it go alive
    loss_cause = models.TextField(null=True)
    running_ms = models.BigIntegerField(default=0)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=[value for value, _ in STATUS_CHOICES]), name="run_state_status_known"
            )
        ]
        indexes = [
            models.Index(fields=["queued_at"], name="run_state_pending", condition=models.Q(status="pending")),
            models.Index(
                fields=["owner_id", "-priority", "queued_at"],
                name="run_state_queue",
                condition=models.Q(status="pending"),
            ),
            models.Index(
                fields=["limit_key", "-priority", "queued_at", "execution"],
                name="run_state_limited",
                condition=models.Q(status="pending", limit_key__isnull=False),
            ),
            models.Index(
                fields=["queued_at", "execution"],
                name="run_state_limited_age",
                condition=models.Q(status="pending", limit_key__isnull=False),
            ),
            models.Index(
                F("owner_id"),
                MD5("limit_key"),
                name="run_state_limits",
                condition=models.Q(status="pending", limit_key__isnull=False),
            ),
            models.Index(
                fields=["limit_key"],
                name="run_state_taken",
                condition=models.Q(status="running", limit_key__isnull=False),
            ),
            models.Index(
                fields=["queued_at"],
                name="run_state_suspects",
                condition=models.Q(status="pending", suspicion__gte=2),
            ),
            models.Index(fields=["worker_id"], name="run_state_running", condition=models.Q(status="running")),
            models.Index(fields=["queued_at"], name="run_state_waiting", condition=models.Q(status="waiting")),
            models.Index(
                fields=["execution"],
                name="run_state_stopped",
                condition=models.Q(command="stop", status__in=["pending", "waiting", "paused"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.execution_id} {self.status}"


class NodeRun(models.Model):
    """The journal: one row per node and iteration path. A value stands here and nowhere else."""

    pk = models.CompositePrimaryKey("execution_id", "node_id", "path")
    id = models.UUIDField(default=new_id, editable=False)  # for the wire; asked for within an execution only
    execution_id = models.UUIDField()  # no foreign key: a check per row would double the cost of the journal
    node_id = models.CharField(max_length=64)
    path = models.TextField(default="")
    label = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    status = models.CharField(max_length=16, choices=NODE_STATUS_CHOICES)
    effect = models.CharField(max_length=8)
    attempt = models.IntegerField(default=1)
    max_attempts = models.IntegerField(default=1)
    attempts = JsonField(default=list)
    input_counts = JsonField(default=dict)
    outputs = PackedJSONField(null=True)
    aside = JsonField(null=True)  # [[handle, item, field]] of values that are files; null: written before 0013
    output_counts = JsonField(default=dict)
    active_handles = JsonField(default=list)
    error = JsonField(null=True)
    pinned = models.BooleanField(default=False)
    reused = models.BooleanField(default=False, db_default=False)  # copied from the run this one repairs
    warnings = JsonField(default=list)
    logs = JsonField(default=list)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # What it used, its steps too; null: nothing.
    input_tokens = models.BigIntegerField(null=True)
    output_tokens = models.BigIntegerField(null=True)
    cached_tokens = models.BigIntegerField(null=True)
    reasoning_tokens = models.BigIntegerField(null=True)
    cost_usd = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    counters = JsonField(null=True)

    def __str__(self) -> str:
        return f"{self.execution_id} {self.node_id} {self.path}"


class EventBatch(models.Model):
    """The events of one commit of a run, in order, the last of which has the number `last_seq`.

    An event holds only what no other row has; the rest is put in when it is read.
    """

    pk = models.CompositePrimaryKey("execution_id", "last_seq")
    execution_id = models.UUIDField()
    last_seq = models.IntegerField()
    events = PackedJSONField()  # [{"type", "at", and where they mean something "node_id", "path", "data"}]

    def __str__(self) -> str:
        return f"{self.execution_id} {self.first_seq}-{self.last_seq}"

    @property
    def first_seq(self) -> int:
        return self.last_seq - len(self.events) + 1


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


class Signal(models.Model):
    """A signal for a run, kept until a node waits for it. The name "*" is taken by any."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    execution_id = models.UUIDField()
    name = models.CharField(max_length=200)
    payload = JsonField(null=True)
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
    form = JsonField(null=True)
    context = JsonField(default=dict)
    assignee_ids = JsonField(default=list)
    required_answers = models.IntegerField(default=1)
    answers = JsonField(default=list)
    escalate_to = JsonField(default=list)
    remind_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    timeout_s = models.FloatField(default=300)
    expires_at = models.DateTimeField(null=True)
    on_timeout = models.CharField(max_length=16, default="proceed")
    response = JsonField(null=True)
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
