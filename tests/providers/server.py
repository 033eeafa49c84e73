"""The server: takes calls, notes them, and answers by the script."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.providers import wires
from tests.providers.replies import Reply, says

PATHS = {"anthropic": "/v1", "gemini": "/v1beta", "ollama": ""}


class Wire(NamedTuple):
    whole: Callable[[Reply, str], dict[str, Any]]
    stream: Callable[[Reply, str], Iterator[bytes]]
    error: Callable[[Reply], dict[str, Any]]
    content_type: str


WIRES = {
    "openai": Wire(wires.openai_whole, wires.openai_stream, wires.openai_error, "text/event-stream"),
    "anthropic": Wire(wires.anthropic_whole, wires.anthropic_stream, wires.anthropic_error, "text/event-stream"),
    "gemini": Wire(wires.gemini_whole, wires.gemini_stream, wires.gemini_error, "text/event-stream"),
    "ollama": Wire(wires.ollama_whole, wires.ollama_stream, wires.ollama_error, "application/x-ndjson"),
}


@dataclass
class Asked:
    """One call as it came. `key` is its Idempotency-Key; `is_cut`: whoever asked went away before the end."""

    wire: str
    model: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float
    is_cut: bool = False
    ended_at: float = 0.0

    @property
    def key(self) -> str:
        return self.headers.get("idempotency-key", "")

    @property
    def text(self) -> str:
        """The whole body as a text, to look for words in it."""
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def prompt(self) -> str:
        """What was said last, whoever said it."""
        last = (self.body.get("messages") or self.body.get("contents") or [{}])[-1]
        said = last.get("content", last.get("parts", ""))
        if isinstance(said, str):
            return said
        return "".join(part.get("text", "") for part in said if isinstance(part, dict))


@dataclass
class Provider:
    """A provider: `script` its next answers, or set `answers`; look at what was `asked`."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list[Reply])
    answers: Callable[[Asked], Reply] = lambda asked: says("ok")
    asked: list[Asked] = field(default_factory=list[Asked])
    models: list[str] = field(default_factory=lambda: ["alpha", "beta"])
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def base_url(self, provider: str) -> str:
        """Return what a credential of a provider has as its address."""
        return self.url + PATHS.get(provider, "/v1")

    def script(self, *replies: Reply) -> None:
        self.replies += replies

    def keys(self) -> Counter[str]:
        """Return how often each idempotency key came."""
        return Counter(one.key for one in self.asked)

    def next(self, asked: Asked) -> Reply:
        with self.lock:
            self.asked.append(asked)
            if self.replies:
                return self.replies.pop(0)
        return self.answers(asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    provider: Provider

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        names = self.provider.models
        path = urlsplit(self.path).path
        listed: Any = {"data": [{"id": name, "object": "model"} for name in names]}
        if path == "/api/tags":
            listed = {"models": [{"name": name} for name in names]}
        elif path == "/v1beta/models":
            listed = {"models": [{"name": f"models/{name}", "inputTokenLimit": 1000} for name in names]}
        elif path == "/picture.png":
            return self._send(200, b"\x89PNG\r\n\x1a\npicture", "image/png", {})
        return self._send(200, json.dumps(listed).encode(), "application/json", {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        wire, model, streams = _told(self.path, body)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(wire, model, self.path, headers, body, time.monotonic())
        with self.provider.lock:
            self.provider.at_once += 1
            self.provider.most_at_once = max(self.provider.most_at_once, self.provider.at_once)
        try:
            self._answer(asked, self.provider.next(asked), streams)
        except (BrokenPipeError, ConnectionResetError):
            asked.is_cut = True
            self.close_connection = True
        finally:
            asked.ended_at = time.monotonic()
            with self.provider.lock:
                self.provider.at_once -= 1

    def _answer(self, asked: Asked, reply: Reply, streams: bool) -> None:
        wire = WIRES[asked.wire]
        if reply.first_byte_s:
            self._rest(reply.first_byte_s)
        headers = dict(reply.headers)
        if reply.raw is not None:
            return self._send(reply.status, reply.raw, headers.pop("Content-Type", "application/json"), headers)
        if reply.status >= 300:
            return self._send(reply.status, json.dumps(wire.error(reply)).encode(), "application/json", headers)
        if not streams:
            whole = json.dumps(wire.whole(reply, asked.model)).encode()
            return self._send(200, whole, "application/json", headers, cut=reply.cut_after is not None)
        self._head(200, {**headers, "Content-Type": wire.content_type, "Transfer-Encoding": "chunked"})
        for at, piece in enumerate(wire.stream(reply, asked.model)):
            if reply.cut_after is not None and at >= reply.cut_after:
                self.close_connection = True
                return None
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
            if reply.piece_s:
                self._rest(reply.piece_s)
        self.wfile.write(b"0\r\n\r\n")
        return None

    def _rest(self, seconds: float) -> None:
        """Wait, and notice when whoever asked goes away meanwhile."""
        self.connection.settimeout(seconds)
        try:
            if self.connection.recv(1) == b"":
                raise ConnectionResetError
        except TimeoutError:
            pass
        finally:
            self.connection.settimeout(None)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, status: int, body: bytes, content_type: str, headers: dict[str, str], *, cut: bool = False) -> None:
        self._head(status, {**headers, "Content-Type": content_type, "Content-Length": str(len(body))})
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut


def _told(path: str, body: dict[str, Any]) -> tuple[str, str, bool]:
    """Return (wire, model, whether a stream is asked for) of a call."""
    parts = urlsplit(path)
    found = re.fullmatch(r".*/models/([^:]+):(streamGenerateContent|generateContent)", parts.path)
    if found:
        return "gemini", found.group(1), found.group(2) == "streamGenerateContent"
    if parts.path.endswith("/messages"):
        return "anthropic", body.get("model", ""), bool(body.get("stream"))
    if parts.path == "/api/chat":
        return "ollama", body.get("model", ""), bool(body.get("stream"))
    return "openai", body.get("model", ""), bool(body.get("stream"))


@contextlib.contextmanager
def serving() -> Iterator[Provider]:
    """Serve on a free port of 127.0.0.1 until this ends."""
    provider = Provider()
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
