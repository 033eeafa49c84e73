"""Callbacks: the result of a run, posted where its starter said; asked for with the start, due with the end."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.access.roles import Role
from core.errors import Missing
from core.http.requests import Request, request_of
from core.models import User
from core.outbox import queue
from core.outbox.kinds import GiveUp, Row
from core.secrets.sealing import key_ring
from executor.selectors import NOT_LISTED, execution_for

KIND = "callback"
TRY_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """What a starter asks for."""

    url: str
    secret: str | None = None


def _place(execution_id: UUID) -> str:
    return f"callback:{execution_id}:secret"


def register(*, owner_id: UUID, execution_id: UUID, request: CallbackRequest) -> None:
    """Note where the result goes; call it in the transaction that starts the run."""
    sealed = key_ring().seal(request.secret, _place(execution_id)) if request.secret else None
    queue.add(
        KIND, owner_id=owner_id, key=f"{KIND}:{execution_id}", awaits=execution_id,
        payload={"execution_id": str(execution_id), "url": request.url, "sealed": sealed},
    )  # fmt: skip


def check_reader(row: Row) -> None:
    """Refuse to tell of a run whose starter does not see it any more; he may have lost his role since.

    Raises: GiveUp. A run that was removed meanwhile is nobody's to see.
    """
    starter = User.objects.filter(pk=row.owner_id, is_active=True).first()
    try:
        if starter is None:
            raise Missing("There is no such account, or it is switched off")
        execution_for(starter, UUID(row.payload["execution_id"]), needs=Role.VIEWER, without=NOT_LISTED)
    except Missing as exc:
        raise GiveUp("who asked for the callback does not see the run any more") from exc


def delivery_of(row: Row, body: bytes) -> Request:
    """Return what is sent: the same body and the same key with every try."""
    execution_id, sealed = UUID(row.payload["execution_id"]), row.payload["sealed"]
    signed = [("X-Heddle-Signature", _signature(sealed, execution_id, body))] if sealed is not None else []
    return request_of(
        "POST", row.payload["url"], headers=signed, body=body, content_type="application/json",
        idempotency_key=str(row.id), timeout_s=TRY_TIMEOUT_S, max_redirects=0, max_bytes=64 * 1024,
    )  # fmt: skip


def _signature(sealed: dict[str, Any], execution_id: UUID, body: bytes) -> str:
    secret = key_ring().open(sealed, _place(execution_id))
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
