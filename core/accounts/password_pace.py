"""Wrong passwords slow an account down: each further one makes the next wait longer, and nobody is locked out.

A network from which the account was logged in to in the last month is counted by itself, so that strangers who guess
keep its owner out of nothing. Names are kept as hashes; without Redis nobody waits.
"""

from __future__ import annotations

import hashlib

from django.conf import settings

from core.asgi.callers import network_of
from core.errors import RateLimited
from core.redis.counters import COUNTERS

FREE_TRIES = 20  # one address is blocked before that: this is for guessers with many
LONGEST_S = 60
WINDOW_S = 3600
KNOWN_S = 30 * 86_400


class Pace:
    """The tries at one account's password from one network."""

    def __init__(self, email: str, ip: str) -> None:
        account = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
        network = network_of(ip)
        self._known = f"heddle:password:known:{account}:{network}"
        self._account, self._network = account, network

    def _who(self) -> str:
        found = COUNTERS.read(self._known, lasts_s=KNOWN_S)
        return f"{self._account}:{self._network}" if found is not None and found[0] else self._account

    def check(self) -> None:
        """Refuse a try that comes too soon after wrong ones, whether it would be right or not. Raises: RateLimited."""
        if not settings.RATE_LIMITS:
            return
        found = COUNTERS.read(f"heddle:password:rest:{self._who()}", lasts_s=LONGEST_S)
        if found is not None and found[0]:
            exc = RateLimited("Wrong passwords slow this account down; try again a little later", scope="password")
            exc.retry_in_s = max(int(found[1]) + 1, 1)
            raise exc

    def was_wrong(self) -> None:
        if not settings.RATE_LIMITS:
            return
        who = self._who()
        found = COUNTERS.read(f"heddle:password:wrong:{who}", add=1, lasts_s=WINDOW_S)
        if found is not None and found[0] >= FREE_TRIES:
            rest_s = min(2 ** (found[0] - FREE_TRIES), LONGEST_S)
            COUNTERS.read(f"heddle:password:rest:{who}", add=1, lasts_s=rest_s)

    def was_right(self) -> None:
        if not settings.RATE_LIMITS:
            return
        who = self._who()
        COUNTERS.forget(f"heddle:password:wrong:{who}", f"heddle:password:rest:{who}", self._known)
        COUNTERS.read(self._known, add=1, lasts_s=KNOWN_S)
