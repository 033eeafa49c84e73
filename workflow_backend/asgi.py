"""The one ASGI application: REST, SSE and webhooks by Django, WebSockets by Channels, lifespan for the server."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_backend.settings")
http = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 (Django has to be set up first)
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler  # noqa: E402 (Django has to be set up first)

from core.asgi.apart import with_hooks_apart  # noqa: E402 (Django has to be set up first)
from core.asgi.bodies import with_bounded_bodies  # noqa: E402 (Django has to be set up first)
from core.asgi.open_requests import with_few_strangers  # noqa: E402 (Django has to be set up first)
from core.asgi.threads import with_shared_threads  # noqa: E402 (Django has to be set up first)
from core.page.files import with_built_files  # noqa: E402 (Django has to be set up first)
from orchestrator.mcp.door import with_mcp_door  # noqa: E402 (Django has to be set up first)
from workflow_backend.lifespan import lifespan  # noqa: E402 (Django has to be set up first)
from workflow_backend.routing import websocket_urlpatterns  # noqa: E402 (Django has to be set up first)

application = ProtocolTypeRouter(
    {
        "http": with_few_strangers(
            with_hooks_apart(
                with_built_files(with_bounded_bodies(with_shared_threads(with_mcp_door(ASGIStaticFilesHandler(http)))))
            )
        ),
        "websocket": with_few_strangers(with_hooks_apart(with_shared_threads(URLRouter(websocket_urlpatterns)))),
        "lifespan": lifespan,
    }
)
