"""Serves the built editor under `/static/app/`: hashed names are immutable, compressed beside where the build did so.

WhiteNoise knows the files and answers conditional and partial requests; its middleware is synchronous and would send
every request of the whole server through a thread, so this is an ASGI layer for this one prefix.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from whitenoise import WhiteNoise
from whitenoise.responders import Response, StaticFile

from core.asgi.answer_headers import HEADERS
from core.asgi.types import App, Receive, Scope, Send

HASHED = re.compile(r".+-[\w-]{8}\.\w+$")
CHUNK_BYTES = 256 * 1024
# A worker goes by the policy of its own file: it may load its parts, and reach nothing.
POLICY = "default-src 'none'; script-src 'self'; frame-ancestors 'none'"


def _is_immutable(_path: str, url: str) -> bool:
    return HASHED.fullmatch(url) is not None


class BuiltFiles:
    """The files of one build; read again when another took its place."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self._folder, self._prefix = folder, prefix
        self._built_at = -1
        self._files: dict[str, StaticFile] = {}

    def find(self, url: str) -> StaticFile | None:
        try:
            built_at = (self._folder / ".vite" / "manifest.json").stat().st_mtime_ns
        except OSError:
            return None
        if built_at != self._built_at:
            noise: Any = WhiteNoise(
                _no_application, max_age=60, immutable_file_test=_is_immutable, allow_all_origins=False
            )
            noise.add_files(str(self._folder), prefix=self._prefix)
            self._files, self._built_at = noise.files, built_at
        return self._files.get(url)


def _no_application(_environ: object, _start: object) -> Iterable[bytes]:
    return ()


def with_built_files(app: App) -> App:
    """Wrap an application so that the editor's files never reach it."""
    prefix = settings.FRONTEND_URL
    files = BuiltFiles(Path(settings.FRONTEND_DIST), prefix)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        found = files.find(path) if path.startswith(prefix) and "/.vite/" not in path else None
        if found is None or scope["method"] not in ("GET", "HEAD"):
            await app(scope, receive, send)
            return
        environ = {f"HTTP_{name.decode().upper().replace('-', '_')}": value.decode("latin-1")
                   for name, value in scope["headers"]}  # fmt: skip
        await _send(found.get_response(scope["method"], environ), send)

    return serve


async def _send(response: Response, send: Send) -> None:
    given = [*response.headers, *HEADERS.items(), ("Content-Security-Policy", POLICY)]
    headers = [(name.lower().encode(), str(value).encode("latin-1")) for name, value in given]
    await send({"type": "http.response.start", "status": int(response.status), "headers": headers})
    file: IO[bytes] | None = response.file
    if file is None:
        await send({"type": "http.response.body", "body": b""})
        return
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
