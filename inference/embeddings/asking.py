"""Asking the process of the queue `inference`, with a deadline: what all others embed by.

The order goes by Celery; the answer comes back in a list in Redis, so that who waits needs no result backend. An order
whose deadline is over is dropped. Texts of a person who waits overtake those of documents.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import redis
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from core.errors import Invalid, Unavailable
from core.json import dumps_own, loads_own
from inference.embeddings.port import EmbeddingFailed
from inference.embeddings.vectors import FLOAT_BYTES, Vector, unpacked

logger = logging.getLogger(__name__)
QUEUE = "inference"
EMBED = "inference.embed"
WANTED = "heddle:inference:wanted"  # somebody waits for the process: whoever can start it looks here
WANTED_S = 60
URGENT, PATIENT = 0, 9  # as Redis counts: the lower one goes first
MOST_TEXTS = 64  # in one order
MOST_CHARACTERS = 100_000  # of one text; models read far less
DEADLINE_S = 15.0  # the process may have to be started first
LONGEST_S = 60.0
AWAY = "The process that reads and searches texts cannot be reached now"


class InferenceAway(Unavailable):
    """Nobody answered within the deadline: the process of the queue `inference` is not there, or too busy."""

    code = "inference_unavailable"


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors of one model: those of two models cannot be compared."""

    model: str
    vectors: list[Vector]


def embed(
    texts: Sequence[str], *, deadline_s: float = DEADLINE_S, is_query: bool = False, is_patient: bool = False
) -> Embedded:
    """Return a vector of length 1 for each text, in order. It blocks: call it in a thread.

    Who is patient goes behind those who are not.

    Raises: Invalid with more than 64 texts, InferenceAway, EmbeddingFailed.
    """
    if len(texts) > MOST_TEXTS:
        raise Invalid(f"At most {MOST_TEXTS} texts are embedded at once", field="texts", reason="max_length")
    cut = [text[:MOST_CHARACTERS] for text in texts]
    head, raw = asked(EMBED, {"texts": cut, "is_query": is_query}, deadline_s=deadline_s, is_patient=is_patient)
    size = head["dimensions"] * FLOAT_BYTES
    return Embedded(head["model"], [unpacked(raw[at : at + size]) for at in range(0, len(raw), size)])


def asked(
    task: str, order: dict[str, Any], *, deadline_s: float, is_patient: bool = False
) -> tuple[dict[str, Any], bytes]:
    """Have the process do a task now; returns what it answers. Raises: InferenceAway, EmbeddingFailed."""
    return begin(task, order, deadline_s=deadline_s, is_patient=is_patient).answer()


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked, and is being done."""

    reply_to: str
    limit_s: float
    ends_at: float

    def answer(self) -> tuple[dict[str, Any], bytes]:
        """Wait for the answer. Raises: InferenceAway, EmbeddingFailed."""
        try:
            found: Any = _redis().blpop([self.reply_to], timeout=max(self.ends_at - time.monotonic(), 0.01))
        except (RedisError, OSError) as exc:
            raise InferenceAway(AWAY) from exc
        if found is None:
            raise InferenceAway(f"The process that reads and searches texts did not answer in {self.limit_s:g} s")
        return _read(found[1])


def begin(task: str, order: dict[str, Any], *, deadline_s: float, is_patient: bool = False) -> Order:
    """Have the process begin a task; who asks may do something else meanwhile. Raises: InferenceAway."""
    reply_to = f"heddle:inference:reply:{uuid4()}"
    limit_s = min(deadline_s, LONGEST_S)
    try:
        _redis().set(WANTED, 1, ex=WANTED_S)
        current_app.send_task(
            task, kwargs={"order": order, "reply_to": reply_to}, queue=QUEUE,
            priority=PATIENT if is_patient else URGENT, expires=limit_s, ignore_result=True,
        )  # fmt: skip
    except (OperationalError, RedisError, OSError) as exc:
        logger.warning("the queue inference cannot be asked, Redis is away: %s", exc)
        raise InferenceAway(AWAY) from exc
    return Order(reply_to, limit_s, time.monotonic() + limit_s)


def reply(reply_to: str, head: dict[str, Any], raw: bytes = b"") -> None:
    """Answer who asked; nobody may be there any more."""
    client = _redis()
    with client.pipeline() as together:
        together.rpush(reply_to, dumps_own(head) + b"\n" + raw)
        together.expire(reply_to, int(LONGEST_S))
        together.execute()


def ring(task: str, order: dict[str, Any], *, lasts_s: float, reply_to: str = "") -> None:
    """Ask for work that can wait; without Redis it waits in its rows until a tick finds it."""
    try:
        _redis().set(WANTED, 1, ex=WANTED_S)
        current_app.send_task(
            task, kwargs={"order": order, "reply_to": reply_to}, queue=QUEUE, priority=PATIENT, expires=lasts_s,
            ignore_result=True,
        )  # fmt: skip
    except (OperationalError, RedisError, OSError) as exc:
        logger.warning("%s waits, Redis is away: %s", task, exc)


def _read(message: bytes) -> tuple[dict[str, Any], bytes]:
    line, _, raw = message.partition(b"\n")
    head: dict[str, Any] = loads_own(line)
    if "error" in head:
        raise EmbeddingFailed(head["error"]["message"], retryable=bool(head["error"].get("retryable")))
    return head, raw


_client: redis.Redis | None = None


def _redis() -> redis.Redis:
    global _client
    if _client is None:
        _client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=LONGEST_S + 5, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1)
        )
    return _client
