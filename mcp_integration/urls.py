"""Routes under /api/mcp/."""

from django.urls import path

from mcp_integration import views

urlpatterns = [
    path("servers/", views.ServersView.as_view()),
    path("servers/tools/", views.AllToolsView.as_view()),
    path("servers/<uuid:server_id>/", views.ServerView.as_view()),
    path("servers/<uuid:server_id>/tools/", views.ServerToolsView.as_view()),
    path("servers/<uuid:server_id>/validate_credentials/", views.ServerTryView.as_view()),
    path("servers/<uuid:server_id>/tools/<path:name>/call/", views.ToolCallView.as_view()),
]
