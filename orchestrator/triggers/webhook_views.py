"""Webhooks: calls from outside become runs. Asynchronous, so that a caller who waits holds no thread."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import connection
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from core.asgi.large_bodies import in_turn
from core.asgi.open_calls import rests
from core.asgi.sizes import takes_bodies
from core.errors import MalformedJson, RateLimited, TooLarge, UnsupportedMediaType, WorkflowError
from core.ids import new_id
from core.json import NotStorable, TooHeavy, dumps, loads_own
from core.redis.run_ends import Waiter, bell, wait_for_news, wait_until
from core.storage.blobs import NewFile
from core.web.answers_of_users import SANDBOX, cookie_of, is_plain, passed, readable_type, redirect_target
from core.web.problems import problem, problem_of, problem_response, unreadable
from core.web.public_limits import WrongSecrets, admit, admit_for
from executor.domain.lifecycle import Status
from executor.models import Execution, Wait
from executor.selectors import FINAL_VALUES
from nodes.calling import ChatType, Delivery, PageType, Taken
from orchestrator import selectors
from orchestrator.starting import starting
from orchestrator.starting.call import Call
from orchestrator.triggers import (
    callers,
    chat_pages,
    chats,
    form_pages,
    listening,
    origins,
    pushes,
    webhook_bodies,
    webhooks,
)

WAIT_S = 60
MASKED = frozenset({"authorization", "cookie", "x-api-key", "proxy-authorization"})
JSON = "application/json"
waiting: Counter[UUID] = Counter()  # callers of this process by owner; changed by the loop alone


@csrf_exempt
async def webhook(request: HttpRequest, user_id: str, path: str) -> HttpResponseBase:
    """Start the deployed version that listens at this path."""
    return isolated(origins.told(request, await _answer(request, UUID(user_id), path, test=False)))


@csrf_exempt
async def test_webhook(request: HttpRequest, user_id: str, path: str) -> HttpResponseBase:
    """Start the working copy, once, where somebody listens."""
    return isolated(origins.told(request, await _answer(request, UUID(user_id), path, test=True)))


for _view in (webhook, test_webhook):
    takes_bodies(_view, most_bytes=settings.WEBHOOK_BODY_MAX_BYTES)


async def _answer(request: HttpRequest, user_id: UUID, path: str, *, test: bool) -> HttpResponseBase:
    try:
        limit = settings.WEBHOOK_BODY_MAX_BYTES
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise TooLarge("The body is too large", limit_bytes=limit)
        run_id = new_id()
        ring = bell()
        await ring.listen()
        with ring.waiter(str(run_id)) as waiter:  # before the start, so that no end can be missed
            begin = partial(sync_to_async(_begin), request, user_id, path, run_id, test=test)
            call, execution_id = await in_turn(request, user_id, begin)
            if isinstance(call, HttpResponse):
                return call
            is_new = execution_id == run_id
            if isinstance(call.type, ChatType):
                answer: HttpResponseBase = await _chat(request, call, execution_id)
            elif call.door.response_mode == "on_received":
                answer = _json({"execution_id": str(execution_id), "status": "pending"}, 202)
            else:
                answer = await _wait(request, call, execution_id, waiter if is_new else None)
            if not is_new:
                answer["Idempotent-Replayed"] = "true"
            return answer
    except WorkflowError as exc:
        headers = {"WWW-Authenticate": "Bearer"} if problem_of(request, exc)["status"] == 401 else {}
        if exc.retry_in_s is not None:
            headers["Retry-After"] = str(exc.retry_in_s)
        return problem_response(request, problem_of(request, exc), headers)
    except (TooManyFieldsSent, TooManyFilesSent) as exc:
        return problem_response(request, unreadable(request, exc))
    except RequestDataTooBig:
        too_large = TooLarge("The body is too large", limit_bytes=settings.WEBHOOK_BODY_MAX_BYTES)
        return problem_response(request, problem_of(request, too_large))


@dataclass(frozen=True, slots=True, repr=False)
class _Came:
    """What a call came to, and the files that came with it."""

    taken: Taken
    files: Sequence[NewFile]


def _begin(
    request: HttpRequest, user_id: UUID, path: str, run_id: UUID, *, test: bool
) -> tuple[Call | HttpResponse, UUID]:
    now = timezone.now()
    admit(request, "webhooks", f"{user_id}/{path}")
    if test:
        listener = listening.find_listener(owner_id=user_id, path=path, now=now)
        definition, _ = selectors.definition_for(listener.workflow, "current")
        call = listening.test_call(listener, definition, path)
    else:
        call = webhooks.find(owner_id=user_id, path=path)
    origins.note(request, call.door)
    methods = origins.answered(call.door.methods)
    if origins.is_preflight(request) and "OPTIONS" not in methods:
        return origins.preflight(request, methods), user_id
    if request.method not in methods:
        body = problem(
            request, 405, "method_not_allowed", "Method not allowed", f"{request.method} is not listened for"
        )
        return problem_response(request, body, {"Allow": ", ".join(methods)}), user_id
    if call.door.response_mode != "on_received" and waiting[call.owner_id] >= settings.WAITING_PER_OWNER:
        raise RateLimited("Too many callers wait for runs of this owner", scope="waiting")
    if isinstance(call.type, PageType):
        if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
            raise UnsupportedMediaType("A form with a Content-Encoding is not read: send it as it is")
        admit(request, "pages")
        admit_for(str(user_id), "webhooks")
        return form_pages.answer(request, call, call.type.page(call.params), run_id), user_id
    headers = {name.lower(): value for name, value in request.headers.items()}
    wrong = WrongSecrets(request, f"{call.workflow_id}:{call.node_id}")
    carriers = callers.authenticate(call=call, headers=headers, body=request.body, wrong=wrong)
    admit_for(str(user_id), "webhooks")
    if isinstance(call.type, ChatType):
        admit(request, "chats")
        shown = call.type.chat(call.params)
        chats.check_caller(request, call, shown)
        if request.method in ("GET", "HEAD"):
            return chat_pages.page(request, shown), user_id
    came = _taken(request, call, headers, MASKED | carriers)
    taken = came.taken
    if isinstance(call.type, ChatType) and taken.input is not None:
        taken = replace(taken, input=chats.in_session(call.workflow_id, call.type.chat(call.params), taken.input))
    if taken.input is None:
        return _json(taken.answer, 200), user_id
    started = starting.start_from_webhook(
        call=call,
        payload=taken.input,
        key=taken.key,
        key_is_of=taken.key_is_of,
        run_id=run_id,
        now=now,
        files=came.files,
    )
    if call.listener is not None and call.registration_id is not None:
        pushes.end_test(call.registration_id, now)
    return call, started.execution_id


def _taken(request: HttpRequest, call: Call, headers: dict[str, str], masked: frozenset[str]) -> _Came:
    """Return what a call came to. Raises: TooLarge, UnsupportedMediaType, MalformedJson."""
    try:
        body = webhook_bodies.body_of(request)
        files = webhook_bodies.Files()
        if call.type.keeps_raw(call.params):
            files.put(webhook_bodies.RAW, webhook_bodies.raw_file(request))
        for name, file in body.files.items():
            files.put(name, file)
        delivery = Delivery(
            method=request.method or "",
            headers=headers,
            shown={name: "***" if name in masked else value for name, value in headers.items()},
            raw=request.body,
            body=body.value,
            query={name: values[0] if len(values) == 1 else values for name, values in request.GET.lists()},
            path_params=call.path_params,
            binary={name: file.reference() for name, file in files.by_name.items()} or None,
            guessed=body.guessed,
        )
        taken = call.type.take(call.params, delivery)
        dumps(taken.answer if taken.input is None else taken.input)
    except TooHeavy as exc:
        raise TooLarge(f"The body is too large: {exc}", limit_bytes=settings.WEBHOOK_BODY_MAX_BYTES) from exc
    except (NotStorable, ValueError) as exc:
        raise MalformedJson(f"The body is not what its Content-Type says: {exc}"[:300]) from exc
    return _Came(taken, list(files.by_name.values()))


def _json(body: Any, status: int) -> HttpResponse:
    return HttpResponse(dumps(body), status=status, content_type=JSON)


# -- waiting for the answer ------------------------------------------------------------------------------------------
def _ended(execution_id: UUID) -> dict[str, Any] | None:
    """Return the run's row once it has ended, answered, or waits for somebody."""
    row = Execution.objects.values("response", "output", "output_text", status=F("state__status")).get(pk=execution_id)
    over = row["status"] in FINAL_VALUES or row["status"] == "paused" or row["response"]
    if row["status"] == "waiting":  # for a timer the caller waits along, for people and signals not
        over = Wait.objects.filter(
            execution_id=execution_id, answered_at=None, kind__in=("human_task", "signal")
        ).exists()
    connection.close()
    return dict(row) if over else None


