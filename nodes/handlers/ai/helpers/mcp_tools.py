"""The MCP tools helper: what an MCP server can do, or some of it, as tools of an agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from core.json import dumps_own
from nodes.abilities import MCP, MCP_SERVER
from nodes.base import Effect, Look, NodeContext, NodeFailed, NodeParams, NodeResult, Reach
from nodes.handlers.ai.mcp_results import failed, with_files
from nodes.helper_types import ToolSetType
from nodes.helpers import ToolOffer
from nodes.items import Item

MOST_TOOLS = 128  # providers of models take no more
RESULT_BYTES = 64 * 1024  # of what a model is given


class McpToolsParams(NodeParams):
    server_id: str = Field(
        min_length=1,
        max_length=64,
        title="Server",
        description="An MCP server of yours or of the system",
        json_schema_extra={"control": MCP_SERVER},
    )
    tools: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        default=[],
        max_length=MOST_TOOLS,
        title="Tools",
        description="Names of tools, as the server lists them; none: all",
        json_schema_extra={"control": "mcp_tools", "of": "server_id"},
    )


class McpTools(ToolSetType[McpToolsParams]):
    """Tools of an MCP server. Raises: NodeFailed: those of `Mcp`; "mcp_tool_missing", "mcp_too_many_tools"."""

    kind = "mcp_tools"
    effect: ClassVar[Effect] = "write"
    Params = McpToolsParams
    default_timeout_s = 120
    look = Look(
        label="MCP tools",
        description="Gives an agent the tools of an MCP server.",
        category="ai_helpers",
        icon="plug",
        color="#9333ea",
        summary="{{ tools }}",
        aliases=("mcp", "model context protocol", "tools"),
        docs="Servers are added in the settings; see [MCP servers](mcp.md). Each tool keeps its name, made unique in "
        "the slot, its description and its schema. What the server says of itself reaches the model, so take "
        "servers that you trust. At most 128 tools, and of a result 64 KiB; what is left out is said. Each call "
        "is a step. A call that was cut off is made again only if the server calls the tool read-only.",
        output_fields=(("content", "json"), ("structured", "json"), ("truncated", "boolean")),
    )

    async def offers(self, params: McpToolsParams, ctx: Reach) -> Sequence[ToolOffer]:
        listed = {tool.name: tool for tool in await (await ctx.ability(MCP)).tools(params.server_id)}
        missing = [name for name in params.tools if name not in listed]
        if missing:
            raise NodeFailed("mcp_tool_missing", f"The server does not list {missing[0]!r}", tools=missing)
        chosen = list(dict.fromkeys(params.tools)) or list(listed)
        if len(chosen) > MOST_TOOLS:
            message = (
                f"The server lists {len(chosen)} tools, and at most {MOST_TOOLS} are given to a model: choose some"
            )
            raise NodeFailed("mcp_too_many_tools", message, tools=len(chosen), limit=MOST_TOOLS)
        return [
            ToolOffer(tool.name, tool.description, tool.input_schema, "read" if tool.is_read_only else "write")
            for tool in map(listed.__getitem__, chosen)
        ]

    async def use(
        self, params: McpToolsParams, tool: str, arguments: Mapping[str, Any], item: Item, ctx: NodeContext
    ) -> NodeResult:
        outcome = await (await ctx.ability(MCP)).call(params.server_id, tool, arguments)
        if outcome.is_error:
            raise failed(outcome, tool)
        content, binary = await with_files(outcome, ctx)
        return NodeResult.items(
            [{"json": bounded(content, outcome.structured), **({"binary": binary} if binary else {})}]
        )


def bounded(content: Sequence[Mapping[str, Any]], structured: Any) -> dict[str, Any]:
    """Return {"content", "structured", "truncated"} of at most RESULT_BYTES: the last text cut, the rest left out."""
    left, shown, truncated = RESULT_BYTES, list[dict[str, Any]](), False
    for part in content:
        size = len(dumps_own(part))
        if size > left:
            truncated = True
            text = part.get("text")
            if isinstance(text, str) and left > 0:
                shown.append({**part, "text": text.encode("utf-8", "replace")[:left].decode("utf-8", "ignore")})
            break
        shown.append(dict(part))
        left -= size
    if structured is not None and len(dumps_own(structured)) > left:
        # Servers say the same twice, as text and as a structure: where both are too much, the text is kept.
        structured, truncated = None, True
    return {"content": shown, "structured": structured, "truncated": truncated}
