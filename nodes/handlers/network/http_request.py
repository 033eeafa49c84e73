"""The HTTP request node: one call out, one reply back; with pagination, one item per page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlunsplit

from pydantic import BaseModel, ConfigDict, Field

from core.http.requests import NO_AUTH, SAFE, Request, request_of
from core.json import NotStorable, dumps, loads
from core.values.compare import text_of
from core.values.hosts import is_named, url_parts
from core.values.paths import get_path
from nodes import costs
from nodes.abilities import HttpReply
from nodes.base import CredentialSlot, Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType
from nodes.budget import Budget, check_size
from nodes.handlers.network.http_reply import Shape, result_of
from nodes.items import Item

TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
AUTH_TYPES = (
    "http_basic", "http_bearer", "http_header", "http_query", "oauth2", "google_oauth2", "github_oauth2",
    "slack_oauth2", "slack", "github", "discord", "notion", "airtable", "trello", "openai", "anthropic", "gemini",
    "perplexity", "openrouter", "ollama",
)  # fmt: skip
LONGEST_URL = 8000
Pairs = dict[str, Any]


class Pagination(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    mode: Literal["off", "next_url", "page_number"] = "off"
    next_url: str = Field(default="", description="Dotted path in the reply's body that holds the next page's URL")
    page_param: str = Field(default="page", description="Query parameter that counts pages")
    first_page: int = 1
    items_path: str = Field(default="", description="Dotted path of the page's list; counting ends when it is empty")
    max_pages: int = Field(default=100, ge=1, le=1000)


ADVANCED: dict[str, Any] = {"group": "advanced"}


class HttpRequestParams(NodeParams):
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] = Field(default="GET", title="Method")
    url: str = Field(
        min_length=1, max_length=LONGEST_URL, title="URL", json_schema_extra={"placeholder": "https://api.example.com"}
    )
    query: Pairs = Field(default={}, title="Query")
    headers: Pairs = Field(default={}, title="Headers")
    content_type: Literal["auto", "json", "form", "multipart", "raw"] = Field(default="auto", title="Body type")
    body: Any = Field(default=None, title="Body")
    raw_content_type: str = Field(default="text/plain", title="Content type of a raw body", json_schema_extra=ADVANCED)
    response_format: Literal["auto", "json", "text", "binary"] = Field(
        default="auto", title="Response as", json_schema_extra=ADVANCED
    )
    full_response: bool = Field(default=True, title="Status and headers too", json_schema_extra=ADVANCED)
    output_property: str = Field(default="data", title="Name of a binary reply", json_schema_extra=ADVANCED)
    follow_redirects: bool = Field(default=True, title="Follow redirects", json_schema_extra=ADVANCED)
    max_redirects: int = Field(default=10, ge=0, le=20, title="Redirects at most", json_schema_extra=ADVANCED)
    never_fail: bool = Field(
        default=False,
        title="Never fail",
        description="Hand every reply on, whatever its status",
        json_schema_extra=ADVANCED,
    )
    pagination: Pagination = Field(default=Pagination(), title="Pagination", json_schema_extra=ADVANCED)
    timeout_s: float = Field(default=30, gt=0, le=300, title="Time limit in seconds", json_schema_extra=ADVANCED)


class HttpRequest(NodeType[HttpRequestParams]):
    """Call an HTTP endpoint and hand its reply on.

    Outputs: {"status": int, "headers": {}, "body": JSON or text} by "main".
    Raises: NodeFailed "http_unreachable" (retryable, but for too many redirects), "ssrf_blocked", "http_status" from
    400 on, "http_invalid_json".
    """

    kind = "http_request"
    effect = "write"
    Params = HttpRequestParams
    credentials = (CredentialSlot("auth", AUTH_TYPES),)
    default_timeout_s = 330
    look = Look(
        label="HTTP Request",
        description="One call out, one reply back.",
        category="network",
        icon="globe",
        color="#2563eb",
        summary="{{ method }} {{ url }}",
        aliases=("fetch", "rest", "api", "curl"),
        docs="Private and local addresses are refused unless the operator allows a host. Calls that "
        "change something carry "
        "an `Idempotency-Key` that stays the same when the call is made again after a crash. 408, "
        "425, 429 and 5xx can be "
        "retried; `Retry-After` counts. With `auto`, a "
        "reply that says it is JSON and is none is handed on as text, with a warning `not_json`.",
        output_fields=(("status", "number"), ("headers", "json"), ("body", "json")),
    )

    def effect_of(self, params: Mapping[str, Any]) -> Effect:
        return "read" if params.get("method", "GET") in SAFE else "write"

    async def run(self, params: HttpRequestParams, item: Item, ctx: NodeContext) -> NodeResult:
        request = await self._request(params, ctx)
        counting = Budget()
        items: list[Item] = []
        url: str | None = request.url
        page = params.pagination.first_page
        if params.pagination.mode == "page_number":
            url, page = _first_page(params, request.url)
        seen = set[str]()
        warnings = _left_out(params)
        while url is not None and len(items) < params.pagination.max_pages and url not in seen:
            seen.add(url)
            reply = await ctx.http.send(replace(request, url=url))
            _refuse_errors(reply, params)
            shape = Shape(
                format=params.response_format, full=params.full_response, name=params.output_property,
                must_fit=not params.never_fail,
            )  # fmt: skip
            made = await result_of(reply, shape, ctx)
            (item,) = made.outputs["main"]
            if made.size is None:
                counting.take_all([item])
            else:
                counting.add(1, made.size)
            items.append(item)
            warnings += made.warnings
            page += 1
            url = _next_url(params, request.url, item, page)
        return NodeResult({"main": items}, size=counting.size, warnings=warnings)

    async def _request(self, params: HttpRequestParams, ctx: NodeContext) -> Request:
        url = params.url.strip()
        if params.query:
            url = await ctx.compute(_with_query, url, params.query, cost_ms=costs.of_slow_value(params.query, 150))
        headers: list[tuple[str, str]] = []
        if params.headers:
            cost_ms = costs.of_slow_value(params.headers, 100)
            headers = [(name, value) for name, value in await ctx.compute(_texts, params.headers, cost_ms=cost_ms)]
        content, kind = await _encoded(params, ctx)
        auth = await ctx.credentials.for_http("auth")
        if auth is not None:
            _check_host(url, auth.hosts)
        return request_of(
            params.method, url, headers=headers, body=None if content is None else content.encode(), content_type=kind,
            idempotency_key=ctx.idempotency_key, auth=auth or NO_AUTH, timeout_s=params.timeout_s,
            max_redirects=params.max_redirects if params.follow_redirects else 0,
        )  # fmt: skip


def _check_host(url: str, hosts: tuple[str, ...]) -> None:
    """Refuse to take a credential where it is not for. Raises: NodeFailed."""
    parts = _parts(url)
    if hosts and not is_named(url, hosts):
        asked = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.hostname else "nothing"
        raise NodeFailed("credential_invalid", f"This credential is for {', '.join(hosts)}, not for {asked}; "
                         "a host without a scheme and a port means https and its own port")  # fmt: skip


def _parts(url: str) -> SplitResult:
    """Return the parts of a URL. Raises: NodeFailed."""
    try:
        return url_parts(url)
    except ValueError as exc:
        raise NodeFailed("invalid_params", f"The URL cannot be read: {exc}"[:300]) from exc


def _joined(first: str, found: str) -> str:
    """Return where a link of a page leads. Raises: NodeFailed."""
    _parts(found)
    try:
        return urljoin(first, found)
    except ValueError as exc:
        raise NodeFailed("invalid_pagination", f"The next page's URL cannot be read: {exc}"[:300]) from exc


def _with_query(url: str, query: Pairs) -> str:
    pairs = list(_pairs(check_size(query, "request")))
    if not pairs:
        return url
    parts = _parts(url)
    return urlunsplit(parts._replace(query="&".join(part for part in (parts.query, urlencode(pairs)) if part)))


def _pairs(values: Pairs) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        for entry in value if isinstance(value, list) else [value]:
            if entry is not None:
                yield name, _text(entry)


def _text(value: Any) -> str:
    return dumps(check_size(value, "body")).decode() if isinstance(value, (dict, list)) else text_of(value)


async def _encoded(params: HttpRequestParams, ctx: NodeContext) -> tuple[str | None, str]:
    """Return what `encoded_body` does; what has to be read or written is work, a text as it stands is none."""
    body, kind = params.body, params.content_type
    if isinstance(body, str) and kind != "json":
        return encoded_body(body, kind, params.method, params.raw_content_type)
    cost_ms = costs.of_text(body, 50) if isinstance(body, str) else costs.of_slow_value(body, 150)
    content, named = await ctx.compute(
        encoded_body, body, kind, params.method, params.raw_content_type, cost_ms=cost_ms
    )
    return content, named


def _texts(headers: Pairs) -> list[tuple[str, str]]:
    """Return headers as they are sent. Raises: NodeFailed."""
    check_size(headers, "request")
    texts = [(name, _text(value)) for name, value in headers.items() if value is not None]
    if any(ord(char) < 32 for pair in texts for char in "".join(pair)):
        raise NodeFailed("invalid_params", "A header holds characters that it cannot carry")
    return texts


def encoded_body(body: Any, kind: str, method: str, raw_kind: str) -> tuple[str | None, str]:
    """Return (text, content type) of a request's body. Raises: NodeFailed."""
    if body is None or (method in ("GET", "HEAD") and kind == "auto"):
        return None, ""
    if kind == "auto":
        kind = "raw" if isinstance(body, str) else "json"
    if kind == "json":
        if isinstance(body, str):
            try:
                body = loads(body)
            except NotStorable as exc:
                raise NodeFailed("invalid_params", f"The body is not JSON: {exc}") from exc
        return dumps(check_size(body, "body")).decode(), "application/json"
    if kind == "raw":
        return _text(body), raw_kind
    if not isinstance(body, dict):
        raise NodeFailed("invalid_params", "A form's body must be an object")
    check_size(body, "body")
    if kind == "form":
        return urlencode(list(_pairs(body))), "application/x-www-form-urlencoded"
    return _multipart(body)


