"""`/v1/`: asynchronous views, so that a caller who waits for an answer holds no thread."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from core.accounts import scopes
from core.accounts.authentication import ApiKeyInvalid, find_key
from core.asgi.large_bodies import in_turn
from core.asgi.open_calls import rests
from core.asgi.open_requests import knows
from core.asgi.sizes import takes_bodies
from core.errors import MalformedJson, Missing, NotAuthenticated, RateLimited, TooLarge, WorkflowError
from core.json import NotStorable, dumps, loads
from core.models import ApiKey
from core.web import abuse, rate_limits
from nodes.calling import Delivery
from orchestrator.completions import asking, offered, wording
from orchestrator.completions.offered import Offered
from orchestrator.completions.telling import Telling
from orchestrator.completions.wording import Completion
from orchestrator.starting import starting
from orchestrator.starting.starting import StartRequest
from orchestrator.triggers import chat_answers, chats
from orchestrator.triggers.webhook_views import waiting

logger = logging.getLogger(__name__)
View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


@dataclass(frozen=True, slots=True)
class _Begun:
    """A run that was started for a question."""

    execution_id: UUID
    question: asking.Question
    model: Offered
    last_nodes: frozenset[str]
    headers: dict[str, str]


def _told(method: str) -> Callable[[View], View]:
    """Take calls by this method (empty: by any), and tell what a view raises in OpenAI's words."""
    return partial(_wrapped, method)


def _wrapped(method: str, view: View) -> View:
    @wraps(view)
    async def told(request: HttpRequest, *arguments: Any, **keywords: Any) -> HttpResponseBase:
        if method and request.method != method:
            return wording.wrong_method(method)
        try:
            return await view(request, *arguments, **keywords)
        except WorkflowError as exc:
            return wording.refusal(exc)
        except RequestDataTooBig:
            limit = settings.JSON_BODY_MAX_BYTES
            return wording.refusal(TooLarge(f"The body may have {limit} bytes", limit_bytes=limit))
        except Exception as exc:
            logger.error("a call of %s failed", request.path, exc_info=exc)
            return wording.breakdown(exc)

    return csrf_exempt(told)


@_told("GET")
async def models(request: HttpRequest) -> HttpResponseBase:
    """List the models that a key may ask."""
    found = await sync_to_async(_listed)(request)
    return _json({"object": "list", "data": [_shown(one) for one in found]})


