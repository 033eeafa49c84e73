"""What belongs to the packages we stand on, in the administration site. Their own pages of it are not used.

Those would show tokens, or let beat's table be changed, which the settings write anew.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTasks,
    SolarSchedule,
)
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from core.administration.acting import each
from core.administration.rows import Rows


@admin.register(Group)
class GroupAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for the type checker only
    """Groups of staff, and what they may do on this site."""

    search_fields = ("name",)
    ordering = ("name",)
    filter_horizontal = ("permissions",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        permissions = form.base_fields.get("permissions")
        if permissions is not None:
            permissions.queryset = Permission.objects.select_related("content_type")  # type: ignore[attr-defined]  # a field of rows
        return form


@admin.register(Permission)
class PermissionAdmin(Rows):
    list_display = ("id", "content_type", "codename", "name")
    list_select_related = ("content_type",)
    ids = ()
    texts = ("codename", "name")


@admin.register(ContentType)
class ContentTypeAdmin(Rows):
    list_display = ("id", "app_label", "model")
    ids = ()
    texts = ("app_label", "model")


@admin.register(Session)
class SessionAdmin(Rows):
    """Who is signed in here. The table holds digests of the keys that browsers have."""

    list_display = ("session_key", "expire_date")
    hidden = ("session_data",)
    ordering = ("-expire_date",)
    ids = ()
    actions = ("end",)

    @admin.action(description="End the chosen sessions", permissions=["operate"])
    def end(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        each(request, queryset, "end", lambda session: Session.objects.filter(pk=session.pk).delete())


@admin.register(LogEntry)
class LogEntryAdmin(Rows):
    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag")
    list_select_related = ("user", "content_type")
    ids = ("user_id",)
    is_large = True


@admin.register(OutstandingToken)
class OutstandingTokenAdmin(Rows):
    list_display = ("id", "user", "created_at", "expires_at")
    list_select_related = ("user",)
    hidden = ("token", "jti")
    ids = ("user_id",)
    is_large = True


@admin.register(BlacklistedToken)
class BlacklistedTokenAdmin(Rows):
    list_display = ("id", "user", "blacklisted_at")
    list_select_related = ("token__user",)
    hidden = ("token",)
    ids = ("token__user_id",)
    is_large = True

    @admin.display
    def user(self, row: BlacklistedToken) -> str:
        return str(row.token.user or "-")


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(Rows):
    list_display = ("name", "task", "enabled", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    ids = ()
    texts = ("name", "task")


@admin.register(ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTasks, SolarSchedule)
class BeatAdmin(Rows):
    """What beat's table stands on."""

    list_display = ("pk", "__str__")
    ids = ()
