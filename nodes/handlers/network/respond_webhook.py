"""The node that answers the webhook call which started the run."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator

from core.json import NotStorable, dumps, loads
from core.values.kinds import is_list
from core.web.answers_of_users import cookie_of, passed, readable_type, redirect_target
from nodes import costs
from nodes.base import BatchNodeType, Look, NodeContext, NodeFailed, NodeParams, NodeResult
from nodes.budget import check_size
from nodes.items import Items

HEADER_DROPPED = "header_dropped"
NO_COOKIES = (
    "The answer goes without its cookies: webhooks are answered on the editor's own host, whose cookies they would be. "
    "The operator can give them a host of their own (HEDDLE_HOOKS_URL)"
)
NOT_THIS_COOKIE = "The answer goes without a cookie that is for a whole domain, or that cannot be read"


class RespondParams(NodeParams):
    respond_with: Literal["auto", "first_item", "all_items", "json", "text", "no_data", "redirect", "binary"] = Field(
        default="auto", title="Answer with", description="auto: the body if there is one, else the first item"
    )
    status: int = Field(default=200, ge=100, le=599, title="Status")
    headers: dict[str, Any] = Field(default={}, title="Headers")
    body: Any = Field(default=None, title="Body")
    redirect_url: str = Field(default="", title="Redirect to")
    binary_property: str = Field(default="data", title="Binary field")

    @field_validator("headers")
    @classmethod
    def _plain(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name, given in value.items():
            if any(isinstance(one, (dict, list)) for one in (given if is_list(given) else [given])):
                raise ValueError(f"the header {name!r} is no text or number")
            if any(ord(char) < 32 or ord(char) == 127 for text in (name, *_texts(given)) for char in text):
                raise ValueError("a header holds characters that it cannot carry")
        return value


def _texts(given: Any) -> list[str]:
    """Return the values of a header: null is none, a list several."""
    several = given if is_list(given) else [given]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in several if one is not None]


class RespondWebhook(BatchNodeType[RespondParams]):
    """Answer the caller; the run goes on. Only the first answer of a run counts."""

    kind = "respond_webhook"
    effect = "write"
    stays = True
    answers = True
    Params = RespondParams
    look = Look(
        label="Respond to Webhook",
        description="Answers the call that started the run.",
        category="network",
        icon="reply",
        color="#2563eb",
        summary="{{ status }} {{ respond_with }}",
        aliases=("answer", "reply", "response"),
        docs="For webhooks whose answer is `respond_node`. Items go on unchanged. Headers that act on the whole site, "
        "as security policies, are left out with a warning, and HTML is shown without scripts and forms. Cookies "
        "(`Set-Cookie`, a list for several) go out where webhooks have a host of their own, for their owner's paths.",
    )

    async def run_all(self, params: RespondParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        items = inputs.get("main") or []
        content, kind = await _content(params, items, ctx)
        given = {name: _texts(value) for name, value in params.headers.items()}
        cookies = [one for name, several in given.items() if name.lower() == "set-cookie" for one in several]
        plain = {
            name: ", ".join(several) for name, several in given.items() if several and name.lower() != "set-cookie"
        }
        headers, left_out = passed(plain)
        named = next((headers.pop(name) for name in list(headers) if name.lower() == "content-type"), kind)
        status = params.status
        if params.respond_with == "redirect":
            target = redirect_target(params.redirect_url)
            if target is None:
                raise NodeFailed("invalid_params", "redirect_url must be an address of http or https, or begin with /")
            status = status if 300 <= status < 400 else 302
            headers["Location"] = target
        await ctx.respond({
            "status": status, "headers": headers, "content_type": readable_type(named),
            "content": content, "cookies": cookies,
        })  # fmt: skip
        warnings = [(HEADER_DROPPED, f"params.headers.{name}", f"The answer goes without the header {name}: it may "
                     "not be set") for name in left_out]  # fmt: skip
        if cookies and not ctx.answers_apart:
            warnings.append((HEADER_DROPPED, "params.headers.Set-Cookie", NO_COOKIES))
        elif any(cookie_of(cookie, "/") is None for cookie in cookies):
            warnings.append((HEADER_DROPPED, "params.headers.Set-Cookie", NOT_THIS_COOKIE))
        kept = [{**item, "pairedItem": {"item": at}} for at, item in enumerate(items)]
        return NodeResult({"main": kept}, warnings=tuple(warnings))


async def _content(params: RespondParams, items: Items, ctx: NodeContext) -> tuple[str, str]:
    """Return (content in base64, its type). Raises: NodeFailed."""
    kind: str = params.respond_with
    body: Any = params.body
    if kind == "auto":
        kind = "first_item" if body is None else ("text" if isinstance(body, str) else "json")
    if kind == "binary":
        reference = items[0].get("binary", {}).get(params.binary_property) if items else None
        if reference is None:
            raise NodeFailed("file_missing", f"The first item has no file {params.binary_property!r}")
        content = await ctx.files.load(reference)
        text = await ctx.compute(in_base64, content, cost_ms=costs.of_bytes(len(content), 7))
        return text, str(reference.get("mime_type") or "application/octet-stream")
    if kind == "first_item":
        kind, body = "items", items[0]["json"] if items else {}
    elif kind == "all_items":
        kind, body = "items", [item["json"] for item in items]
    elif kind not in ("json", "text"):
        return "", "text/plain"
    cost_ms = costs.of_text(body, 60) if isinstance(body, str) else costs.of_value(body)
    text = await ctx.compute(written, kind, body, cost_ms=cost_ms)
    return text, "text/plain; charset=utf-8" if kind == "text" else "application/json"


def in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def written(kind: str, body: Any) -> str:
    """Return what is answered, in base64: as text, JSON made of a text or of a value, or items. Raises: NodeFailed."""
    if kind == "text":
        return in_base64(body.encode() if isinstance(body, str) else dumps(check_size(body, "answer")))
    if kind == "items":
        return in_base64(dumps(body))
    try:
        return in_base64(dumps(loads(body) if isinstance(body, str) else check_size(body, "answer")))
    except NotStorable as exc:
        raise NodeFailed("invalid_params", f"The body is not JSON: {exc}") from exc
