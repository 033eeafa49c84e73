"""Ways in from Celery, for the queue `inference` alone: unpack, one call, answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery import shared_task

from core.errors import WorkflowError
from inference.embeddings import asking
from inference.embeddings.vectors import packed

logger = logging.getLogger(__name__)


def _answered(reply_to: str, work: Callable[[], tuple[dict[str, Any], bytes]]) -> None:
    try:
        head, raw = work()
    except WorkflowError as exc:
        head, raw = {"error": {"code": exc.code, "message": exc.message}}, b""
    except Exception:  # who waits hears of it at once
        asking.reply(reply_to, {"error": {"code": "internal_error", "message": "Reading or searching texts failed"}})
        raise
    asking.reply(reply_to, head, raw)


@shared_task(name=asking.EMBED, acks_late=True, ignore_result=True)
def embed(*, order: dict[str, Any], reply_to: str, **_newer: object) -> None:
    def work() -> tuple[dict[str, Any], bytes]:
        from inference.embeddings import serving  # noqa: PLC0415 (other workers know the task and load no model)

        model = serving.model()
        vectors = model.embed(order["texts"], is_query=order["is_query"])
        return {"model": model.name, "dimensions": model.dimensions}, b"".join(map(packed, vectors))

    _answered(reply_to, work)