@_told("GET")
async def model(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show one of them."""
    return _json(_shown(await sync_to_async(_one)(request, name)))


@_told("POST")
async def completions(request: HttpRequest) -> HttpResponseBase:
    """Start the run that answers, and wait for it."""
    key = await sync_to_async(_caller)(request, "run")

    async def begin() -> _Begun:
        return await sync_to_async(_begin)(request, key)

    begun = await in_turn(request, key.user_id, begin)
    rests(getattr(request, "scope", None))
    answer = await _answered(begun)
    for name, value in begun.headers.items():
        answer[name] = value
    return answer


async def _answered(begun: _Begun) -> HttpResponseBase:
    """Answer a call whose run has begun: whatever fails then, another try would start another run."""
    made = Completion(str(begun.execution_id), begun.question.model, round(timezone.now().timestamp()))
    try:
        return _stream(begun, made) if begun.question.streams else await _whole(begun, made)
    except WorkflowError as exc:
        return _after_the_start(exc, begun.execution_id)
    except Exception:
        logger.exception("the answer of execution %s could not be waited for", begun.execution_id)
        lost = wording.NoAnswer("The answer of the run could not be waited for; the run goes on")
        return _after_the_start(lost, begun.execution_id)


def _after_the_start(exc: WorkflowError, execution_id: UUID) -> HttpResponse:
    exc.details = {**exc.details, "execution_id": str(execution_id)}
    return wording.refusal(exc)


@_told("")
async def nothing_here(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Answer other paths of the API, most of which no workflow stands for."""
    raise Missing(f"There is nothing at {request.path}")


for _view in (models, model, completions, nothing_here):
    takes_bodies(_view, most_bytes=settings.JSON_BODY_MAX_BYTES)


# -- who asks --------------------------------------------------------------------------------------------------------
def _caller(request: HttpRequest, needs: scopes.Scope) -> ApiKey:
    """Return the key that a call was made with. Raises: NotAuthenticated, ScopeMissing, IpBlocked."""
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    given = token.strip() if scheme.lower() == "bearer" else request.META.get("HTTP_X_API_KEY", "")
    try:
        if not given:
            raise NotAuthenticated("You didn't provide an API key: send one of this server as Authorization: Bearer")
        key = find_key(given)
    except (NotAuthenticated, ApiKeyInvalid):
        abuse.check(abuse.client_ip(request), timezone.now())
        raise
    knows(getattr(request, "scope", None), key.user_id)
    scopes.check(key, needs)
    return key


def _listed(request: HttpRequest) -> list[Offered]:
    try:
        return offered.models_of(_caller(request, "read").user)
    finally:
        connection.close()


def _one(request: HttpRequest, name: str) -> Offered:
    try:
        return offered.model_named(_caller(request, "read").user, name)
    finally:
        connection.close()


def _shown(one: Offered) -> dict[str, Any]:
    return {"id": one.name, "object": "model", "created": one.created, "owned_by": one.owner}


# -- asking ----------------------------------------------------------------------------------------------------------
def _begin(request: HttpRequest, key: ApiKey) -> _Begun:
    """Start the run of a question. Raises: Invalid, ModelMissing, RateLimited, and what a start raises."""
    user = key.user
    headers = _counted(key)
    try:
        body = loads(request.body)
    except NotStorable as exc:
        raise MalformedJson(f"We could not parse the JSON body of your request: {exc}"[:300]) from exc
    question = asking.read(body)
    found = offered.model_named(user, question.model)
    if waiting[found.owner_id] >= settings.WAITING_PER_OWNER:
        raise RateLimited("Too many callers wait for runs of this owner", scope="waiting")
    said = {"message": question.message, "conversation_id": question.conversation_id}
    taken = found.type.take(found.params, Delivery("POST", {}, {}, b"", said))
    payload = chats.in_session(found.workflow_id, found.type.chat(found.params), taken.input or {})
    given = request.headers.get("Idempotency-Key")
    start = StartRequest(
        input={**payload, "messages": list(question.messages)}, version="deployed", trigger_node_id=found.node_id,
        idempotency_key=given[:255] if given else None,
        asked=body, starts_as=found.type.starts_as,
    )  # fmt: skip
    nodes = offered.last_nodes(user, found.workflow_id) if question.streams else frozenset[str]()
    started = starting.start(actor=user, workflow_id=found.workflow_id, request=start, by_key=True, now=timezone.now())
    return _Begun(started.execution_id, question, found, nodes, headers)


def _counted(key: ApiKey) -> dict[str, str]:
    """Count a start of a key's user; returns what the answer's headers say of it. Raises: RateLimited."""
    standing = rate_limits.count("execute", str(key.user_id), key.user.tier)
    if standing is None:
        return {}
    if standing.is_over:
        exc = RateLimited(f"At most {standing.limit} such calls are allowed a minute", scope="execute")
        exc.retry_in_s = int(standing.headers()["Retry-After"])
        raise exc
    return standing.headers()


# -- answering -------------------------------------------------------------------------------------------------------
@contextmanager
def _waits(owner_id: UUID) -> Iterator[None]:
    """Count a caller who waits for a run of this owner."""
    waiting[owner_id] += 1
    try:
        yield
    finally:
        waiting[owner_id] -= 1
        if not waiting[owner_id]:
            del waiting[owner_id]


async def _whole(begun: _Begun, made: Completion) -> HttpResponse:
    with _waits(begun.model.owner_id):
        ended = await chat_answers.whole(begun.execution_id)
    if not ended.is_answer:
        raise wording.failure_of(ended)
    return _json(made.whole(ended))


def _stream(begun: _Begun, made: Completion) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_pieces(begun, made), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _pieces(begun: _Begun, made: Completion) -> AsyncIterator[bytes]:
    """Tell an answer while it comes. A caller who hangs up ends nothing: the run goes on to its end."""
    telling = Telling(begun.last_nodes)
    with _waits(begun.model.owner_id):
        yield made.chunk({"role": "assistant", "content": ""})
        async for event in chat_answers.deltas(begun.execution_id):
            if event is None:
                yield b": it goes on\n\n"
            elif text := telling.piece(event):
                yield made.chunk({"content": text})
        ended = await chat_answers.came_to(begun.execution_id)
        if not ended.is_answer:
            yield wording.event(wording.error_of(wording.failure_of(ended))[1])
            return
        if text := telling.rest(ended.message):
            yield made.chunk({"content": text})
        yield made.chunk({}, wording.finish_of(ended))
        if begun.question.tells_usage:
            yield made.usage(ended)
        yield wording.END


def _json(body: Any) -> HttpResponse:
    return HttpResponse(dumps(body), content_type=wording.JSON)
