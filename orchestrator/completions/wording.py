"""Answers and refusals in the words of OpenAI's API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from core import errors
from core.database.errors import is_outage
from core.json import dumps
from core.web.problems import OUTAGE_RETRY_IN_S, status_and_title
from orchestrator.triggers.chat_answers import Ended

JSON = "application/json"
END = b"data: [DONE]\n\n"
FINISHES = frozenset({"stop", "length", "content_filter"})
TYPES = {401: "authentication_error", 402: "insufficient_quota", 403: "permission_error", 429: "rate_limit_error"}
CODES = {401: "invalid_api_key", 402: "insufficient_quota", 429: "rate_limit_exceeded"}


class NoAnswer(errors.WorkflowError):
    """A run that came to no answer: its caller must not ask again by itself, for that would start another run."""

    code = "execution_failed"


class RunWaits(errors.Unprocessable):
    """The run waits for people, and goes on when they have answered."""

    code = "execution_waiting"


class RunGoesOn(errors.TimedOut):
    """The run takes longer than a call waits, and goes on."""

    code = "execution_running"


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer: its id, the model's name, and when it was asked, in Unix seconds."""

    id: str
    model: str
    created: int

    def whole(self, ended: Ended) -> dict[str, Any]:
        """Return an answer in one piece."""
        message = {"role": "assistant", "content": ended.message, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_of(ended)}
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage_of(ended)}

    def chunk(self, delta: Mapping[str, Any], finish: str | None = None) -> bytes:
        """Return a piece of a stream."""
        choice = {"index": 0, "delta": dict(delta), "logprobs": None, "finish_reason": finish}
        return event({**self._head("chat.completion.chunk"), "choices": [choice]})

    def usage(self, ended: Ended) -> bytes:
        """Return the piece of a stream that tells what was used."""
        return event({**self._head("chat.completion.chunk"), "choices": [], "usage": usage_of(ended)})

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{self.id}", "object": kind, "created": self.created, "model": self.model}


def event(data: Any) -> bytes:
    return b"data: " + dumps(data) + b"\n\n"


def finish_of(ended: Ended) -> str:
    return ended.finish if ended.finish in FINISHES else "stop"


def usage_of(ended: Ended) -> dict[str, Any]:
    used = ended.usage
    return {
        "prompt_tokens": used.input_tokens, "completion_tokens": used.output_tokens,
        "total_tokens": used.input_tokens + used.output_tokens,
        "prompt_tokens_details": {"cached_tokens": used.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": used.reasoning_tokens},
    }  # fmt: skip


def failure_of(ended: Ended) -> errors.WorkflowError:
    """Return why a run that was waited for gives no answer."""
    told = {"execution_id": str(ended.execution_id)}
    if ended.status in ("waiting", "paused"):
        return RunWaits("The run waits for somebody; it goes on when they have answered", **told)
    if ended.goes_on:
        return RunGoesOn("The run takes too long to wait for; it goes on", **told)
    return NoAnswer("The workflow could not answer", **told)


def error_of(exc: errors.WorkflowError) -> tuple[int, dict[str, Any]]:
    """Return (status, body) of a refusal."""
    status, _ = status_and_title(exc)
    kind = TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    code = CODES.get(status, exc.code)
    error = {"message": exc.message, "type": kind, "param": exc.details.get("param"), "code": code}
    more = {"execution_id": exc.details["execution_id"]} if "execution_id" in exc.details else {}
    return status, {"error": {**error, **more}}


def wrong_method(allowed: str) -> HttpResponse:
    error = {"message": f"Use {allowed} here.", "type": "invalid_request_error", "param": None}
    body = {"error": {**error, "code": "method_not_allowed"}}
    return HttpResponse(dumps(body), status=405, content_type=JSON, headers={"Allow": allowed})


def breakdown(exc: Exception) -> HttpResponse:
    """Return the answer to a call that something of ours failed on; where the database is away, it is good later."""
    if is_outage(exc):
        away = errors.Unavailable("The database does not answer now")
        away.retry_in_s = OUTAGE_RETRY_IN_S
        return refusal(away)
    return refusal(errors.WorkflowError("Something went wrong on our side"))


def refusal(exc: errors.WorkflowError) -> HttpResponse:
    """Return the answer to a call that is refused, or came to nothing."""
    status, body = error_of(exc)
    response = HttpResponse(dumps(body), status=status, content_type=JSON)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if exc.retry_in_s is not None:
        response["Retry-After"] = str(exc.retry_in_s)
    if "execution_id" in exc.details or status == 402:
        response["X-Should-Retry"] = "false"  # what OpenAI's clients heed: another try would start another run
    return response
