"""How often strangers may call what needs no login: counted by address, by what is called and by whose it is."""

from __future__ import annotations

import hashlib
import math
from typing import Literal

from django.conf import settings
from django.http import HttpRequest

from core.asgi.callers import network_of
from core.errors import RateLimited
from core.redis.counters import COUNTERS
from core.web.abuse import client_ip

MINUTE_S, WINDOW_S = 60, 15 * 60
MOST_WRONG_SECRETS = 10
Door = Literal["webhooks", "pages", "chats", "health"]


def admit(request: HttpRequest, door: Door, target: str = "") -> None:
    """Count a call of a door that is open to all, by address and by what is called. Raises: RateLimited."""
    names = {"address": network_of(client_ip(request))}
    if target:
        names["target"] = hashlib.sha256(target.encode()).hexdigest()[:32]
    _count(door, names)


def admit_for(owner: str, door: Door) -> None:
    """Count a call by whose door it is: only where it is known to be one, and the caller may. Raises: RateLimited.

    Else anybody could use an owner's calls up by calling what does not exist.
    """
    _count(door, {"owner": owner})


def _count(door: Door, names: dict[str, str]) -> None:
    if not settings.RATE_LIMITS:
        return
    limits: dict[str, int] = settings.PUBLIC_LIMITS[door]
    keys = {f"heddle:public:{door}:{by}:{names[by]}": most for by, most in limits.items() if most and names.get(by)}
    counted = COUNTERS.count(list(keys), lasts_s=MINUTE_S)
    for (used, left_s), most in zip(counted or (), keys.values(), strict=False):
        if used > most:
            raise _limited("Too many such calls come at once", door, left_s)


class WrongSecrets:
    """Callers of one webhook that came with a wrong secret, counted by address as log-ins that fail are."""

    def __init__(self, request: HttpRequest, target: str) -> None:
        self._key = f"heddle:wrong-secret:{target}:{network_of(client_ip(request))}"

    def check(self) -> None:
        """Refuse who was wrong too often, before his secret is looked at. Raises: RateLimited."""
        if not settings.RATE_LIMITS:
            return
        found = COUNTERS.read(self._key, lasts_s=WINDOW_S)
        if found is not None and found[0] >= MOST_WRONG_SECRETS:
            raise _limited("Too many wrong secrets came from your address", "webhook_secret", found[1])

    def note(self) -> None:
        if settings.RATE_LIMITS:
            COUNTERS.read(self._key, add=1, lasts_s=WINDOW_S)


def _limited(text: str, scope: str, left_s: float) -> RateLimited:
    exc = RateLimited(text, scope=scope)
    exc.retry_in_s = max(math.ceil(left_s), 1)
    return exc
