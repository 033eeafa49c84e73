"""The MCP server behind the door: stateless, so any web process answers. Imported at its first call, with the SDK."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import mcp_types as types
from asgiref.sync import sync_to_async
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError

from core.errors import WorkflowError
from core.json import dumps_lossy, dumps_text, loads_own
from core.redis.run_ends import wait_until
from core.version import VERSION
from orchestrator.mcp import tools
from orchestrator.mcp.tools import Caller

CALLER = "heddle.mcp_caller"  # in the scope of a request: who was let in
PROGRESS_S = 1.0
URI = "heddle://executions/"
Context = ServerRequestContext[Any, Any]


def manager(most_bytes: int) -> StreamableHTTPSessionManager:
    """Return what answers requests. `Host` and `Origin` are checked by the door."""
    server: Server[Any] = Server(
        "Heddle", version=VERSION, instructions="Each tool runs a workflow. A run that takes longer goes on by itself.",
        on_list_tools=_list_tools, on_call_tool=_call_tool, on_list_resources=_list_resources,
        on_list_resource_templates=_list_templates, on_read_resource=_read_resource,
    )  # fmt: skip
    return StreamableHTTPSessionManager(server, stateless=True, max_request_body_size=most_bytes)


def _caller(ctx: Context) -> Caller:
    found: Caller = ctx.request.scope[CALLER]  # type: ignore[union-attr]  # every request came through the door
    return found


async def _list_tools(ctx: Context, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    found = await _in_thread(tools.tools_of, _caller(ctx))
    return types.ListToolsResult(
        tools=[
            types.Tool(
                name=tool.name, title=tool.title, description=tool.description, input_schema=dict(tool.input_schema)
            )
            for tool in found
        ]
    )


async def _call_tool(ctx: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
    caller = _caller(ctx)
    try:
        execution_id, wait_s = await sync_to_async(tools.begin)(caller, params.name, params.arguments or {})
    except WorkflowError as exc:
        return _result({"code": exc.code, "message": exc.message, **_plain(exc.details)}, is_error=True)
    telling = asyncio.create_task(_tell(ctx, execution_id))
    try:
        await wait_until(str(execution_id), wait_s, lambda: sync_to_async(tools.is_over)(execution_id))
    except asyncio.CancelledError:
        with contextlib.suppress(WorkflowError):
            await asyncio.shield(sync_to_async(tools.stop)(caller, execution_id))
        raise
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    given, failed = await sync_to_async(tools.result_of)(caller, execution_id)
    return _result(given, is_error=failed)


async def _tell(ctx: Context, execution_id: UUID) -> None:
    """Report how far a run is, where the client wants to know; its id comes first."""
    if (ctx.meta or {}).get("progress_token") is None:
        return
    last = -1
    while True:
        done, total = await sync_to_async(tools.progress_of)(execution_id)
        if done > last:
            await ctx.session.report_progress(done, total, f"heddle://executions/{execution_id}")
            last = done
        await asyncio.sleep(PROGRESS_S)


async def _list_resources(ctx: Context, params: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
    rows = await _in_thread(tools.recent, _caller(ctx))
    return types.ListResourcesResult(
        resources=[
            types.Resource(uri=f"{URI}{pk}", name=f"{name or 'Run'} ({status})", mime_type="application/json")
            for pk, name, status in rows
        ]
    )


async def _list_templates(
    ctx: Context, params: types.PaginatedRequestParams | None
) -> types.ListResourceTemplatesResult:
    template = types.ResourceTemplate(
        uri_template=f"{URI}{{id}}", name="Run", description="How a run stands, and what it gave.",
        mime_type="application/json",
    )  # fmt: skip
    return types.ListResourceTemplatesResult(resource_templates=[template])


async def _read_resource(ctx: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
    uri = str(params.uri)
    try:
        execution_id = UUID(uri.removeprefix(URI))
    except ValueError as exc:
        raise MCPError(types.INVALID_PARAMS, "There is no such resource") from exc
    found = await _in_thread(tools.shown, _caller(ctx), execution_id)
    content = types.TextResourceContents(uri=uri, mime_type="application/json", text=dumps_text(found))
    return types.ReadResourceResult(contents=[content])


async def _in_thread(work: Callable[..., Any], *arguments: Any) -> Any:
    """Do work in a thread; what it refuses is an error of the protocol. Raises: MCPError."""
    call: Callable[..., Awaitable[Any]] = sync_to_async(work)
    try:
        return await call(*arguments)
    except WorkflowError as exc:
        raise MCPError(types.INVALID_PARAMS, exc.message, {"code": exc.code}) from exc


def _result(given: dict[str, Any], *, is_error: bool) -> types.CallToolResult:
    text = given.get("message") if is_error else dumps_text(given.get("items", given))
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=str(text))], structured_content=given, is_error=is_error
    )


def _plain(details: dict[str, Any]) -> dict[str, Any]:
    loaded: dict[str, Any] = loads_own(dumps_lossy(details))
    return loaded
