"""Templates in the administration site: looked at, and reviewed by the API; graphs are hidden."""

from __future__ import annotations

from django.contrib import admin

from core.administration.rows import Rows
from templates.models import (
    Template,
    TemplateBookmark,
    TemplateClone,
    TemplateComment,
    TemplateRating,
    TemplateReport,
    TemplateVersion,
)


@admin.register(Template)
class TemplateAdmin(Rows):
    list_display = ("name", "category", "status", "is_featured", "is_hidden", "version", "workflow_id", "updated_at")
    list_filter = ("status", "category", "is_featured", "is_hidden")
    date_hierarchy = "created_at"
    ids = ("pk", "workflow_id")
    texts = ("name",)
    hidden = ("confirmed",)  # hashes of what tells of people


@admin.register(TemplateVersion)
class TemplateVersionAdmin(Rows):
    list_display = ("template", "number", "content_hash", "created_at")
    ids = ("template_id",)


@admin.register(TemplateClone)
class TemplateCloneAdmin(Rows):
    list_display = ("template", "workflow_id", "number", "created_at")
    ids = ("template_id", "workflow_id")


@admin.register(TemplateRating)
class TemplateRatingAdmin(Rows):
    list_display = ("template", "user", "stars", "updated_at")
    list_filter = ("stars",)
    ids = ("template_id", "user_id")


@admin.register(TemplateBookmark)
class TemplateBookmarkAdmin(Rows):
    list_display = ("template", "user", "created_at")
    ids = ("template_id", "user_id")


@admin.register(TemplateComment)
class TemplateCommentAdmin(Rows):
    list_display = ("template", "user", "body", "is_removed", "created_at")
    list_select_related = ("template", "user")
    list_filter = ("is_removed",)
    ids = ("pk", "template_id", "user_id")


@admin.register(TemplateReport)
class TemplateReportAdmin(Rows):
    list_display = ("template", "reason", "user", "created_at", "resolved_at")
    list_select_related = ("template", "user")
    list_filter = ("reason",)
    ids = ("pk", "template_id", "user_id")