async def _wait(request: HttpRequest, call: Call, execution_id: UUID, waiter: Waiter | None) -> HttpResponse:
    rests(getattr(request, "scope", None))
    waiting[call.owner_id] += 1
    try:
        return await _answer_of(request, call, execution_id, waiter)
    finally:
        waiting[call.owner_id] -= 1
        if not waiting[call.owner_id]:
            del waiting[call.owner_id]


async def _chat(request: HttpRequest, call: Call, execution_id: UUID) -> HttpResponseBase:
    rests(getattr(request, "scope", None))
    waiting[call.owner_id] += 1
    try:
        conversation = await sync_to_async(_conversation_of)(execution_id)
        return await chat_pages.answer(request, execution_id, conversation)
    finally:
        waiting[call.owner_id] -= 1
        if not waiting[call.owner_id]:
            del waiting[call.owner_id]


def _conversation_of(execution_id: UUID) -> str:
    found = Execution.objects.values_list("input", flat=True).get(pk=execution_id)
    connection.close()
    return chats.conversation_of(found)


async def _answer_of(request: HttpRequest, call: Call, execution_id: UUID, waiter: Waiter | None) -> HttpResponse:
    wants_node = call.door.response_mode == "respond_node"

    async def ended() -> dict[str, Any] | None:
        return await sync_to_async(_ended)(execution_id)

    if waiter is None:  # a delivery that came before
        row = await wait_until(str(execution_id), WAIT_S, ended)
    else:
        row = await wait_for_news(waiter, WAIT_S, ended, use_news=not wants_node)
    if not row:
        return _problem(request, 504, "webhook_timeout", "It took too long", "The run goes on", execution_id)
    if wants_node and row["response"]:
        return _response_of(row["response"], call.owner_id)
    status = row["status"]
    if status in ("waiting", "paused", "running", "pending"):
        return _json({"execution_id": str(execution_id), "status": status}, 202)
    if status != Status.COMPLETED:
        return _problem(
            request, 500, "execution_failed", "The run failed", "The workflow could not answer", execution_id
        )
    if wants_node:
        detail = "The run ended without an answer"
        return _problem(request, 500, "respond_node_not_reached", "No answer", detail, execution_id)
    in_order = row.get("output_text")  # of a row; news of an end keep the order by themselves
    output = row["output"] if in_order is None else loads_own(in_order)
    return _output(output or [], call)


