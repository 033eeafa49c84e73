"""Housekeeping that beat asks for."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.db.models.functions import Now
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from core import credits
from core.clock import database_now
from core.models import OAuthState, ProcessHeartbeat
from core.outbox import process as outbox

BEAT_ID = UUID(int=1)
__all__ = ["beat_heartbeat", "clean_up", "outbox"]  # the outbox's room hears of the worker by signals


@shared_task(name="core.beat_heartbeat")
def beat_heartbeat(**_newer: object) -> None:
    """Note that beat is alive: a task that arrives was sent by it."""
    ProcessHeartbeat.objects.update_or_create(id=BEAT_ID, defaults={"kind": "beat", "beat_at": Now()})


@shared_task(name="core.clean_up")
def clean_up(**_newer: object) -> None:
    """Remove what nobody needs any more, heartbeats and tokens, and renew credits whose month is over."""
    ProcessHeartbeat.objects.filter(beat_at__lt=Now() - timedelta(hours=1)).delete()
    OAuthState.objects.filter(expires_at__lt=timezone.now()).delete()
    OutstandingToken.objects.filter(expires_at__lt=timezone.now()).delete()
    credits.renew_due(database_now())
