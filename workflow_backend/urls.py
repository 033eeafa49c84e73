"""Mounts each app's routes. A prefix is a promise to clients, not a room."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from core.problems import bad_request, not_found, server_error
from core.web.docs import DocsView
from core.web.page import page, to_page
from inference.views import ModelsView
from orchestrator.urls import compile_urlpatterns, usage_urlpatterns
from orchestrator.views import hooks, verbs
from orchestrator.views.answer_page import answer_page, old_link

handler400 = bad_request
handler404 = not_found
handler500 = server_error
USER_ID = "(?P<user_id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"

urlpatterns = [
    path("", to_page),
    path("app", to_page),
    path("app/", page),
    path("app/<path:path>", page),
    re_path("^api/webhooks/resume/(?P<token>[^/]+?)/?$", verbs.ResumeByTokenView.as_view()),
    re_path(f"^api/webhooks/{USER_ID}/(?P<path>.+)$", hooks.webhook),
    re_path(f"^api/webhooks-test/{USER_ID}/(?P<path>.+)$", hooks.test_webhook),
    path("hitl/", answer_page),
    path("hitl/<str:token>/", old_link),
    path("api/", include("core.urls")),
    path("api/", include(compile_urlpatterns)),
    path("api/", include(usage_urlpatterns)),
    path("api/credentials/", include("credentials.urls")),
    path("api/nodes/models/", ModelsView.as_view()),
    path("api/nodes/", include("nodes.urls")),
    path("api/orchestrator/", include("orchestrator.urls")),
    path("api/streaming/", include("streaming.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", DocsView.as_view(url_name="schema")),
]
