"""The page of a chat trigger, and its answers in our own words: JSON, or the events start, delta, done and error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from core.json import dumps
from core.web.problems import problem, problem_response
from nodes.calling import ChatPage
from orchestrator.public_pages import public_page
from orchestrator.triggers import chat_answers
from orchestrator.triggers.chat_answers import Ended

EVENT_STREAM = "text/event-stream"


def page(request: HttpRequest, shown: ChatPage) -> HttpResponse:
    """Return the page on which people write."""
    return public_page(request, "orchestrator/chat.html", {"chat": shown}, runs_script=True, connects=True)


def wants_stream(request: HttpRequest) -> bool:
    return EVENT_STREAM in request.headers.get("Accept", "")


async def answer(request: HttpRequest, execution_id: UUID, conversation_id: str) -> HttpResponseBase:
    """Return what a run answers, whole or while it says it."""
    if wants_stream(request):
        return chat_answers.stream(execution_id, conversation_id, _Events(request))
    ended = await chat_answers.whole(execution_id)
    body: dict[str, Any] = {"conversation_id": ended.conversation_id, "execution_id": str(execution_id)}
    if ended.is_answer:
        return _json({**body, "message": ended.message}, 200)
    if ended.goes_on:
        return _json({**body, "message": None, "status": ended.status}, 202)
    return problem_response(request, _failure(request, ended))


def _json(body: dict[str, Any], status: int) -> HttpResponse:
    return HttpResponse(dumps(body), status=status, content_type="application/json")


def _failure(request: HttpRequest, ended: Ended) -> Any:
    said = "The workflow could not answer"
    return problem(
        request, 500, "execution_failed", "The run failed", said, execution_id=str(ended.execution_id),
        conversation_id=ended.conversation_id,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Events:
    """Our own events."""

    request: HttpRequest

    def start(self, execution_id: UUID, conversation_id: str) -> bytes:
        return _event("start", {"conversation_id": conversation_id, "message_id": str(execution_id)})

    def delta(self, text: str) -> bytes:
        return _event("delta", {"text": text})

    def end(self, ended: Ended, said: str) -> bytes:
        if ended.is_answer:
            tokens = ended.usage.input_tokens + ended.usage.output_tokens
            return _event("done", {"message": ended.message, "tokens": tokens, "status": ended.status})
        if ended.goes_on:
            return _event("done", {"message": None, "tokens": 0, "status": ended.status})
        return _event("error", {"problem": _failure(self.request, ended)})


def _event(name: str, data: Any) -> bytes:
    return f"event: {name}\ndata: ".encode() + dumps(data) + b"\n\n"
