"""People, keys, files and what the core keeps, in the administration site."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from core.accounts import people
from core.administration.acting import each, note
from core.administration.lists import MadeWithin, one_of
from core.administration.rows import Rows
from core.models import (
    ApiKey,
    AuditEntry,
    Blob,
    BlobChunk,
    BlobUse,
    BlockedIp,
    Collaborator,
    Notifications,
    OAuthState,
    OutboxRow,
    ProcessHeartbeat,
    PromptRules,
    SecondFactor,
    User,
)
from core.web import abuse


class UserForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the type checker only
    """What staff change of a user."""

    def clean(self) -> dict[str, Any]:
        """Refuse what the API refuses, with the same words."""
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            people.check_staff_is_left(self.instance, {name: cleaned.get(name) for name in self.changed_data})
        except people.LastStaff as exc:
            raise ValidationError(exc.message) from exc
        return cleaned


@admin.register(User)
class UserAdmin(Rows):
    """People. What is changed here has the effects that it has through the API."""

    list_display = ("email", "name", "tier", "credits", "is_active", "is_staff", "is_superuser", "created_at")
    list_filter = ("tier", "is_active", "is_staff", "is_superuser")
    form = UserForm
    date_hierarchy = "created_at"
    texts = ("email", "name")
    hidden = ("password", "google_sub", "token_version")
    changed = ("name", "tier", "credits", "is_active", "is_staff")
    changed_by_superusers = ("is_superuser", "groups", "user_permissions")
    filter_horizontal = ("groups", "user_permissions")
    see_also = (
        ("workflows", "orchestrator_workflow", "owner_id"), ("runs", "executor_execution", "owner_id"),
        ("credentials", "credentials_credential", "owner_id"), ("API keys", "core_apikey", "user"),
        ("what was done", "core_auditentry", "user_id"),
    )  # fmt: skip

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether a user may be changed: superusers by superusers alone."""
        is_above = isinstance(obj, User) and obj.is_superuser and not _is_superuser(request)
        return self.has_operate_permission(request) and not is_above

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_fields(request, obj), "groups", "user_permissions"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        open_ = {*self.changed, *(self.changed_by_superusers if _is_superuser(request) else ())}
        return [name for name in self.get_fields(request, obj) if name not in open_]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        changes = {
            name: form.cleaned_data[name] for name in form.changed_data if name in {*self.changed, "is_superuser"}
        }
        if changes:
            before = {name: form.initial.get(name) for name in changes}
            people.update_user(user=obj, **changes)
            note(request, "update", obj, {name: [before[name], changes[name]] for name in changes})


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


@admin.register(ApiKey)
class ApiKeyAdmin(Rows):
    list_display = ("prefix", "name", "user", "is_active", "expires_at", "last_used_at")
    list_filter = ("is_active",)
    list_select_related = ("user",)
    ids = ("pk", "user_id")
    texts = ("prefix", "name")
    hidden = ("secret_hash",)
    actions = ("switch_off",)

    @admin.action(description="Switch the chosen keys off", permissions=["operate"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        each(
            request,
            queryset.filter(is_active=True),
            "switch_off",
            lambda key: people.update_key(key=key, is_active=False),
        )


@admin.register(Collaborator)
class CollaboratorAdmin(Rows):
    list_display = ("email", "role", "workflow_id", "user_id", "invited_by_id", "created_at", "accepted_at")
    list_filter = (one_of("role", ("owner", "editor", "runner", "viewer")),)
    ids = ("pk", "workflow_id", "user_id")
    texts = ("email",)
    hidden = ("secret_hash",)


@admin.register(BlockedIp)
class BlockedIpAdmin(Rows):
    list_display = ("ip", "reason", "until", "times", "created_at")
    list_filter = (one_of("reason", tuple(abuse.MOST)),)
    ids = ()
    texts = ("ip",)
    ordering = ("-until",)
    actions = ("unblock",)

    @admin.action(description="Let the chosen addresses in again", permissions=["operate"])
    def unblock(self, request: HttpRequest, queryset: QuerySet[BlockedIp]) -> None:
        each(request, queryset, "unblock", lambda row: abuse.unblock(row.ip))


@admin.register(AuditEntry)
class AuditEntryAdmin(Rows):
    list_display = ("at", "action", "user_id", "owner_id", "object_type", "object_id", "outcome")
    list_display_links = ("at",)
    list_filter = (MadeWithin, one_of("outcome", ("ok", "denied")))
    ids = ("pk", "owner_id")
    safe_json = ("changes",)
    is_large = True


@admin.register(Blob)
class BlobAdmin(Rows):
    list_display = ("file_name", "mime_type", "size_bytes", "owner_id", "execution_id", "created_at")
    list_filter = (MadeWithin,)
    ids = ("pk", "owner_id", "execution_id")
    is_large = True


@admin.register(BlobUse)
class BlobUseAdmin(Rows):
    list_display = ("id", "blob", "execution_id")
    list_select_related = ("blob",)
    ids = ("blob_id", "execution_id")
    is_large = True


@admin.register(BlobChunk)
class BlobChunkAdmin(Rows):
    list_display = ("id", "blob", "number")
    list_select_related = ("blob",)
    ids = ("blob_id",)
    is_large = True


@admin.register(OutboxRow)
class OutboxRowAdmin(Rows):
    list_display = ("kind", "lane", "state", "owner_id", "due_at", "attempts", "losses", "last_error")
    list_filter = (MadeWithin, "state")
    ids = ("pk", "awaits_id")
    is_large = True


@admin.register(ProcessHeartbeat)
class ProcessHeartbeatAdmin(Rows):
    list_display = ("id", "kind", "beat_at")
    safe_json = ("details",)
    ordering = ("-beat_at",)


@admin.register(SecondFactor)
class SecondFactorAdmin(Rows):
    list_display = ("user", "confirmed_at")
    list_select_related = ("user",)
    hidden = ("last_step",)
    ids = ("user_id",)


@admin.register(Notifications)
class NotificationsAdmin(Rows):
    list_display = ("user", "hitl_email", "hitl_push", "run_failed_email", "away_after_s")
    list_select_related = ("user",)
    ids = ("user_id",)


@admin.register(PromptRules)
class PromptRulesAdmin(Rows):
    list_display = ("id", "max_input_chars", "updated_at")
    safe_json = ("patterns",)
    ids = ()


@admin.register(OAuthState)
class OAuthStateAdmin(Rows):
    """Log-ins and authorizations that are under way. Their keys are digests, from which nobody can go on."""

    list_display = ("kind", "expires_at", "is_over")
    ordering = ("-expires_at",)
    ids = ()

    @admin.display(boolean=True)
    def is_over(self, row: OAuthState) -> bool:
        return row.expires_at <= timezone.now()
