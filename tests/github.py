"""A server on loopback that speaks GitHub's REST interface for the webhooks of a repository, faults included."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

TOKEN = "ghp_loopback_token"


@dataclass
class Fault:
    """What happens to the next call of a method: an answer in place of the real one, or none at all.

    `after`: the call is done first, and its answer is lost.
    """

    method: str
    status: int = 0  # 0: the connection is closed
    body: dict[str, Any] = field(default_factory=dict[str, Any])
    headers: dict[str, str] = field(default_factory=dict[str, str])
    after: bool = False
    meanwhile: Callable[[], object] | None = None


@dataclass
class GitHub:
    url: str = ""
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    repositories: set[str] = field(default_factory=lambda: {"octo/spoon"})
    hooks: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict[str, dict[int, dict[str, Any]]])
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    faults: list[Fault] = field(default_factory=list[Fault])
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(100))

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def hooks_of(self, repository: str = "octo/spoon") -> list[dict[str, Any]]:
        return list(self.hooks.get(repository, {}).values())

    def fail(self, method: str, status: int = 0, times: int = 1, **more: Any) -> None:
        self.faults += [Fault(method, status, **more) for _ in range(times)]

    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]

    def answer(self, method: str, target: str, token: str, body: Any) -> tuple[int, Any]:
        """Return what GitHub answers."""
        parts = urlsplit(target)
        steps = parts.path.strip("/").split("/")
        if token not in self.tokens:
            return 401, {"message": "Bad credentials"}
        if (
            steps[:1] != ["repos"]
            or len(steps) < 4
            or steps[3] != "hooks"
            or "/".join(steps[1:3]) not in self.repositories
        ):
            return 404, {"message": "Not Found"}
        hooks = self.hooks.setdefault("/".join(steps[1:3]), {})
        if len(steps) == 4:
            return self._list(hooks, parse_qs(parts.query)) if method == "GET" else self._create(hooks, body)
        hook = hooks.get(int(steps[4]))
        if hook is None:
            return 404, {"message": "Not Found"}
        if method == "DELETE":
            del hooks[hook["id"]]
            return 204, None
        hook.update({key: body[key] for key in ("events", "active", "config") if key in body})
        return 200, shown(hook)

    def _list(self, hooks: dict[int, dict[str, Any]], query: dict[str, list[str]]) -> tuple[int, Any]:
        size, page = int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])
        return 200, [shown(hook) for hook in hooks.values()][(page - 1) * size : page * size]

    def _create(self, hooks: dict[int, dict[str, Any]], body: Any) -> tuple[int, Any]:
        if any(hook["config"]["url"] == body["config"]["url"] for hook in hooks.values()):
            problem = {"resource": "Hook", "code": "custom", "message": "Hook already exists on this repository"}
            return 422, {"message": "Validation Failed", "errors": [problem]}
        hook = {"id": next(self.numbers), "name": "web", **body}
        hooks[hook["id"]] = hook
        return 201, shown(hook)


def shown(hook: dict[str, Any]) -> dict[str, Any]:
    """Return a webhook as it is listed: its secret is not."""
    return {**hook, "config": {**hook["config"], "secret": "********"}}


@contextlib.contextmanager
def github_serving() -> Iterator[GitHub]:
    """Serve on a free port."""
    github = GitHub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            github.calls.append((self.command, self.path))
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            body = json.loads(raw) if raw else None
            fault = next((one for one in github.faults if one.method == self.command), None)
            if fault is not None:
                github.faults.remove(fault)
                if fault.meanwhile is not None:
                    fault.meanwhile()
            if fault is None or fault.after or fault.meanwhile is not None:
                answer = github.answer(self.command, self.path, token, body)
                if fault is None or fault.meanwhile is not None:
                    return self.reply(*answer)
            if fault.status == 0:
                self.close_connection = True
                return None
            return self.reply(fault.status, fault.body, fault.headers)

        def reply(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
            content = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    github.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield github
    server.shutdown()
    server.server_close()


def delivery(hook: dict[str, Any], payload: dict[str, Any], *, event: str = "push", id: str, form: bool = False) -> Any:
    """Return (path, body, content type, headers) of a call as GitHub signs it."""
    text = json.dumps(payload)
    body = urlencode({"payload": text}).encode() if form else text.encode()
    signature = hmac.new(hook["config"]["secret"].encode(), body, hashlib.sha256).hexdigest()
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": id, "X-Hub-Signature-256": f"sha256={signature}"}
    return urlsplit(hook["config"]["url"]).path, body, kind, headers