def _multipart(body: Pairs) -> tuple[str, str]:
    pairs = list(_pairs(body))
    # Made of the content, so that it does not stand in it, and that the same call made again is the same.
    digest = hashlib.sha256("\n".join(text for pair in pairs for text in pair).encode("utf-8", "replace"))
    boundary = f"----heddle-{digest.hexdigest()[:40]}"
    parts = []
    for name, value in pairs:
        safe = name.replace('"', "%22").replace("\r", "").replace("\n", "")
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{safe}"\r\n\r\n{value}\r\n')
    return "".join(parts) + f"--{boundary}--\r\n", f"multipart/form-data; boundary={boundary}"


def _refuse_errors(reply: HttpReply, params: HttpRequestParams) -> None:
    if reply.status < 400 or params.never_fail:
        return
    body = reply.body[:10_000].decode("utf-8", "replace").replace("\x00", "")
    try:
        shown: Any = loads(body)
    except NotStorable:
        shown = body[:2000]
    raise NodeFailed(
        "http_status",
        f"The server answered {reply.status} {reply.reason}".strip(),
        retryable=reply.status in TRY_AGAIN,
        retry_after_s=_retry_after(reply),
        status=reply.status,
        body=shown,
    )


def _retry_after(reply: HttpReply) -> float | None:
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), 3600)
    try:
        moment = parsedate_to_datetime(text)
        sent = parsedate_to_datetime(reply.headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return min(max((moment - sent).total_seconds(), 0), 3600)


def _left_out(params: HttpRequestParams) -> tuple[tuple[str, str, str], ...]:
    if params.body is None or params.method not in ("GET", "HEAD") or params.content_type != "auto":
        return ()
    message = f"A {params.method} is sent without its body; with another content type than auto it has one"
    return (("body_left_out", "body", message),)


def _first_page(params: HttpRequestParams, url: str) -> tuple[str, int]:
    """Return the address of the first page, which names its number, and that number: the address's own comes first."""
    named = [value for name, value in parse_qsl(_parts(url).query) if name == params.pagination.page_param]
    if named:
        is_number = named[-1].isascii() and named[-1].isdigit() and len(named[-1]) < 10
        return url, int(named[-1]) if is_number else params.pagination.first_page
    return _page_url(params, url, params.pagination.first_page), params.pagination.first_page


def _page_url(params: HttpRequestParams, url: str, page: int) -> str:
    parts, name = _parts(url), params.pagination.page_param
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return urlunsplit(parts._replace(query=urlencode([*kept, (name, str(page))])))


def _next_url(params: HttpRequestParams, first: str, made: Item, page: int) -> str | None:
    pagination = params.pagination
    body = made["json"].get("body") if params.full_response else made["json"]
    if pagination.mode == "next_url":
        found = get_path(body, pagination.next_url)
        if not isinstance(found, str) or not found:
            return None
        if len(found) > LONGEST_URL:
            raise NodeFailed("invalid_pagination", f"The next page's URL is longer than {LONGEST_URL} characters")
        target = _joined(first, found)
        if _parts(target)[:2] != _parts(first)[:2]:
            raise NodeFailed("invalid_pagination", "The next page is on another host")
        return target
    if pagination.mode == "page_number":
        if not (get_path(body, pagination.items_path) if pagination.items_path else body):
            return None
        return _page_url(params, first, page)
    return None
