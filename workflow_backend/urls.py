"""Mounts each app's routes. A prefix is a promise to clients, not a room."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from core.page.docs import DocsView
from core.page.document import page, to_page
from core.web.problems import bad_request, not_found, server_error
from inference.views import ModelPricesView, ModelsView
from orchestrator.completions import views as completions
from orchestrator.executions import verb_views
from orchestrator.mcp.door import not_reached
from orchestrator.people.answer_page import answer_page, old_link
from orchestrator.triggers import webhook_views
from orchestrator.urls import compile_urlpatterns, usage_urlpatterns

handler400 = bad_request
handler404 = not_found
handler500 = server_error
USER_ID = "(?P<user_id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"

urlpatterns = [
    path("", to_page),
    path("app", to_page),
    path("app/", page),
    path("app/<path:path>", page),
    re_path("^api/webhooks/resume/(?P<token>[^/]+?)/?$", verb_views.ResumeByTokenView.as_view()),
    re_path(f"^api/webhooks/{USER_ID}/(?P<path>.+)$", webhook_views.webhook),
    re_path(f"^api/webhooks-test/{USER_ID}/(?P<path>.+)$", webhook_views.test_webhook),
    path("hitl/", answer_page),
    path("hitl/<str:token>/", old_link),
    path("api/", include("core.accounts.urls")),
    path("api/", include(compile_urlpatterns)),
    path("api/", include(usage_urlpatterns)),
    path("api/credentials/", include("credentials.urls")),
    path("api/data-tables/", include("orchestrator.tables.urls")),
    path("api/variables/", include("orchestrator.variables.urls")),
    path("api/inference/documents/", include("inference.documents.urls")),
    path("api/inference/rag/", include("inference.search.urls")),
    path("api/mcp/", include("mcp_integration.urls")),
    path("mcp/", not_reached),  # answered before Django
    path("v1/chat/completions", completions.completions),
    path("v1/models", completions.models),
    path("v1/models/<path:name>", completions.model),
    re_path("^v1/(?P<path>.*)$", completions.nothing_here),
    path("api/nodes/models/", ModelsView.as_view()),
    path("api/admin/model-prices/", ModelPricesView.as_view()),
    path("api/nodes/", include("nodes.urls")),
    path("api/orchestrator/templates/", include("templates.urls")),
    path("api/orchestrator/", include("orchestrator.urls")),
    path("api/streaming/", include("streaming.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", DocsView.as_view(url_name="schema")),
]
if settings.ADMIN_PATH:
    address = settings.ADMIN_PATH.strip("/")
    urlpatterns += [path(address, RedirectView.as_view(url=settings.ADMIN_PATH)), path(f"{address}/", admin.site.urls)]
