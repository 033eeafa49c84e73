"""MCP servers in the administration site: whose they are and how they stand."""

from __future__ import annotations

from django.contrib import admin

from core.administration.rows import Rows
from mcp_integration.models import McpServer


@admin.register(McpServer)
class McpServerAdmin(Rows):
    list_display = ("name", "owner_id", "scope", "transport", "status", "tools_count", "tools_cached_at", "created_at")
    list_filter = ("scope", "transport", "status", "enabled")
    date_hierarchy = "created_at"
    ids = ("pk", "owner_id")
    texts = ("name",)
    hidden = ("last_error", "command", "url")  # what another service said, and addresses of users
