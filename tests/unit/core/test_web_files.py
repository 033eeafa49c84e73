"""The built files of the editor, served without the rest of the server."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from core.page.files import with_built_files


@pytest.fixture
def dist(tmp_path: Path, settings: Any) -> Path:
    (tmp_path / ".vite").mkdir()
    (tmp_path / "assets").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text("{}")
    (tmp_path / "assets" / "main-a1B2c3D4.js").write_text("let one;")
    (tmp_path / "assets" / "main-a1B2c3D4.js.br").write_bytes(b"packed")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path.parent / "secret.txt").write_text("secret")
    settings.FRONTEND_DIST = tmp_path
    return tmp_path


def get(path: str, *, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[dict[str, Any]] = []

    async def below(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b"below"})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    asyncio.run(with_built_files(below)(scope, None, send))  # type: ignore[arg-type]
    told = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:])


def test_hashed_files_may_be_kept_for_ever_and_others_for_a_minute(dist):
    status, headers, body = get("/static/app/assets/main-a1B2c3D4.js")
    assert (status, body) == (200, b"let one;")
    assert "immutable" in headers["cache-control"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers

    _, headers, _ = get("/static/app/favicon.svg")
    assert headers["cache-control"] == "max-age=60, public"


def test_compressed_files_and_unchanged_ones_are_answered_as_asked(dist):
    _, headers, body = get("/static/app/assets/main-a1B2c3D4.js", accept_encoding="br")
    assert (headers["content-encoding"], body) == ("br", b"packed")
    status, _, body = get("/static/app/assets/main-a1B2c3D4.js", if_none_match=headers["etag"], accept_encoding="br")
    assert (status, body) == (304, b"")
    assert get("/static/app/favicon.svg", method="HEAD")[2] == b""


@pytest.mark.parametrize(
    "path",
    [
        "/static/app/.vite/manifest.json",
        "/static/app/../secret.txt",
        "/static/app/no.js",
        "/api/health/",
        "/static/app/",
    ],
)
def test_nothing_but_built_files_is_served(dist, path):
    assert get(path)[::2] == (418, b"below")


def test_a_new_build_is_served_without_a_restart(dist):
    assert get("/static/app/assets/new-a1B2c3D4.js")[0] == 418
    (dist / "assets" / "new-a1B2c3D4.js").write_text("new")
    os.utime(dist / ".vite" / "manifest.json", ns=(1, 1))
    assert get("/static/app/assets/new-a1B2c3D4.js")[2] == b"new"
