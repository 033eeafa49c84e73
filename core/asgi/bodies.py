"""Bodies of requests: none larger than its path takes, none slower than a poor line, all together bounded."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from django.conf import settings

from core.asgi import refusals, sizes
from core.asgi.refusals import Refusal
from core.asgi.types import App, Message, Receive, Scope, Send, header
from core.json.weight import weight_until_stored

HELD_AT_MOST = 512 * 1024 * 1024  # for one body: what takes more is refused when it is read
DISCONNECT: Message = {"type": "http.disconnect"}


@dataclass(slots=True)
class Total:
    """Bytes of bodies that this process holds at once."""

    held: int = 0


@dataclass(slots=True)
class Body:
    """One request's body, as it comes in. It ends for Django as if the client had gone, where it is refused."""

    scope: Scope
    from_client: Receive
    total: Total
    limit: int = sizes.TINY_BYTES
    size: int = 0
    is_json: bool = False
    values: int = 0  # bytes that its values may take, as far as it has come
    weight: int = 0  # of these, what is held
    is_whole: bool = False
    refusal: Refusal | None = None
    begun: float = field(default_factory=time.monotonic)

    async def receive(self) -> Message:
        if self.refusal is not None:
            return DISCONNECT
        if self.is_whole:
            return await self.from_client()
        try:
            async with asyncio.timeout(self._left_s()):
                message = await self.from_client()
        except TimeoutError:
            return self._refused(refusals.too_slow("body"))
        if message["type"] != "http.request":
            return message
        return self._counted(message)

    def _counted(self, message: Message) -> Message:
        more = len(message.get("body", b""))
        self.size += more
        self.total.held += more
        self.is_whole = not message.get("more_body", False)
        if self.is_json and self.size > sizes.TINY_BYTES:
            self._weigh(message.get("body", b""))
        if self.size > self.limit:
            return self._refused(refusals.too_large(self.limit))
        if self.total.held > settings.BODIES_MAX_BYTES and self.size > sizes.TINY_BYTES:
            return self._refused(full())
        return message

    def _weigh(self, part: bytes) -> None:
        """Count what the values in a part will take. It is held from when they are read: who is slow holds nothing."""
        self.values = min(self.values + weight_until_stored(part), HELD_AT_MOST)
        if self.is_whole:
            self.weight = self.values
            self.total.held += self.weight

    def _left_s(self) -> float:
        """Return how long the next part may take: a span, but no more than the slowest line needs for all so far."""
        allowed = settings.BODY_GRACE_S + self.size / settings.BODY_MIN_BYTES_PER_S
        return max(min(self.begun + allowed - time.monotonic(), settings.BODY_GRACE_S), 0.0)

    def _refused(self, refusal: Refusal) -> Message:
        self.refusal = refusal
        return DISCONNECT


def full() -> Refusal:
    return Refusal(
        503, "service_unavailable", "A part of the service is away", "Too much is being sent at once", retry_in_s=5
    )


def with_bounded_bodies(app: App) -> App:
    """Wrap an application so that bodies are bounded in size and time before they are stored."""
    total = Total()

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        body = Body(scope, receive, total, is_json="json" in header(scope, b"content-type").lower())
        declared = header(scope, b"content-length")
        if refusals.has_body(scope):
            body.limit = _limit_for(scope, declared)
        if declared.isdigit() and int(declared) > body.limit:
            await refusals.answer(scope, receive, send, refusals.too_large(body.limit), has_more=True)
            return
        has_answered = False

        async def watched(message: Message) -> None:
            nonlocal has_answered
            if body.refusal is None or has_answered:
                has_answered = True
                await send(message)

        try:
            await app(scope, body.receive, watched)
        finally:
            total.held -= body.size + body.weight
        if body.refusal is not None and not has_answered:
            await refusals.answer(scope, receive, send, body.refusal, has_more=not body.is_whole)

    return bounded


def _limit_for(scope: Scope, declared: str) -> int:
    if declared.isdigit() and int(declared) <= sizes.TINY_BYTES:
        return sizes.TINY_BYTES  # nothing takes less: the most frequent calls need no look at the routes
    return sizes.limit_of(scope["method"], scope["path"])
