"""Pictures at an address: fetched by the guarded client, never by a model's library or its provider."""

from __future__ import annotations

from core.http.requests import request_of
from nodes.abilities import HttpClient
from nodes.base import NodeFailed
from nodes.language_models import Image

MOST_BYTES = 20 * 2**20
TIMEOUT_S = 30.0


async def fetched(http: HttpClient, url: str) -> Image:
    """Return the picture at an address. Raises: NodeFailed."""
    reply = await http.send(request_of("GET", url, timeout_s=TIMEOUT_S, max_bytes=MOST_BYTES))
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if reply.status >= 400:
        raise NodeFailed(
            "http_status", f"The picture's server answered {reply.status}", retryable=reply.status >= 500,
            status=reply.status,
        )  # fmt: skip
    if not kind.startswith("image/"):
        raise NodeFailed("invalid_input", f"What is at the address is no picture, but {kind or 'of no type'}"[:300])
    return Image(reply.body, kind)
