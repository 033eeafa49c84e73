"""MCP servers: how each is reached, and what it said it can do when it was asked last. No column holds a secret."""

from __future__ import annotations

from django.db import models

from core.database.packing import JsonField
from core.ids import new_id

USER, SYSTEM = "user", "system"
SCOPES = (USER, SYSTEM)  # for its owner, or for everybody to use and staff to change
STDIO, STREAMABLE_HTTP, SSE = "stdio", "streamable_http", "sse"
TRANSPORTS = (STDIO, STREAMABLE_HTTP, SSE)
STATUSES = ("unknown", "ok", "error")


class McpServer(models.Model):
    """A server of tools. What was found out about it belongs to one `revision`: a change of how it is reached."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner_id = models.UUIDField()
    name = models.CharField(max_length=120)
    scope = models.CharField(max_length=10, default=USER, choices=[(one, one) for one in SCOPES])
    transport = models.CharField(max_length=20, choices=[(one, one) for one in TRANSPORTS])
    command = models.CharField(max_length=500, default="", blank=True)
    args = JsonField(default=list)
    env = JsonField(default=dict)  # values that are no secrets
    url = models.CharField(max_length=2000, default="", blank=True)
    headers = JsonField(default=dict)  # the same
    credential_id = models.UUIDField(null=True)
    credential_map = JsonField(default=dict)  # {"env": {VAR: field}, "headers": {Name: field}}
    enabled = models.BooleanField(default=True)
    timeout_s = models.FloatField(default=30)
    revision = models.IntegerField(default=1)
    status = models.CharField(max_length=10, default="unknown", choices=[(one, one) for one in STATUSES])
    last_error = models.TextField(null=True)  # noqa: DJ001 (unknown is null on the wire)
    tools = JsonField(null=True)  # as they were listed last; null: not since the last change
    tools_count = models.IntegerField(null=True)
    tools_omitted = models.IntegerField(default=0, db_default=0)  # that it named beyond what is kept
    tools_cached_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["scope"], condition=models.Q(scope=SYSTEM), name="mcp_server_system")]
        constraints = [
            models.UniqueConstraint(fields=["owner_id", "name"], name="mcp_server_name_once"),
            models.CheckConstraint(condition=models.Q(scope__in=SCOPES), name="mcp_server_scope"),
            models.CheckConstraint(condition=models.Q(transport__in=TRANSPORTS), name="mcp_server_transport"),
            models.CheckConstraint(condition=models.Q(status__in=STATUSES), name="mcp_server_status"),
        ]

    def __str__(self) -> str:
        return self.name
