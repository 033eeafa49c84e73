"""Custom nodes in the administration site: what was submitted is approved or rejected as through the API."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.administration.acting import each
from core.administration.rows import Rows
from nodes import services
from nodes.models import CustomNode, CustomNodeVersion


@admin.register(CustomNode)
class CustomNodeAdmin(Rows):
    list_display = (
        "node_type",
        "status",
        "version",
        "owner_id",
        "is_public",
        "is_published",
        "is_deleted",
        "updated_at",
    )
    list_filter = ("status", "is_public", "is_published", "is_deleted")
    date_hierarchy = "created_at"
    ids = ("pk", "owner_id")
    texts = ("node_type",)
    see_also = (("versions", "nodes_customnodeversion", "node"),)
    actions = ("approve", "reject")

    @admin.action(description="Approve what was submitted", permissions=["operate"])
    def approve(self, request: HttpRequest, queryset: QuerySet[CustomNode]) -> None:
        each(request, queryset, "approve", lambda node: services.review(node=node, decision="approve", reason=None))

    @admin.action(description="Reject what was submitted", permissions=["operate"])
    def reject(self, request: HttpRequest, queryset: QuerySet[CustomNode]) -> None:
        each(request, queryset, "reject", lambda node: services.review(node=node, decision="reject", reason=None))


@admin.register(CustomNodeVersion)
class CustomNodeVersionAdmin(Rows):
    list_display = ("node", "number", "name", "category", "is_validated", "is_approved", "created_at")
    list_filter = ("is_validated", "is_approved")
    list_select_related = ("node",)
    ids = ("node_id",)
    texts = ("name",)
