"""Ways in from Celery, for the queue `inference` alone: unpack, one call, answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery import shared_task

from core.errors import WorkflowError
from core.process.ticks import tick
from inference.documents import indexing
from inference.embeddings import asking
from inference.embeddings.vectors import packed
from inference.search.searching import SEARCH

logger = logging.getLogger(__name__)


def _answered(reply_to: str, work: Callable[[], tuple[dict[str, Any], bytes]]) -> None:
    try:
        head, raw = work()
    except WorkflowError as exc:
        retryable = bool(getattr(exc, "retryable", False))
        head, raw = {"error": {"code": exc.code, "message": exc.message, "retryable": retryable}}, b""
    except Exception:  # who waits hears of it at once
        said = {"code": "internal_error", "message": "Reading or searching texts failed", "retryable": True}
        asking.reply(reply_to, {"error": said})
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


@shared_task(name=SEARCH, acks_late=True, ignore_result=True)
def search(*, order: dict[str, Any], reply_to: str, **_newer: object) -> None:
    from inference.search import meaning  # noqa: PLC0415 (as above)

    _answered(reply_to, lambda: meaning.nearest(order))
    meaning.shelf().save_due()  # nobody waits for it


@tick("inference.outdated_documents")
def outdated_documents(**_newer: object) -> None:
    indexing.ask_for_outdated()
