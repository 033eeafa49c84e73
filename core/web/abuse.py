"""Addresses that try too much: log-ins that fail and limits that are run into block them for a while.

Only addresses are counted, IPv6 ones by their /64, never names: nobody can be locked out by his name. A valid login is
never refused.
"""

from __future__ import annotations

import logging
import math
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest

from core.asgi.callers import caller_of, network_of
from core.errors import Forbidden, Missing
from core.models import BlockedIp
from core.redis.counters import COUNTERS

logger = logging.getLogger(__name__)
WINDOW = timedelta(minutes=15)
MOST = {"login_failed": 10, "rate_limited": 50}
FIRST_BLOCK, LONGEST_BLOCK = timedelta(minutes=15), timedelta(days=1)


class IpBlocked(Forbidden):
    code = "ip_blocked"

    def __init__(self, until: datetime, now: datetime) -> None:
        super().__init__("Too much was tried from your address; try again later")
        self.retry_in_s = max(math.ceil((until - now).total_seconds()), 1)


def client_ip(request: HttpRequest) -> str:
    """Return who calls: the connection's address, or the one that our own proxies saw."""
    forwarded_for = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return caller_of(str(request.META.get("REMOTE_ADDR") or ""), forwarded_for, settings.TRUSTED_PROXIES)


def note(ip: str, reason: str, now: datetime) -> None:
    """Count something that should not happen too often; the last drop blocks the address."""
    if not settings.RATE_LIMITS:
        return
    ip = network_of(ip)
    key = f"heddle:abuse:{reason}:{ip}"
    found = COUNTERS.read(key, add=1, lasts_s=int(WINDOW.total_seconds()))
    if found is not None and found[0] >= MOST[reason]:
        COUNTERS.forget(key)
        _block(ip, reason, now)


def _block(ip: str, reason: str, now: datetime) -> None:
    """Block an address; each time after the first doubles the time."""
    row, is_new = BlockedIp.objects.get_or_create(
        ip=ip, defaults={"reason": reason, "until": now + FIRST_BLOCK, "times": 1, "created_at": now}
    )
    if not is_new and row.until <= now:
        BlockedIp.objects.filter(pk=row.pk, until__lte=now).update(
            times=F("times") + 1, reason=reason, until=now + min(FIRST_BLOCK * 2 ** min(row.times, 10), LONGEST_BLOCK)
        )
    logger.warning("%s is blocked: %s", ip, reason)


def check(ip: str, now: datetime) -> None:
    """Refuse a call without a valid login from a blocked address. Raises: IpBlocked."""
    if settings.RATE_LIMITS:
        until = BlockedIp.objects.filter(ip=network_of(ip), until__gt=now).values_list("until", flat=True).first()
        if until is not None:
            raise IpBlocked(until, now)


def unblock(ip: str) -> None:
    """Let an address, and all that count as it, in again and forget what they did. Raises: Missing."""
    ip = network_of(ip)
    if not BlockedIp.objects.filter(ip=ip).delete()[0]:
        raise Missing("This address is not blocked")
    COUNTERS.forget(*(f"heddle:abuse:{reason}:{ip}" for reason in MOST))
