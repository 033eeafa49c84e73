"""WebSocket routes. An address without a socket is closed as not found."""

from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path, re_path

from streaming.consumers import NOT_FOUND, ExecutionConsumer, TasksConsumer


class NowhereConsumer(AsyncWebsocketConsumer):
    """Accepts and closes, so that the client sees the code."""

    async def connect(self) -> None:
        await self.accept()
        await self.close(NOT_FOUND)


socket: Any = ExecutionConsumer.as_asgi()
tasks: Any = TasksConsumer.as_asgi()
nowhere: Any = NowhereConsumer.as_asgi()
websocket_urlpatterns: list[Any] = [
    path("ws/execution/<uuid:execution_id>/", socket),
    path("ws/hitl/", tasks),
    re_path(r"^.*$", nowhere),
]
