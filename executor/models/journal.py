"""Tables of what happened in runs: what each node did, and the events."""

from __future__ import annotations

from django.db import models

from core.database.packing import JsonField, PackedJSONField
from core.ids import new_id
from executor.domain.lifecycle import NODE_STATUS_CHOICES


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
    cached = models.BooleanField(default=False, db_default=False)  # made by an earlier turn
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
