"""The body of a call: JSON, a form, several parts with files among them, or bytes as they are.

A value that refers to a file of an item stands for that file where bytes can travel: as a part of its own, or as the
whole body.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard
from urllib.parse import urlencode

from core.json import NotStorable, dumps, loads
from core.values.compare import text_of as value_as_text
from core.values.dispositions import base_name, form_part
from core.values.kinds import is_list, is_object
from nodes import costs
from nodes.base import NodeContext, NodeFailed
from nodes.budget import check_size

Pairs = Mapping[str, Any]
BodyKind = Literal["auto", "json", "form", "multipart", "raw"]
MOST_PARTS = 1000
MOST_BYTES = 64 * 1024 * 1024
NO_BODY = ("GET", "HEAD")
ANYTHING = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class BodyParams:
    """What a node says of its body; `raw_kind` is the type of a raw one."""

    body: Any
    kind: BodyKind
    method: str
    raw_kind: str


@dataclass(frozen=True, slots=True, repr=False)
class Encoded:
    """A body as it goes over the wire, and its Content-Type. `is_left_out`: there was one, and it is not sent."""

    content: bytes | None
    content_type: str = ""
    is_left_out: bool = False


async def encoded(params: BodyParams, ctx: NodeContext) -> Encoded:
    """Return a body with the files it refers to. Raises: NodeFailed."""
    body, kind = params.body, params.kind
    if is_file(body) and kind in ("auto", "raw"):
        if params.method in NO_BODY and kind == "auto":
            return Encoded(None, is_left_out=True)
        return Encoded(await _loaded(ctx, body, 0), str(body.get("mime_type") or ANYTHING))
    if isinstance(body, str) and kind != "json":
        return _sent(encoded_value(body, kind, params.method, params.raw_kind))
    if kind == "multipart" and is_object(body):
        return await _multipart(body, ctx)
    cost_ms = costs.of_text(body, 50) if isinstance(body, str) else costs.of_slow_value(body, 150)
    made = await ctx.compute(encoded_value, body, kind, params.method, params.raw_kind, cost_ms=cost_ms)
    return _sent(made)


def _sent(made: Sequence[Any]) -> Encoded:
    text, kind, is_left_out = made
    return Encoded(None if text is None else text.encode(), kind, is_left_out)


def encoded_value(body: Any, kind: BodyKind, method: str, raw_kind: str) -> tuple[str | None, str, bool]:
    """Return a body without files as text, its type, and whether it is left out. Raises: NodeFailed."""
    if body is None or (method in NO_BODY and kind == "auto"):
        return None, "", body not in (None, "", {}, [])
    if kind == "auto":
        kind = "raw" if isinstance(body, str) else "json"
    if kind == "json":
        return _json(body), "application/json", False
    if kind == "raw":
        return text_of(body), raw_kind, False
    if not is_object(body):
        raise NodeFailed("invalid_params", "A form's body must be an object")
    return urlencode(list(pairs_of(check_size(body, "body")))), "application/x-www-form-urlencoded", False


def _json(body: Any) -> str:
    if isinstance(body, str):
        try:
            body = loads(body)
        except NotStorable as exc:
            raise NodeFailed("invalid_params", f"The body is not JSON: {exc}") from exc
    return dumps(check_size(body, "body")).decode()


def is_file(value: Any) -> TypeGuard[dict[str, Any]]:
    """Tell whether a value refers to a file of an item."""
    return is_object(value) and "id" in value and value.get("url") == f"/api/orchestrator/blobs/{value['id']}/"


def pairs_of(values: Pairs) -> Iterator[tuple[str, str]]:
    """Yield names with values as text; a list gives its name several times, null none."""
    for name, value in _each(values):
        yield name, text_of(value)


def _each(values: Pairs) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        for entry in value if is_list(value) else [value]:
            if entry is not None:
                yield name, entry


def text_of(value: Any) -> str:
    """Return a value as a form or an address has it. Raises: NodeFailed."""
    return dumps(check_size(value, "body")).decode() if isinstance(value, (dict, list)) else value_as_text(value)


# -- several parts -----------------------------------------------------------------------------------------------------
async def _multipart(body: Pairs, ctx: NodeContext) -> Encoded:
    check_size(body, "body")
    parts: list[tuple[str, bytes]] = []
    named = hashlib.sha256()  # the same for the same call made again
    left = MOST_BYTES
    for number, (name, value) in enumerate(_each(body)):
        if number == MOST_PARTS:
            raise NodeFailed("invalid_params", f"A body of parts has at most {MOST_PARTS:,} of them", field="body")
        if is_file(value):
            file_name = base_name(str(value.get("file_name") or "")) or "file"
            kind = "".join(str(value.get("mime_type") or ANYTHING).split("\r")[0].split("\n")[0])
            head = f"Content-Disposition: {form_part(name, file_name)}\r\nContent-Type: {kind}"
            content = await _loaded(ctx, value, MOST_BYTES - left)
            named.update(str(value["id"]).encode())
        else:
            head, content = f"Content-Disposition: {form_part(name)}", text_of(value).encode()
            named.update(content)
        left -= len(content)
        named.update(head.encode())
        parts.append((head, content))
    boundary = f"----heddle-{named.hexdigest()[:40]}"
    while any(boundary.encode() in content for _, content in parts):
        boundary += "-"
    return Encoded(_joined(parts, boundary), f"multipart/form-data; boundary={boundary}")


def _joined(parts: list[tuple[str, bytes]], boundary: str) -> bytes:
    pieces: list[bytes] = []
    for head, content in parts:
        pieces += [f"--{boundary}\r\n{head}\r\n\r\n".encode(), content, b"\r\n"]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()])


async def _loaded(ctx: NodeContext, reference: Mapping[str, Any], taken: int) -> bytes:
    size = reference.get("size_bytes")
    if isinstance(size, int) and taken + size > MOST_BYTES:
        raise NodeFailed("request_too_large", f"The files are larger than {MOST_BYTES} bytes together")
    return await ctx.files.load(reference)
