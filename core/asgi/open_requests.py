"""How many requests of strangers may be open at once, per network and in all.

Everybody is a stranger until a view knows who calls (`knows`): then the place is free again. Whose credentials were
found true before is none, so that a crowd behind the same address keeps no user out; and probes of health are let by.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from core.asgi import refusals
from core.asgi.owners import caller_in, network_in
from core.asgi.refusals import Refusal
from core.asgi.threads import HEALTH, belongs
from core.asgi.types import App, Receive, Scope, Send

PLACE = "heddle.place"
RETRY_IN_S = 5


@dataclass(slots=True)
class Taken:
    """How many places are taken, in all and by network."""

    total: int = 0
    by: Counter[str] = field(default_factory=Counter[str])
    lock: threading.Lock = field(default_factory=threading.Lock)  # views say in their threads who is known

    def change(self, network: str, by: int) -> None:
        with self.lock:
            self.change_locked(network, by)

    def change_locked(self, network: str, by: int) -> None:
        """Change the numbers where the caller holds the lock."""
        self.total += by
        self.by[network] += by
        if not self.by[network]:
            del self.by[network]


class Place:
    """One stranger's place; given back once."""

    def __init__(self, taken: Taken, network: str) -> None:
        self._taken, self._network, self._is_held = taken, network, True
        taken.change(network, 1)

    def free(self) -> None:
        """Give it back; the view's thread and the loop may both try, at the same moment."""
        with self._taken.lock:
            if self._is_held:
                self._is_held = False
                self._taken.change_locked(self._network, -1)


def knows(scope: Any, user: Hashable) -> None:
    """Say which user makes this request: it counts as a stranger's no more, and its threads as his."""
    place = (scope or {}).get(PLACE)
    if place is not None:
        place.free()
    belongs(scope, user)


def with_few_strangers(app: App) -> App:
    """Wrap an application so that strangers hold only so many requests and sockets open."""
    taken = Taken()

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        if _is_probe(scope) or caller_in(scope).is_known:
            await app(scope, receive, send)
            return
        network = network_in(scope)
        refusal = _refusal(taken, network)
        if refusal is not None:
            await refusals.refuse(scope, receive, send, refusal)
            return
        place = Place(taken, network)
        try:
            await app({**scope, PLACE: place}, receive, send)
        finally:
            place.free()

    return counted


def _is_probe(scope: Scope) -> bool:
    """Tell whether it asks for health, and for nothing that could stay open."""
    is_asked = scope.get("method") in ("GET", "HEAD") and scope.get("path", "").startswith(HEALTH)
    return is_asked and not refusals.has_body(scope)


def _refusal(taken: Taken, network: str) -> Refusal | None:
    if taken.total >= settings.OPEN_REQUESTS:
        detail = "Too many requests are open at once"
        return Refusal(503, "service_unavailable", "A part of the service is away", detail, retry_in_s=RETRY_IN_S)
    if settings.RATE_LIMITS and taken.by[network] >= settings.OPEN_REQUESTS_PER_ADDRESS:
        detail = f"At most {settings.OPEN_REQUESTS_PER_ADDRESS} requests of one address may be open at once"
        return Refusal(429, "rate_limited", "Too many calls", detail, {"scope": "open_requests"}, RETRY_IN_S)
    return None
