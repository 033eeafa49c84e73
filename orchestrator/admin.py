"""Workflows and what starts them, in the administration site; and retrying, which needs them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.administration.acting import actor, each
from core.administration.lists import MadeWithin
from core.administration.rows import Rows
from executor.admin import DeadLetterAdmin, ExecutionAdmin
from executor.models import DeadLetter, Execution
from orchestrator.models import (
    ErrorRun,
    FailureNotice,
    Job,
    Listener,
    Occurrence,
    Poll,
    Registration,
    Schedule,
    TestCase,
    TransferOffer,
    Webhook,
    Workflow,
    WorkflowTest,
    WorkflowVersion,
)
from orchestrator.repair import on_behalf

for _model in (Execution, DeadLetter):
    admin.site.unregister(_model)


@admin.register(Execution)
class RepairedExecutionAdmin(ExecutionAdmin):
    """Runs, with what repairs them."""

    actions = (*ExecutionAdmin.actions, "retry")

    @admin.action(description="Retry the chosen runs from what failed", permissions=["operate"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Execution]) -> None:
        by = actor(request).pk
        each(request, queryset, "retry", lambda run: on_behalf.retry_run(execution_id=run.pk, by=by))


@admin.register(DeadLetter)
class RepairedDeadLetterAdmin(DeadLetterAdmin):
    """Dead letters, with what does them again."""

    actions = (*DeadLetterAdmin.actions, "retry")

    @admin.action(description="Do the chosen ones again", permissions=["operate"])
    def retry(self, request: HttpRequest, queryset: QuerySet[DeadLetter]) -> None:
        each(request, queryset, "retry", lambda letter: on_behalf.retry_letter(letter_id=letter.pk))


@admin.register(Workflow)
class WorkflowAdmin(Rows):
    list_display = ("name", "status", "owner_id", "version", "deployed_version", "is_deleted", "updated_at")
    list_filter = ("status", "is_template", "is_sub_workflow", "is_deleted")
    date_hierarchy = "created_at"
    ids = ("pk", "owner_id")
    texts = ("name",)
    safe_json = ("tags",)
    see_also = (
        ("versions", "orchestrator_workflowversion", "workflow"), ("runs", "executor_execution", "workflow_id"),
        ("webhooks", "orchestrator_webhook", "workflow"), ("schedules", "orchestrator_schedule", "workflow"),
        ("polls", "orchestrator_poll", "workflow"), ("tests", "orchestrator_workflowtest", "workflow"),
    )  # fmt: skip


class _OfWorkflows(Rows):
    """Rows that belong to a workflow."""

    list_select_related = ("workflow",)
    ids: ClassVar[tuple[str, ...]] = ("workflow_id",)


@admin.register(TransferOffer)
class TransferOfferAdmin(_OfWorkflows):
    list_display = ("id", "workflow", "owner_id", "heir_id", "created_at", "expires_at")


@admin.register(WorkflowVersion)
class WorkflowVersionAdmin(_OfWorkflows):
    list_display = ("id", "workflow", "number", "source", "label", "author_id", "node_count", "created_at")
    is_large = True


@admin.register(Registration)
class RegistrationAdmin(_OfWorkflows):
    list_display = (
        "id",
        "workflow",
        "owner_id",
        "kind",
        "state",
        "is_test",
        "failures",
        "registered_at",
        "next_try_at",
    )
    list_filter = ("state", "is_test")
    ids = ("pk", "workflow_id")


@admin.register(Webhook)
class WebhookAdmin(_OfWorkflows):
    list_display = ("path", "workflow", "owner_id", "kind", "node_id", "is_pattern")
    list_filter = ("is_pattern",)
    ids = ("pk", "owner_id", "workflow_id")
    texts = ("path",)


@admin.register(Listener)
class ListenerAdmin(_OfWorkflows):
    list_display = ("pattern", "workflow", "owner_id", "expires_at", "execution_id")
    ids = ("pk", "owner_id", "workflow_id")


@admin.register(Schedule)
class ScheduleAdmin(_OfWorkflows):
    list_display = (
        "id",
        "workflow",
        "owner_id",
        "cron",
        "interval_s",
        "timezone",
        "enabled",
        "next_run_at",
        "last_run_at",
    )
    list_filter = ("enabled",)
    ids = ("pk", "owner_id", "workflow_id")
    safe_json = ("last_error",)
    see_also = (("occurrences", "orchestrator_occurrence", "schedule"),)


@admin.register(Occurrence)
class OccurrenceAdmin(Rows):
    list_display = ("due_at", "schedule", "outcome", "execution_id")
    list_filter = (MadeWithin,)
    list_select_related = ("schedule",)
    ids = ("pk", "schedule_id")
    is_large = True


@admin.register(Poll)
class PollAdmin(_OfWorkflows):
    list_display = ("id", "workflow", "owner_id", "kind", "every_s", "next_poll_at", "last_polled_at", "failures")
    ids = ("pk", "owner_id", "workflow_id")


@admin.register(Job)
class JobAdmin(Rows):
    list_display = ("id", "kind", "status", "owner_id", "done", "total", "created_at", "finished_at")
    list_filter = (MadeWithin, "status")
    ids = ("pk", "owner_id")


@admin.register(ErrorRun)
class ErrorRunAdmin(Rows):
    list_display = ("execution_id", "error_execution_id", "problem", "created_at")
    list_display_links = None
    ids = ("pk", "error_execution_id")
    is_large = True


@admin.register(FailureNotice)
class FailureNoticeAdmin(_OfWorkflows):
    list_display = ("workflow", "told_until", "sent_at")


@admin.register(TestCase)
class TestCaseAdmin(_OfWorkflows):
    list_display = ("name", "workflow", "source_execution_id", "created_at", "updated_at")
    ids = ("pk", "workflow_id")
    texts = ("name",)


@admin.register(WorkflowTest)
class WorkflowTestAdmin(_OfWorkflows):
    list_display = ("id", "workflow", "status", "version", "execution_id", "duration_ms", "created_at", "finished_at")
    list_filter = (MadeWithin, "status")
    ids = ("pk", "workflow_id")
    is_large = True
