"""Models that are asked as OpenAI's are: its own, OpenRouter's, Perplexity's, and servers that speak the same.

Source of the stream's form: HTML Living Standard, "Server-sent events".
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from core.http.client import GuardedClient, Streamed
from core.http.requests import HttpAuth, Request, request_of
from core.json import NotStorable, dumps, loads
from inference.models import failures
from inference.models.endpoint import MOST_ANSWER_BYTES, Call
from inference.models.openai_answers import Gathering
from inference.models.openai_messages import body_of
from inference.models.transport import MOST_ERROR_BYTES
from nodes.language_models import Completion, OnDelta

MOST_LINE = 8 * 2**20  # bytes of one event


async def complete(client: GuardedClient, call: Call, on_delta: OnDelta | None) -> Completion:
    """Ask once. Raises: NodeFailed, and what the client does."""
    gathering = Gathering(call.endpoint, on_delta)
    async with client.stream(_request(call)) as reply:
        if reply.status >= 300:
            raise failures.of_answer(
                call.endpoint.provider, reply.status, reply.headers, await _whole(reply, MOST_ERROR_BYTES)
            )
        if "text/event-stream" in reply.headers.get("content-type", ""):
            async for data in events_of(reply.pieces):
                if data == b"[DONE]":
                    break
                gathering.add(_read(data))
        else:
            gathering.add(_read(await _whole(reply, MOST_ANSWER_BYTES)))
    return gathering.done()


def _request(call: Call) -> Request:
    endpoint = call.endpoint
    key = (("Authorization", f"Bearer {endpoint.api_key}"),) if endpoint.api_key else ()
    made = request_of(
        "POST", f"{endpoint.base_url.rstrip('/')}/chat/completions", headers=[("Accept-Encoding", "identity")],
        body=dumps(body_of(call)), content_type="application/json", idempotency_key=endpoint.key,
        auth=HttpAuth(headers=key), timeout_s=call.request.timeout_s, max_redirects=0, max_bytes=MOST_ANSWER_BYTES,
    )  # fmt: skip
    return Request(
        made.method, made.url, made.headers, made.body, made.timeout_s, 0, made.max_bytes, owner=endpoint.owner
    )  # fmt: skip


async def _whole(reply: Streamed, most: int) -> bytes:
    """Return a body; what is beyond `most` bytes is left out."""
    pieces, size = [], 0
    async for piece in reply.pieces:
        pieces.append(piece)
        size += len(piece)
        if size > most:
            break
    return b"".join(pieces)[:most]


def _read(data: bytes) -> object:
    try:
        return loads(data.decode("utf-8", "replace"))
    except NotStorable as exc:
        raise ValueError("it is no JSON") from exc


async def events_of(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the data of each server-sent event. Raises: ValueError for a line that never ends."""
    left, data = bytearray(), list[bytes]()
    async for piece in pieces:
        left += piece
        while (at := left.find(b"\n")) >= 0:
            line = bytes(left[:at]).rstrip(b"\r")
            del left[: at + 1]
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif not line and data:
                yield b"\n".join(data)
                data.clear()
        if len(left) > MOST_LINE:
            raise ValueError("one of its lines is too long")
    if data:  # some servers leave the last empty line out
        yield b"\n".join(data)
