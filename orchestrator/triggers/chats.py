"""Messages of a chat: who may write, which session a message is of, and what of a run is its answer."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import redis
from django.conf import settings
from django.http import HttpRequest
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rest_framework.request import Request

from core.access.roles import Role
from core.accounts.authentication import ApiKeyHeader, BearerToken
from core.errors import NotAuthenticated
from core.json import dumps_text
from core.models import User
from nodes.calling import ChatPage
from orchestrator import selectors
from orchestrator.starting.call import Call

logger = logging.getLogger(__name__)
ANSWERS = ("text", "message", "answer", "output", "response")  # fields of an item that may be the answer, in order
_redis = redis.Redis.from_url(
    settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0)
)


def check_caller(request: HttpRequest, call: Call, page: ChatPage) -> None:
    """Let in whom a chat is for that is neither public nor has a secret: who may run its workflow, by his key or token.

    Raises: NotAuthenticated, Missing, RoleRequired.
    """
    if page.is_public or call.type.secret_slot(call.params):
        return
    user = Request(request, authenticators=[BearerToken(), ApiKeyHeader()]).user
    if not isinstance(user, User):
        raise NotAuthenticated("This chat is not public: send the API key of somebody who may run its workflow")
    selectors.workflow_for(user, call.workflow_id, needs=Role.RUNNER)


def in_session(workflow_id: UUID, page: ChatPage, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run gets of a message, with the session that it is of: one ends when nobody writes for a while."""
    named = f"{workflow_id}:{payload['conversation_id']}"
    key = f"heddle:chat:{hashlib.sha256(named.encode()).hexdigest()[:32]}"
    new = str(uuid4())
    try:
        with _redis.pipeline() as together:
            together.set(key, new, ex=max(round(page.session_timeout_s), 1), nx=True)
            together.get(key)
            together.expire(key, max(round(page.session_timeout_s), 1))
            found = together.execute()[1]
    except (RedisError, OSError) as exc:
        logger.warning("nobody knows sessions of chats, Redis is away: %s", exc)
        found = None
    session = found.decode() if isinstance(found, bytes) else new
    return {**payload, "session": session, "is_continuation": session != new}


def message_of(items: list[dict[str, Any]]) -> str:
    """Return what a run answers: a text of its first item, or the item as JSON."""
    if not items:
        return ""
    json: Any = items[0].get("json", {})
    for name in ANSWERS:
        if isinstance(json.get(name), str):
            return str(json[name])
    return dumps_text(json)


def finish_of(items: list[dict[str, Any]]) -> str:
    """Return why the model ended whose answer a run gave; empty where the answer does not say it."""
    json: Any = items[0].get("json", {}) if items else {}
    found = json.get("finish_reason")
    return found if isinstance(found, str) else ""


def conversation_of(execution_input: Any) -> str:
    """Return the conversation that a run answers in, as its input says it."""
    items = execution_input if isinstance(execution_input, list) else [execution_input]
    found = items[0] if items else {}
    return str((found.get("json", found) if isinstance(found, dict) else {}).get("conversation_id", ""))
