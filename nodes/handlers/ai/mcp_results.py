"""What a tool of an MCP server gave, as an item: its files in storage, its words where it failed."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from collections.abc import Mapping
from typing import Any

from nodes.abilities import McpOutcome
from nodes.base import NodeContext, NodeFailed

TEXT_SHOWN = 4000  # characters of a failed tool's words


def failed(outcome: McpOutcome, tool: str) -> NodeFailed:
    """Return the failure of a tool that said it failed."""
    return NodeFailed("mcp_tool_failed", _words(outcome) or "The tool failed", tool=tool)


def _words(outcome: McpOutcome) -> str:
    return "\n".join(str(part.get("text", "")) for part in outcome.content if part.get("type") == "text")[:TEXT_SHOWN]


async def with_files(outcome: McpOutcome, ctx: NodeContext) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the parts of a result with files in storage, and those by name."""
    content: list[dict[str, Any]] = []
    binary: dict[str, Any] = {}
    for part in outcome.content:
        made = dict(part)
        raw = _taken_out(made)
        if raw is not None:
            name = f"file_{len(binary)}"
            kind = _mime_type(made)
            ending = mimetypes.guess_extension(kind) or ""
            binary[name] = await ctx.files.save(raw, file_name=f"{name}{ending}", mime_type=kind)
            made["file"] = name
        content.append(made)
    return content, binary


def _taken_out(part: dict[str, Any]) -> bytes | None:
    """Take the bytes out of a part that holds some. Raises: NodeFailed."""
    resource = part.get("resource")
    encoded = part.pop("data", None)
    if encoded is None and isinstance(resource, Mapping):
        inner: dict[str, Any] = {**resource}
        encoded = inner.pop("blob", None)
        part["resource"] = inner
    if encoded is None:
        return None
    try:
        return base64.b64decode(str(encoded), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise NodeFailed("mcp_tool_failed", "The server sent a file that is no base64") from exc


def _mime_type(part: Mapping[str, Any]) -> str:
    resource: Any = part.get("resource") or {}
    return str(part.get("mimeType") or resource.get("mimeType") or "application/octet-stream")[:100]
