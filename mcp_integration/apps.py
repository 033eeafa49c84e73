"""The mcp_integration app as Django sees it."""

from django.apps import AppConfig


class McpIntegrationConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "mcp_integration"
