"""What is kept of the list that a server gives of its tools: bounded, and with what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.json import dumps_lossy
from core.text.scrubbing import Secrets
from mcp_integration.client.spec import Tool

MOST_TOOLS = 500
LONGEST_NAME = 200
DESCRIPTION_BYTES = 4 * 1024
SCHEMA_BYTES = 64 * 1024
LIST_BYTES = 1024 * 1024
HINTS = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")


@dataclass(frozen=True, slots=True)
class Listing:
    """The tools of a server; `omitted` counts those it named beyond what is kept."""

    tools: tuple[Tool, ...]
    omitted: int = 0


def masked(tool: Tool, secrets: Secrets) -> Tool:
    """Return a tool without secrets, also one whose beginning is left where a text was cut; names of parts stay."""
    mask, description = secrets.masked, secrets.masked_text(tool.description)
    if "description" in tool.left_out:
        description = description[: len(description) - secrets.begun_at_the_end_of(description)]
    return replace(
        tool, name=mask(tool.name), description=description, input_schema=mask(tool.input_schema),
        annotations={name: mask(value) for name, value in tool.annotations.items()},
    )  # fmt: skip


def read(stored: Iterable[Mapping[str, Any]]) -> tuple[Tool, ...]:
    """Return tools from their records; older ones do not say what was left out, and may be longer."""
    return tuple(Tool(**tool) for tool in stored)


def bounded(tools: Iterable[Tool], *, goes_on: bool = False) -> Listing:
    """Return what is kept of a list; `goes_on`: the server would have told more, which counts as one."""
    kept: list[Tool] = []
    left, omitted = LIST_BYTES, int(goes_on)
    for tool in map(_bounded, tools):
        size = len(dumps_lossy(tool.as_dict()))
        # A name that is cut would be another tool's.
        if len(kept) >= MOST_TOOLS or size > left or not 0 < len(tool.name) <= LONGEST_NAME:
            omitted += 1
            continue
        kept.append(tool)
        left -= size
    return Listing(tuple(kept), omitted)


def _bounded(tool: Tool) -> Tool:
    left_out: list[str] = []
    description = tool.description.encode("utf-8", "replace")
    if len(description) > DESCRIPTION_BYTES:
        left_out.append("description")
    schema = tool.input_schema
    if len(dumps_lossy(schema)) > SCHEMA_BYTES:
        left_out.append("input_schema")
        schema = {"type": "object"}
    hints = {name: value for name, value in tool.annotations.items() if name in HINTS and isinstance(value, bool)}
    title = tool.annotations.get("title")
    titled = {"title": title} if isinstance(title, str) and 0 < len(title) <= LONGEST_NAME else {}
    return replace(
        tool,
        description=description[:DESCRIPTION_BYTES].decode("utf-8", "ignore"),
        input_schema=schema,
        annotations={**titled, **hints},
        left_out=tuple(left_out),
    )
