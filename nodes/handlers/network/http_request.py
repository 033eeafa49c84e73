"""The HTTP request node: one call out, one reply back; with pagination, one item per page."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import unquote_to_bytes, urlencode, urlunsplit

from pydantic import Field, field_validator

from core.http.requests import FRAMING, NO_AUTH, SAFE, Request, request_of
from core.json import NotStorable, loads
from core.values.hosts import is_named
from nodes import costs
from nodes.abilities import HttpReply
from nodes.base import CredentialSlot, Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult, NodeType
from nodes.budget import Budget, check_size
from nodes.handlers.data.text_source import is_encoding
from nodes.handlers.network.http_body import BodyKind, BodyParams, encoded, pairs_of, text_of
from nodes.handlers.network.http_paging import LONGEST_URL, Pages, Pagination, parts_of
from nodes.handlers.network.http_reply import Shape, result_of
from nodes.items import Item

TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
AUTH_TYPES = (
    "http_basic", "http_bearer", "http_header", "http_query", "oauth2", "google_oauth2", "github_oauth2",
    "slack_oauth2", "slack", "github", "discord", "notion", "airtable", "trello", "openai", "anthropic", "gemini",
    "perplexity", "openrouter", "openai_compatible", "ollama",
)  # fmt: skip
Pairs = dict[str, Any]
Warnings = tuple[tuple[str, str, str], ...]


ADVANCED: dict[str, Any] = {"group": "advanced"}


class HttpRequestParams(NodeParams):
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] = Field(default="GET", title="Method")
    url: str = Field(
        min_length=1, max_length=LONGEST_URL, title="URL", json_schema_extra={"placeholder": "https://api.example.com"}
    )
    query: Pairs = Field(default={}, title="Query")
    headers: Pairs = Field(default={}, title="Headers")
    content_type: BodyKind = Field(default="auto", title="Body type")
    body: Any = Field(
        default=None, title="Body", description="{{ $binary.name }} sends a file: as the body, or as a part of a form"
    )
    raw_content_type: str = Field(default="text/plain", title="Content type of a raw body", json_schema_extra=ADVANCED)
    response_format: Literal["auto", "json", "text", "binary"] = Field(
        default="auto", title="Response as", json_schema_extra=ADVANCED
    )
    response_encoding: str = Field(
        default="auto", max_length=40, title="Encoding of the response",
        description="Such as windows-1252; auto: what it says", json_schema_extra=ADVANCED,
    )  # fmt: skip
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

    @field_validator("response_encoding")
    @classmethod
    def _encoding_is_known(cls, name: str) -> str:
        if not is_encoding(name):
            raise ValueError(f"{name!r} is not an encoding that is known")
        return name


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
        "reply that says it is JSON and is none is handed on as text, with a warning `not_json`. "
        "A file of the item goes out by `{{ $binary.name }}`: as the body (`raw`), or as a part of a `multipart` form, "
        "with its name and type. `set-cookie` of a reply is a list, other headers are text. A user and a password in "
        "the URL are sent as Basic authentication. Pages are followed by a URL in the body, by the `Link` header, by "
        "page number or by a cursor.",
        output_fields=(("status", "number"), ("headers", "json"), ("body", "json")),
    )

    def effect_of(self, params: Mapping[str, Any]) -> Effect:
        return "read" if params.get("method", "GET") in SAFE else "write"

    async def run(self, params: HttpRequestParams, item: Item, ctx: NodeContext) -> NodeResult:
        request, warnings = await self._request(params, ctx)
        counting = Budget()
        items: list[Item] = []
        pages = Pages.of(params.pagination, request.url)
        url: str | None = pages.first
        seen = set[str]()
        while url is not None and len(items) < params.pagination.max_pages and url not in seen:
            seen.add(url)
            reply = await ctx.http.send(replace(request, url=url))
            _refuse_errors(reply, params)
            shape = Shape(
                format=params.response_format, full=params.full_response, name=params.output_property,
                must_fit=not params.never_fail, encoding=params.response_encoding,
            )  # fmt: skip
            made = await result_of(reply, shape, ctx)
            (item,) = made.outputs["main"]
            if made.size is None:
                counting.take_all([item])
            else:
                counting.add(1, made.size)
            items.append(item)
            warnings += made.warnings
            url = pages.after(reply, item["json"].get("body") if params.full_response else item["json"])
        if url is not None and url not in seen:
            warnings += (("more_pages", "pagination.max_pages", f"There are more than {len(items)} pages"),)
        return NodeResult({"main": items}, size=counting.size, warnings=warnings)

    async def _request(self, params: HttpRequestParams, ctx: NodeContext) -> tuple[Request, Warnings]:
        url, user = without_user(params.url.strip())
        if params.query:
            url = await ctx.compute(_with_query, url, params.query, cost_ms=costs.of_slow_value(params.query, 150))
        headers, warnings = await self._headers(params, ctx)
        body = await encoded(BodyParams(params.body, params.content_type, params.method, params.raw_content_type), ctx)
        if body.is_left_out:
            said = f"A {params.method} is sent without its body; with another content type than auto it has one"
            warnings += (("body_left_out", "body", said),)
        if user is not None and not any(name.lower() == "authorization" for name, _ in headers):
            headers.append(("Authorization", user))
        auth = await ctx.credentials.for_http("auth")
        if auth is not None:
            _check_host(url, auth.hosts)
        return request_of(
            params.method, url, headers=headers, body=body.content, content_type=body.content_type,
            idempotency_key=ctx.idempotency_key, auth=auth or NO_AUTH, timeout_s=params.timeout_s,
            max_redirects=params.max_redirects if params.follow_redirects else 0,
        ), warnings  # fmt: skip

    async def _headers(self, params: HttpRequestParams, ctx: NodeContext) -> tuple[list[tuple[str, str]], Warnings]:
        if not params.headers:
            return [], ()
        cost_ms = costs.of_slow_value(params.headers, 100)
        given = [(name, value) for name, value in await ctx.compute(_texts, params.headers, cost_ms=cost_ms)]
        ours = sorted({name for name, _ in given if name.lower() in FRAMING})
        kept = [pair for pair in given if pair[0].lower() not in FRAMING]
        said = "is not sent: how a call is framed is said by what it holds"
        return kept, tuple(("header_not_sent", f"headers.{name}", f"The header {name} {said}") for name in ours)


def without_user(url: str) -> tuple[str, str | None]:
    """Return a URL without the user and password in it, and the header that says them. Raises: NodeFailed."""
    parts = parts_of(url)
    who, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, None
    user, _, password = who.partition(":")
    pair = unquote_to_bytes(user) + b":" + unquote_to_bytes(password)
    return urlunsplit(parts._replace(netloc=host)), f"Basic {base64.b64encode(pair).decode()}"


def _check_host(url: str, hosts: tuple[str, ...]) -> None:
    """Refuse to take a credential where it is not for. Raises: NodeFailed."""
    parts = parts_of(url)
    if hosts and not is_named(url, hosts):
        asked = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.hostname else "nothing"
        raise NodeFailed("credential_invalid", f"This credential is for {', '.join(hosts)}, not for {asked}; "
                         "a host without a scheme and a port means https and its own port")  # fmt: skip


def _with_query(url: str, query: Pairs) -> str:
    pairs = list(pairs_of(check_size(query, "request")))
    if not pairs:
        return url
    parts = parts_of(url)
    return urlunsplit(parts._replace(query="&".join(part for part in (parts.query, urlencode(pairs)) if part)))


def _texts(headers: Pairs) -> list[tuple[str, str]]:
    """Return headers as they are sent. Raises: NodeFailed."""
    check_size(headers, "request")
    texts = [(name, text_of(value)) for name, value in headers.items() if value is not None]
    if any(ord(char) < 32 for pair in texts for char in "".join(pair)):
        raise NodeFailed("invalid_params", "A header holds characters that it cannot carry")
    return texts


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
