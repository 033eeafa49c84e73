"""What a reply becomes: an item with its JSON, its text, or its bytes as a file."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import unquote, unquote_to_bytes

from core.json import NotStorable, TooDeep, loads
from core.values.charsets import charset_of, decoded
from core.values.hosts import readable_parts
from core.values.text_encoding import Kind
from nodes import costs
from nodes.abilities import HttpReply
from nodes.base import NodeContext, NodeFailed, NodeParams, NodeResult
from nodes.handlers.data.text_source import Read, text_in

PLAIN_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1"})  # read at memory's speed


class Shape(NodeParams):
    """How an item is made of a reply: `full` puts status and headers beside the body, else it stands under `name`."""

    format: Literal["auto", "json", "text", "binary"] = "auto"
    full: bool = True
    name: str = "data"
    encoding: str = "auto"
    must_fit: bool = True  # what was to be JSON and is not, is a failure


async def result_of(reply: HttpReply, shape: Shape, ctx: NodeContext) -> NodeResult:
    """Return the one item of a reply. Raises: NodeFailed "http_invalid_json"."""
    kind = reply.headers.get("content-type", "").split(";")[0].strip().lower()
    wanted = shape.format
    if wanted == "auto":
        wanted = "json" if kind.endswith(("/json", "+json")) else ("text" if _is_text(kind, reply.body) else "binary")
    head = {"status": reply.status, "headers": headers_of(reply)} if shape.full else {}
    if wanted == "binary":
        name = file_name_of(reply)
        saved = await ctx.files.save(reply.body, file_name=name, mime_type=kind or "application/octet-stream")
        return NodeResult({"main": [{"json": head, "binary": {shape.name: saved}}]})
    warnings: tuple[tuple[str, str, str], ...] = ()
    charset = charset_of(reply.headers.get("content-type", ""))
    if wanted == "json":
        try:
            return await ctx.compute(of_json, shape, head, reply.body, charset, cost_ms=costs.of_text(reply.body, 40))
        except NodeFailed as exc:
            if (shape.format == "json" and shape.must_fit) or exc.node_code != "http_invalid_json":
                raise
            place = "body" if shape.full else shape.name
            warnings = (("not_json", f"outputs.{place}", f"The reply says it is JSON; as text: {exc.message}"[:500]),)
    is_plain = (shape.encoding or charset or "utf-8").lower() in PLAIN_CHARSETS
    cost_ms = costs.of_text(reply.body, 3 if is_plain else 60)
    said: Kind = "html" if "html" in kind else "xml" if kind.endswith("xml") else "text"
    made = await ctx.compute(of_text, shape, head, reply.body, charset, said, cost_ms=cost_ms)
    return replace(made, warnings=(*warnings, *made.warnings)) if warnings else made


def headers_of(reply: HttpReply) -> dict[str, Any]:
    """Return the headers of a reply by name: text, and a list for Set-Cookie, of which each is a value by itself."""
    headers: dict[str, Any] = dict(reply.headers)
    if "set-cookie" in headers:
        headers["set-cookie"] = list(reply.cookies) or [headers["set-cookie"]]
    return headers


_FILE_NAME = re.compile(
    r"""filename\*\s*=\s*([\w-]*)'[^']*'([^;\s]+)|filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))""", re.I
)


def file_name_of(reply: HttpReply) -> str:
    """Return the name of a file: as the server says it, else as the address ends. Source: RFC 6266, RFC 8187."""
    found = sorted(_FILE_NAME.findall(reply.headers.get("content-disposition", "")[:2000]), key=lambda one: not one[1])
    name = ""
    if found:
        charset, encoded, quoted, plain = found[0]
        name = decoded(unquote_to_bytes(encoded), charset) if encoded else re.sub(r"\\(.)", r"\1", quoted) or plain
    name = name or unquote(readable_parts(reply.url).path.rsplit("/", 1)[-1])
    name = re.sub(r"[\x00-\x1f\x7f]", "", name.replace("\\", "/")).rsplit("/", 1)[-1].strip()
    return name[:200] if name.strip(".") else "download"


def of_json(shape: Shape, head: dict[str, Any], body: bytes, charset: str | None = None) -> NodeResult:
    """Return the item of a reply that is JSON. Raises: NodeFailed "http_invalid_json"."""
    read = text_in(body, "json", shape.encoding, charset)
    try:
        made = _made(shape, head, loads(read.text) if read.text.strip() else None)
    except NotStorable as exc:
        code = "invalid_output" if isinstance(exc, TooDeep) else "http_invalid_json"
        raise NodeFailed(code, f"The reply is not JSON that can be kept: {exc}") from exc
    return replace(made, warnings=_warnings(shape, read))


def of_text(shape: Shape, head: dict[str, Any], body: bytes, charset: str | None, kind: Kind = "text") -> NodeResult:
    """Return the item of a reply that is text."""
    read = text_in(body, kind, shape.encoding, charset)
    return replace(_made(shape, head, read.text), warnings=_warnings(shape, read))


def _warnings(shape: Shape, read: Read) -> tuple[tuple[str, str, str], ...]:
    place = "body" if shape.full else shape.name
    return tuple(read.warnings(place, f"outputs.{place}"))


def _made(shape: Shape, head: dict[str, Any], body: Any) -> NodeResult:
    if shape.full:
        return NodeResult({"main": [{"json": {**head, "body": body}}]})
    return NodeResult({"main": [{"json": body if isinstance(body, dict) else {shape.name: body}}]})


def _is_text(kind: str, body: bytes) -> bool:
    if kind.startswith("text/") or kind.endswith(("xml", "javascript", "x-www-form-urlencoded")) or not body:
        return True
    return not kind and b"\x00" not in body[:1000]