def _problem(request: HttpRequest, status: int, code: str, title: str, detail: str, execution_id: UUID) -> HttpResponse:
    return problem_response(request, problem(request, status, code, title, detail, execution_id=str(execution_id)))


def _output(items: list[dict[str, Any]], call: Call) -> HttpResponse:
    if not items or call.door.response_data == "none":
        return HttpResponse(status=204)
    if call.door.response_data == "all_items":
        return _json([item["json"] for item in items], 200)
    return _json(items[0]["json"], 200)


def _response_of(response: dict[str, Any], owner_id: UUID) -> HttpResponse:
    raw = base64.b64decode(response["content"])
    headers = dict(response["headers"])
    target = headers.pop("Location", None)
    answer = HttpResponse(raw, status=response["status"], content_type=readable_type(response["content_type"]))
    for name, value in passed(headers)[0].items():
        if name.lower() != "content-type":
            answer[name] = value
    if target is not None and 300 <= answer.status_code < 400 and redirect_target(target) == target:
        answer["Location"] = target
    for given in response.get("cookies", ()) if settings.HOOKS_URL else ():
        cookie = cookie_of(given, f"/api/webhooks/{owner_id}/")
        if cookie is not None:
            answer.cookies[cookie.key] = cookie  # several of one name are for one place, so the last counts
    return answer


def isolated(answer: HttpResponseBase) -> HttpResponseBase:
    """Return an answer that neither runs nor sends anything as a page of ours; our own pages say it themselves."""
    if "Content-Security-Policy" not in answer and not is_plain(answer.headers.get("Content-Type", "")):
        answer["Content-Security-Policy"] = SANDBOX
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
