"""Runs in the administration site: what they do and did. Their values are shown to their owners alone, by the API."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import Truncator

from core.administration.acting import actor, each
from core.administration.lists import MadeWithin, one_of
from core.administration.rows import Rows, RowsOfRuns
from executor.domain.lifecycle import STATUS_CHOICES
from executor.models import (
    Budget,
    CachedResult,
    DeadLetter,
    Definition,
    EventBatch,
    Execution,
    HumanTask,
    Layout,
    NodeJob,
    NodeRun,
    Reservation,
    RunState,
    Signal,
    Wait,
)
from executor.verbs import dead_letters, verbs

REASON = "Stopped by an administrator"


class MadeInRunsOf(MadeWithin):
    """Rows of the runs that were made within a time."""

    title = "of runs made within"
    column = "execution_id"


@admin.register(Execution)
class ExecutionAdmin(Rows):
    list_display = (
        "id",
        "status",
        "workflow_name",
        "owner_id",
        "mode",
        "trigger",
        "created_at",
        "finished_at",
        "end_reason",
    )
    list_filter = (
        MadeWithin,
        one_of("state__status", tuple(value for value, _ in STATUS_CHOICES), "status"),
        one_of("mode", ("manual", "production", "test", "partial")),
        one_of("end_reason", ("error", "timed_out", "worker_lost")),
    )
    list_select_related = ("state",)
    ids = ("pk", "owner_id", "workflow_id", "parent_execution_id", "retry_of_id")
    hidden = (
        "idempotency_key",
        "idempotency_scope",
        "request_hash",
        "input_text",
        "output_text",
    )  # the last two: values
    safe_json = ("labels",)
    is_large = True
    see_also = (
        ("hot state", "executor_runstate", "execution"), ("node runs", "executor_noderun", "execution_id"),
        ("waits", "executor_wait", "execution_id"), ("events", "executor_eventbatch", "execution_id"),
        ("tasks", "executor_humantask", "execution_id"), ("signals", "executor_signal", "execution_id"),
        ("turns on other queues", "executor_nodejob", "execution_id"),
        ("runs below", "executor_execution", "parent_execution_id"), ("retries", "executor_execution", "retry_of_id"),
    )  # fmt: skip
    actions: Any = ("stop",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["status", *super().get_fields(request, obj)]

    @admin.display(description="status")
    def status(self, row: Execution) -> str:
        return str(row.state.status)

    @admin.action(description="Stop the chosen runs", permissions=["operate"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Execution]) -> None:
        by, now = actor(request).pk, timezone.now()
        each(request, queryset, "stop", lambda run: verbs.stop(execution_id=run.pk, by=by, reason=REASON, now=now))


@admin.register(RunState)
class RunStateAdmin(Rows):
    list_display = (
        "execution",
        "status",
        "owner_id",
        "worker_id",
        "queued_at",
        "started_at",
        "recoveries",
        "suspicion",
    )
    list_filter = ("status",)
    list_select_related = ("execution",)
    ids = ("execution_id",)
    hidden = ("limit_key",)  # may be made of values
    is_large = True


@admin.register(NodeRun)
class NodeRunAdmin(RowsOfRuns):
    list_display = (
        "node_id",
        "path",
        "label",
        "kind",
        "status",
        "attempt",
        "execution_id",
        "started_at",
        "finished_at",
    )
    list_filter = (MadeInRunsOf, "status")
    safe_json = ("input_counts", "output_counts", "active_handles")


@admin.register(EventBatch)
class EventBatchAdmin(RowsOfRuns):
    list_display = ("last_seq", "execution_id")
    list_filter = (MadeInRunsOf,)


@admin.register(Wait)
class WaitAdmin(RowsOfRuns):
    list_display = ("node_id", "path", "number", "kind", "execution_id", "until", "created_at", "answered_at")
    list_filter = (MadeInRunsOf, "kind")


@admin.register(Budget)
class BudgetAdmin(Rows):
    list_display = ("key", "spent_usd", "reserved_usd", "spent_tokens", "reserved_tokens")
    ids = ()
    texts = ("key",)
    is_large = True


@admin.register(Reservation)
class ReservationAdmin(Rows):
    list_display = ("id", "execution_id", "usd", "tokens", "created_at")
    list_filter = (MadeWithin,)
    ids = ("pk", "execution_id")
    is_large = True


@admin.register(CachedResult)
class CachedResultAdmin(Rows):
    list_display = ("id", "owner_id", "size_bytes", "created_at", "expires_at")
    list_filter = (MadeWithin,)
    ids = ("pk", "owner_id")
    is_large = True


@admin.register(NodeJob)
class NodeJobAdmin(Rows):
    list_display = ("node_id", "queue", "status", "owner_id", "execution_id", "queued_at", "claimed_at", "finished_at")
    list_filter = (MadeWithin, "status")
    ids = ("pk", "execution_id")
    is_large = True


@admin.register(Signal)
class SignalAdmin(Rows):
    list_display = ("name", "execution_id", "created_at", "taken_at")
    list_filter = (MadeWithin,)
    ids = ("pk", "execution_id")
    is_large = True
    hidden = ("payload_text",)  # what a sender gave


@admin.register(HumanTask)
class HumanTaskAdmin(Rows):
    """Questions to people. They are answered by those who were asked."""

    list_display = (
        "title",
        "type",
        "status",
        "owner_id",
        "execution_id",
        "created_at",
        "responded_at",
        "responded_by_id",
    )
    list_filter = (MadeWithin, "status")
    ids = ("pk", "execution_id")
    hidden = ("message",)
    is_large = True


@admin.register(DeadLetter)
class DeadLetterAdmin(Rows):
    """What could not be done. Retrying is added by who can repair runs."""

    list_display = ("task_name", "status", "retries", "problem", "created_at", "expires_at")
    list_filter = ("status",)
    date_hierarchy = "created_at"
    texts = ("task_name",)
    actions: Any = ("resolve",)

    @admin.display(description="problem")
    def problem(self, row: DeadLetter) -> str:
        return Truncator(row.exception).chars(120)

    @admin.action(description="Close the chosen letters as dealt with", permissions=["operate"])
    def resolve(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        each(request, queryset, "resolve", lambda letter: dead_letters.resolve(letter_id=letter.pk))


@admin.register(Definition)
class DefinitionAdmin(Rows):
    """Definitions by content. What is in them is their workflows' owners'."""

    list_display = ("hash", "created_at")
    ids = ()
    texts = ("hash",)
    is_large = True


@admin.register(Layout)
class LayoutAdmin(Rows):
    list_display = ("hash",)
    ids = ()
    texts = ("hash",)
    is_large = True
