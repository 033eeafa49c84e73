"""Mounts each app's routes. A prefix is a promise to clients, not a room."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from core.problems import not_found, server_error

handler404 = not_found
handler500 = server_error

urlpatterns = [
    path("api/", include("core.urls")),
    path("api/credentials/", include("credentials.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema")),
]
