"""Housekeeping that beat asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from core.accounts import credits
from core.clock import database_now
from core.models import OAuthState, ProcessHeartbeat
from core.process.ticks import alone, tick

BEAT_ID = UUID(int=1)
AT_ONCE = 1000


@tick("core.beat_heartbeat")
def beat_heartbeat(**_newer: object) -> None:
    """Note that beat is alive: a task that arrives was sent by it."""
    ProcessHeartbeat.objects.update_or_create(id=BEAT_ID, defaults={"kind": "beat", "beat_at": Now()})


@tick("core.clean_up")
def clean_up(**_newer: object) -> None:
    """Remove what nobody needs any more, heartbeats and tokens, and renew credits whose month is over."""
    ended = timezone.now()
    for work in (
        lambda: ProcessHeartbeat.objects.filter(beat_at__lt=Now() - timedelta(hours=1)).delete(),
        lambda: _remove(OAuthState.objects.filter(expires_at__lt=ended)),
        lambda: _remove(OutstandingToken.objects.filter(expires_at__lt=ended)),
        lambda: _remove(Session.objects.filter(expire_date__lt=ended), "expire_date"),
        lambda: credits.renew_due(database_now()),
    ):
        alone(work)


def _remove(expired: QuerySet[Any], moment: str = "expires_at") -> None:
    """Remove what has expired, so many at a time: a batch is read along an index, and held in memory."""
    while True:
        ids = list(expired.order_by(moment).values_list("pk", flat=True)[:AT_ONCE])
        expired.filter(pk__in=ids).delete()
        if len(ids) < AT_ONCE:
            return
