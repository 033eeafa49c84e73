"""What the REST framework, its filters and the description of the API are told."""

from core.version import VERSION

REST_FRAMEWORK = {
    "DATETIME_FORMAT": None,  # the renderer writes moments, all in one way
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.accounts.authentication.BearerToken",
        "core.accounts.authentication.ApiKeyHeader",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["core.accounts.permissions.MayCall"],
    "DEFAULT_RENDERER_CLASSES": ["core.web.rendering.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.web.rendering.JsonBodyParser"],
    "DEFAULT_PAGINATION_CLASS": "core.web.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": [
        "core.web.filters.StrictFilters",
        "core.web.filters.Search",
        "core.web.filters.Ordering",
    ],
    "DEFAULT_SCHEMA_CLASS": "core.page.openapi.Answers",
    "EXCEPTION_HANDLER": "core.web.problems.handle",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "SEARCH_PARAM": "search",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Heddle",
    "DESCRIPTION": "Workflow automation: graphs in, durable runs out.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "DISABLE_ERRORS_AND_WARNINGS": False,
    "ENUM_NAME_OVERRIDES": {
        "ExecutionStatusEnum": "executor.domain.lifecycle.STATUS_CHOICES",
        "NodeRunStatusEnum": "executor.domain.lifecycle.NODE_STATUS_CHOICES",
        "WorkflowStatusEnum": "orchestrator.models.Workflow.Status",
        "VersionSourceEnum": "orchestrator.workflows.serializers.VERSION_SOURCES",
        "WorkflowRoleEnum": "orchestrator.workflows.serializers.ROLES",
        "ComponentStatusEnum": "core.health.report.COMPONENT",
        "HealthStatusEnum": ["healthy", "degraded", "unhealthy"],
        "LiveStatusEnum": ["alive"],
        "ReadyStatusEnum": ["ready", "not_ready"],
        "DataTableColumnTypeEnum": "core.datastore.columns.TYPES",
        "DocumentScopeEnum": "inference.documents.models.SCOPES",
        "TemplateStatusEnum": "templates.models.STATUSES",
        "TemplateReportReasonEnum": "templates.models.REASONS",
        "McpServerScopeEnum": "mcp_integration.models.SCOPES",
    },
}
