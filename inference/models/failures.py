"""What providers say when they do not answer, as errors of a node: one table for all of them.

What a library made of an error is looked through: the first of ours in its chain of causes counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from core.http.client import NotConnected, ResponseTooLarge, Unreachable
from core.http.resolve import BlockedAddress
from core.json import NotStorable, loads
from core.text.scrubbing import scrubbed_text
from nodes.base import NodeFailed

MOST_SAID = 500  # characters of what a provider says that stand in an error
LONGEST_WAIT_S = 3600.0
_TOO_LONG = re.compile(
    r"context[ _]?(length|window|size)|maximum context|prompt is too long|too many (input )?tokens"
    r"|input token count|exceeds the (maximum|available|limit)|maximum number of tokens",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"(?:length|limit|maximum|max|>|up to|context size|number of tokens allowed)\D{0,30}?(\d[\d,]{2,})", re.IGNORECASE
)
_NO_MODEL = re.compile(
    r"model.{0,80}(not found|does not exist|not exist|unknown|invalid|not a valid)|(invalid|unknown|not a valid) model",
    re.IGNORECASE | re.DOTALL,
)
_BAD_KEY = re.compile(r"api[ _]key.{0,30}(invalid|not valid|expired)|invalid.{0,10}api[ _]key", re.IGNORECASE)
_FILTERED = re.compile(r"content[ _](filter|policy|management)|safety|moderation", re.IGNORECASE)
_NO_MONEY = re.compile(r"insufficient[ _](quota|credits|balance)|billing|credit balance", re.IGNORECASE)
_STATUS_OF_TYPE = {
    "overloaded_error": 529, "rate_limit_error": 429, "api_error": 500, "authentication_error": 401,
    "permission_error": 403, "not_found_error": 404, "invalid_request_error": 400, "rate_limit_exceeded": 429,
    "server_error": 500, "timeout_error": 504,
}  # fmt: skip


def of_answer(provider: str, status: int, headers: Mapping[str, str], body: bytes) -> NodeFailed:
    """Return the error of an answer of 400 and more, or of another one than was asked for."""
    return of_status(provider, status, _said(body), _retry_after(headers))


def of_status(provider: str, status: int, said: str, retry_after_s: float | None = None) -> NodeFailed:
    """Return the error that a status and the words with it stand for."""
    said = scrubbed_text(said)[:MOST_SAID]
    told = f"{provider} answered {status}" + (f": {said}" if said else "")
    details: dict[str, Any] = {"provider": provider, "status": status}
    if status in (401, 403) or (status == 400 and _BAD_KEY.search(said)):
        return NodeFailed("credential_invalid", told, **details)
    if status == 402 or (status in (400, 429) and _NO_MONEY.search(said)):
        return NodeFailed("model_refused_request", told, **details)
    if status == 429:
        return NodeFailed("rate_limited", told, retryable=True, retry_after_s=retry_after_s, **details)
    if status in (408, 409, 425) or status >= 500:
        return NodeFailed("model_unreachable", told, retryable=True, retry_after_s=retry_after_s, **details)
    if status in (400, 413, 422) and (_TOO_LONG.search(said) or status == 413):
        return NodeFailed("context_too_long", told, **details, limit=_limit(said))
    if status == 404 or (status in (400, 422) and _NO_MODEL.search(said)):
        return NodeFailed("model_unknown", told, **details)
    if status == 400 and _FILTERED.search(said):
        return NodeFailed("model_refused", told, **details)
    if 300 <= status < 400:
        return NodeFailed("model_refused_request", f"{told}: it leads elsewhere, and that is not followed", **details)
    return NodeFailed("model_refused_request", told, **details)


def of_error_object(provider: str, error: Any) -> NodeFailed:
    """Return the error that a provider sends in the middle of an answer: {"type" or "code", "message"}, or a text."""
    if not isinstance(error, Mapping):
        return of_status(provider, 500, str(error))
    code = error.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else None
    if status is None:
        status = _STATUS_OF_TYPE.get(str(error.get("type"))) or _STATUS_OF_TYPE.get(str(code)) or 500
    return of_status(provider, status, f"{code or error.get('type') or ''} {error.get('message') or ''}".strip())


def of_exception(provider: str, exc: BaseException) -> NodeFailed:
    """Return what an exception of a wire stands for."""
    for one in _chain(exc):
        found = _ours(provider, one)
        if found is not None:
            return found
    said = scrubbed_text(f"{type(exc).__name__}: {exc}")[:MOST_SAID]
    return NodeFailed("model_failed", f"The answer of {provider} cannot be read: {said}", retryable=True)


def cut_off(provider: str) -> NodeFailed:
    """Return the error of an answer that ends without saying why."""
    return NodeFailed("model_cut_off", f"The answer of {provider} ended in the middle", retryable=True)


def refused(provider: str, reason: str) -> NodeFailed:
    """Return the error of a model that does not want to answer, or is kept from it by a filter."""
    return NodeFailed("model_refused", f"{provider} refused to answer: {reason}"[:MOST_SAID], provider=provider)


def timed_out(provider: str, timeout_s: float) -> NodeFailed:
    return NodeFailed("node_timeout", f"{provider} did not finish its answer in {timeout_s:g} s", retryable=True)


def is_unpaid(failed: NodeFailed) -> bool:
    """Tell whether a call failed before its provider worked on it: it was refused by a status, or reached nobody."""
    reached_nobody = any(isinstance(one, (NotConnected, BlockedAddress)) for one in _chain(failed))
    return reached_nobody or "status" in failed.details


def _ours(provider: str, exc: BaseException) -> NodeFailed | None:
    if isinstance(exc, NodeFailed):
        return exc
    if isinstance(exc, BlockedAddress):
        return NodeFailed("ssrf_blocked", str(exc))
    if isinstance(exc, ResponseTooLarge):
        return NodeFailed("model_answer_too_large", str(exc))
    if isinstance(exc, (Unreachable, TimeoutError, ConnectionError)):
        return NodeFailed("model_unreachable", str(exc) or f"{provider} is silent", retryable=True)
    body = getattr(exc, "body", None)  # of the Anthropic library: an error in the middle of a stream
    if isinstance(body, Mapping) and isinstance(body.get("error"), Mapping):
        return of_error_object(provider, body["error"])
    status = getattr(exc, "status_code", None) or getattr(exc, "code", None)
    if isinstance(status, int) and not isinstance(status, bool) and (status >= 400 or status == -1):
        return of_status(provider, 500 if status == -1 else status, str(getattr(exc, "message", "") or exc))
    return None


def _chain(exc: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what it was raised from, or meanwhile; the innermost knows best, so ours comes first."""
    seen: list[BaseException] = []
    current: BaseException | None = exc
    while current is not None and current not in seen:
        seen.append(current)
        current = current.__cause__ or current.__context__
    yield from (one for one in seen if isinstance(one, (NodeFailed, BlockedAddress, ResponseTooLarge, Unreachable)))
    yield from seen


def _said(body: bytes) -> str:
    """Return what an error's body says, whatever its shape."""
    text = body[:20_000].decode("utf-8", "replace")
    try:
        value = loads(text)
    except NotStorable:
        return " ".join(re.sub(r"<[^>]*>", " ", text).split())[:MOST_SAID]
    if isinstance(value, list) and value:
        value = value[0]
    error = value.get("error", value) if isinstance(value, Mapping) else value
    if isinstance(error, Mapping):
        named = [str(error[name]) for name in ("code", "status", "type") if isinstance(error.get(name), str)]
        said = error.get("message") or error.get("detail") or ""
        return " ".join([*named[:1], said if isinstance(said, str) else ""]).strip()
    return str(error)


def _limit(said: str) -> int | None:
    found = _LIMIT.search(said)
    return int(found.group(1).replace(",", "")) if found else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a provider asks to wait for."""
    ms = headers.get("retry-after-ms", "").strip()
    if re.fullmatch(r"\d{1,9}", ms):
        return min(int(ms) / 1000, LONGEST_WAIT_S)
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text):
        return min(float(text), LONGEST_WAIT_S)
    try:
        moment, sent = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return min(max((moment - sent).total_seconds(), 0.0), LONGEST_WAIT_S)
