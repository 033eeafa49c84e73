"""The web server: uvicorn with limits on what reaches no application: slow or endless heads, readers that do not read.

`python -m workflow_backend.server --host 127.0.0.1 --port 8000`. All ways to start a web process come here.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import socket
import sys
from typing import Any

import uvicorn
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from core.asgi import refusals
from core.asgi.refusals import Refusal
from core.asgi.unsent import UNSENT

APPLICATION = "workflow_backend.asgi:application"
STARTUP_FAILED = 3  # as uvicorn's own command line says it
HEAD_MAX_BYTES = 64 * 1024
HEAD_MAX_FIELDS = 100
CHUNK_OVERHEAD = 8  # bytes on the line for each byte of a body that comes in chunks of one
SOCKET_MESSAGE_MAX_BYTES = 1024 * 1024
MOST_FILES = 65_536
HEAD_TOO_LARGE = Refusal(431, "headers_too_large", "Too large", "The head of the request is too large")
UNREADABLE = Refusal(400, "malformed_request", "The request is not valid", "This is no HTTP request")
TOO_MANY = Refusal(
    503, "service_unavailable", "A part of the service is away", "Too many connections are open", retry_in_s=5
)


class BoundedProtocol(HttpToolsProtocol):
    """A connection that ends when its head does not come, is too large, or nobody reads what it is sent."""

    _timer: asyncio.TimerHandle | None = None
    _in_head = True
    _has_begun = False
    _turns = 0  # from head to body and back
    _on_line = 0  # bytes of this head, or since it ended
    _of_body = 0
    _refusal: Refusal | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn names the narrower type
        super().connection_made(transport)
        UNSENT.watch(transport)
        self._await_head()
        if len(self.connections) > settings.MAX_CONNECTIONS:
            self._refuse(TOO_MANY)

    def connection_lost(self, exc: Exception | None) -> None:
        UNSENT.forget(self.transport)
        self._drop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._timer is None and self._in_head:
            self._await_head()
        turns = self._turns
        self._has_begun = self._has_begun or self._in_head
        super().data_received(data)
        self._on_line = self._on_line + len(data) if turns == self._turns else 0
        if self.transport.is_closing():
            return
        if self._in_head and self._on_line > HEAD_MAX_BYTES:
            self._refuse(HEAD_TOO_LARGE)
        elif not self._in_head and self._on_line > 4 * HEAD_MAX_BYTES + CHUNK_OVERHEAD * self._of_body:
            self._refuse(UNREADABLE)  # borders of chunks without end, or a trailer

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if len(self.headers) > HEAD_MAX_FIELDS or len(name) + len(value) > HEAD_MAX_BYTES:
            self._refusal = HEAD_TOO_LARGE
            raise ValueError(HEAD_TOO_LARGE.detail)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._turns += 1
        self._of_body = 0
        self._drop_timer()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._of_body += len(body)
        if self.cycle.response_complete:
            self.transport.close()  # it was answered; what it still sends is for nobody
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_head, self._has_begun = True, False
        self._turns += 1
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._drop_timer()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Tell a client that it was not understood, in the words of all our problems."""
        self._refuse(self._refusal or UNREADABLE)

    def _await_head(self) -> None:
        self._timer = self.loop.call_later(settings.HEAD_TIMEOUT_S, self._head_is_late)

    def _head_is_late(self) -> None:
        self._timer = None
        if self.cycle is not None and not self.cycle.response_complete:
            return  # an earlier request is still answered; the keep-alive time counts after it
        if self._has_begun:
            self._refuse(refusals.too_slow("head"))
        else:
            self.transport.close()

    def _refuse(self, refusal: Refusal) -> None:
        if self.transport.is_closing():
            return
        self._drop_timer()
        if self._may_answer():
            headers, body = refusals.written(refusal, "")
            lines = [STATUS_LINE[refusal.status], *(b"%b: %b\r\n" % pair for pair in headers), b"\r\n", body]
            self.transport.write(b"".join(lines))
        self.transport.close()

    def _may_answer(self) -> bool:
        """Tell whether no answer is on the line, and see to it that none comes: its body will never be whole."""
        if self.cycle is None or self.cycle.response_complete:
            return True
        if self.cycle.response_started or self.pipeline:
            return False
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        return True

    def _drop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class BoundedSocket(WebSocketsSansIOProtocol):
    """A WebSocket that is let go like any connection when nobody reads what it is sent."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        UNSENT.watch(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        UNSENT.forget(self.transport)
        super().connection_lost(exc)

    def handle_ping(self) -> None:
        """Answer a ping, unless the answers to those before it are not read: they would pile up here."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()


def options() -> dict[str, Any]:
    """Return what every web process is started with."""
    return {
        "http": BoundedProtocol,
        "ws": BoundedSocket,
        "ws_max_size": SOCKET_MESSAGE_MAX_BYTES,
        "ws_per_message_deflate": False,  # each connection would keep memory for it
        "proxy_headers": False,  # who called is decided by HEDDLE_TRUSTED_PROXIES alone
        "server_header": False,
        "timeout_graceful_shutdown": 5,
    }


def serve(*, host: str, port: int, **more: Any) -> None:
    """Serve until a signal comes."""
    _allow_many_files()
    uvicorn.run(APPLICATION, host=host, port=port, **options(), **more)


def serve_on(listener: socket.socket, **more: Any) -> None:
    """Serve on a listening socket that the supervisor holds, until a signal comes.

    So nobody takes the port between two starts, and who calls while the process is started again waits.
    """
    _allow_many_files()
    server = uvicorn.Server(uvicorn.Config(APPLICATION, **options(), **more))
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(STARTUP_FAILED)


def _allow_many_files() -> None:
    """Raise the limit of open files as far as this account may: each connection is one."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(most, MOST_FILES)), most))


def main() -> None:
    """Read the command line and serve."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_backend.settings")
    parser = argparse.ArgumentParser(description="Serve REST, SSE, WebSockets and webhooks.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--log-level", default="info")
    parser.add_argument("--socket", type=int, help="the number of an inherited, listening socket")
    given = parser.parse_args()
    if given.socket is not None:
        serve_on(socket.socket(fileno=given.socket), log_level=given.log_level)
        return
    serve(host=given.host, port=given.port, workers=given.workers, log_level=given.log_level)


if __name__ == "__main__":
    main()
