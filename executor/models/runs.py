"""Tables of runs: definitions by hash, executions, and their hot state."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import F
from django.db.models.functions import MD5

from core.access.reach import SharedRow
from core.database.packing import JsonField, NodesField, OrderedJsonField
from core.ids import new_id
from core.json import loads_own
from executor.domain.lifecycle import STATUS_CHOICES


class Definition(models.Model):
    """What affects execution, once per content; never changes."""

    hash = models.CharField(max_length=64, primary_key=True)
    body = NodesField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.hash


class Layout(models.Model):
    """How a definition is drawn, once per content."""

    hash = models.CharField(max_length=64, primary_key=True)
    body = JsonField()

    def __str__(self) -> str:
        return self.hash


IN_ORDER = {"input": "input_text", "output": "output_text"}  # values of a run by what holds the order of their keys


class Execution(SharedRow):
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
    input_text = models.TextField(null=True)  # as JSON, where `input` has its keys in another order than they came in
    variables = OrderedJsonField(default=dict)
    labels = OrderedJsonField(default=dict)
    pinned = OrderedJsonField(default=dict)
    total = models.IntegerField(default=0)
    parent_execution_id = models.UUIDField(null=True)
    parent_node_id = models.CharField(max_length=64, null=True)
    parent_path = models.TextField(default="")
    child_index = models.IntegerField(default=0)  # among those its parent's node started
    parent_number = models.IntegerField(default=0, db_default=0)  # by which of its calls
    depth = models.IntegerField(default=0)
    is_detached = models.BooleanField(default=False)  # the parent does not wait for it
    is_reported = models.BooleanField(default=False)  # its end was told to its parent
    sub_workflows = JsonField(default=dict)  # what its sub-workflows are, fixed when the root starts
    mappings = JsonField(null=True)
    error_workflow_id = models.UUIDField(null=True)  # what is started if it fails, fixed when it starts
    retry_of_id = models.UUIDField(null=True)
    takes_over = models.BooleanField(default=False, db_default=False)  # what the run it repairs finished
    effects_id = models.UUIDField(null=True)  # the run whose id is in the keys of its effects; null: its own
    # The run that all of its family stands under: children, their children, and retries of it.
    root_execution_id = models.UUIDField(null=True)
    goal = JsonField(null=True)
    partial = OrderedJsonField(null=True)  # {"nodes"?: those that run, "inputs"?: {node: {handle: items}}, "offline"?}
    idempotency_key = models.CharField(max_length=255, null=True)
    idempotency_scope = models.CharField(max_length=64, null=True)
    request_hash = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField()

    output = JsonField(null=True)
    output_text = models.TextField(null=True)  # so for `output`
    output_node_id = models.CharField(max_length=64, null=True)
    response = OrderedJsonField(null=True)
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

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **more: Any) -> Self:
        """Return a row whose values have their keys in the order they came in."""
        row = super().from_db(db, field_names, values, **more)
        held = vars(row)
        for name, text in IN_ORDER.items():
            if name in held and held.get(text) is not None:
                held[name] = loads_own(held[text])
        return row

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
                name="run_state_holders",
                condition=models.Q(
                    limit_key__isnull=False,
                    started_at__isnull=False,
                    status__in=["pending", "running", "waiting", "paused"],
                ),
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
