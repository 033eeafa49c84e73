"""Callbacks: the result of a run, posted to the address its starter gave.

The row is made with the run, so no callback is lost; a try is counted before it is made, so a crash in the middle of
one costs that try and no more.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.http.client import GuardedClient, Request, ResponseTooLarge, Unreachable
from core.http.resolve import BlockedAddress
from core.sealing import key_ring
from executor.models import RunState
from executor.selectors import FINAL_VALUES
from orchestrator.models import Callback

logger = logging.getLogger(__name__)
WAITS_S = (5, 30, 120, 600)  # between the five tries
TRIES = len(WAITS_S) + 1
TRY_TIMEOUT_S = 10
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """What a starter asks for."""

    url: str
    secret: str | None = None


def _place(execution_id: UUID) -> str:
    return f"callback:{execution_id}:secret"


def register(*, execution_id: UUID, request: CallbackRequest, now: datetime) -> None:
    """Note where the result goes; call it in the transaction that starts the run."""
    sealed = key_ring().seal(request.secret, _place(execution_id)) if request.secret else None
    Callback.objects.create(execution_id=execution_id, url=request.url, secret=sealed, next_at=now)


def forget(execution_id: UUID) -> None:
    """Drop the callback of a run that is deleted."""
    Callback.objects.filter(execution_id=execution_id).delete()


def deliver_due(*, body_of: Callable[[UUID], bytes], now: datetime) -> int:
    """Post the results of ended runs that are due; returns how many arrived."""
    claimed = _claim(now)
    if not claimed:
        return 0
    prepared = [(callback, body_of(callback.execution_id)) for callback in claimed]
    problems = asyncio.run(_send_all(prepared))
    for callback, problem in zip(claimed, problems, strict=True):
        if problem:
            logger.warning("try %d of the callback of %s: %s", callback.tries, callback.execution_id, problem)
            Callback.objects.filter(pk=callback.pk).update(last_error=problem[:500])
        else:
            Callback.objects.filter(pk=callback.pk).update(delivered_at=timezone.now(), last_error="")
    return problems.count("")


@transaction.atomic
def _claim(now: datetime) -> Sequence[Callback]:
    """Take due callbacks and count their try; the next one is due only when this one has surely ended."""
    due = Callback.objects.filter(delivered_at=None, tries__lt=TRIES, next_at__lte=now)
    ended = RunState.objects.filter(status__in=FINAL_VALUES).values("execution_id")
    rows = list(due.filter(execution_id__in=ended).select_for_update(skip_locked=True).order_by("next_at")[:AT_ONCE])
    for row in rows:
        row.tries += 1
        row.next_at = now + timedelta(seconds=TRY_TIMEOUT_S + WAITS_S[min(row.tries, len(WAITS_S)) - 1])
        row.save(update_fields=["tries", "next_at"])
    return rows


async def _send_all(prepared: Sequence[tuple[Callback, bytes]]) -> list[str]:
    client = GuardedClient(settings.HTTP_ALLOWED_PRIVATE_HOSTS)
    try:
        return await asyncio.gather(*(_send(client, callback, body) for callback, body in prepared))
    finally:
        await client.close()


async def _send(client: GuardedClient, callback: Callback, body: bytes) -> str:
    """Make one try; returns what went wrong, "" for nothing."""
    headers = [("Content-Type", "application/json"), ("User-Agent", "Heddle")]
    if callback.secret is not None:
        secret = key_ring().open(callback.secret, _place(callback.execution_id))
        headers.append(("X-Heddle-Signature", f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"))
    try:
        async with asyncio.timeout(TRY_TIMEOUT_S):
            reply = await client.send(Request("POST", callback.url, tuple(headers), body, TRY_TIMEOUT_S, 0, 64 * 1024))
    except (BlockedAddress, Unreachable, ResponseTooLarge) as exc:
        return str(exc) or type(exc).__name__
    except TimeoutError:
        return f"no answer within {TRY_TIMEOUT_S} s"
    return "" if 200 <= reply.status < 300 else f"it answered {reply.status}"
