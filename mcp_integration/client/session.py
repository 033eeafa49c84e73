"""One connection to a server: a task of its own opens and closes it, calls of other tasks go side by side over it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import mcp_types as types
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.dispatcher import ProgressFnT
from mcp.shared.exceptions import MCPError

from core.json import dumps_own
from core.version import VERSION
from mcp_integration.client.flow import bounded
from mcp_integration.client.guarded_http import guarded_client
from mcp_integration.client.listing import LIST_BYTES, MOST_TOOLS, Listing
from mcp_integration.client.listing import bounded as bounded_list
from mcp_integration.client.process import over_process
from mcp_integration.client.spec import MESSAGE_BYTES, Link, McpFailed, Outcome, ServerSpec, Tool

R = TypeVar("R")
CLOSE_S = 20
OVERHEAD_BYTES = 4096  # of a message beside its arguments
LOST = frozenset({types.CONNECTION_CLOSED})
MOST_PAGES = 20  # of a list of tools
MOST_TOLD = 2 * LIST_BYTES  # of such pages: more than is kept is not read


class Session:
    """A connection. It is opened at its first use; one that is lost is not opened again: who uses it makes another."""

    def __init__(self, spec: ServerSpec, mode: str = "auto") -> None:
        self._spec = spec
        self._mode = mode
        self._link = Link()
        self._unwanted = asyncio.Event()
        self._opened: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._owner = asyncio.create_task(self._live(), name="mcp session")
        self.calls = 0  # going on now
        self._at_rest = asyncio.Event()

    @property
    def is_over(self) -> bool:
        return self._owner.done() or self._link.lost.is_set() or self._unwanted.is_set()

    async def unused(self) -> None:
        """Wait until no call goes on, or none can."""
        while self.calls and not self.is_over:
            self._at_rest.clear()
            await self._at_rest.wait()

    async def tools(self) -> Listing:
        """Return what the server can do, as far as that is kept. Raises: McpFailed."""
        return await self._used(self._listed, self._spec.timeout_s, "did not list its tools")

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        *,
        timeout_s: float | None = None,
        progress: ProgressFnT | None = None,
    ) -> Outcome:
        """Call a tool; one that fails is an outcome too. Raises: McpFailed."""
        if len(dumps_own(arguments)) > MESSAGE_BYTES - OVERHEAD_BYTES:
            raise McpFailed(f"Arguments of more than {MESSAGE_BYTES} bytes are not sent", code="refused")

        async def called(client: Client) -> Outcome:
            given = dict(arguments)
            return outcome_of(await client.call_tool(name, given, progress_callback=progress))

        return await self._used(called, timeout_s or self._spec.timeout_s, f"did not answer the call of {name[:100]!r}")

    async def close(self) -> None:
        """End the connection, and what was started for it."""
        self._unwanted.set()
        await asyncio.wait([self._owner], timeout=CLOSE_S)
        self._owner.cancel()
        await asyncio.gather(self._owner, return_exceptions=True)

    # -- the task that owns it ---------------------------------------------------------------------------------------
    async def _live(self) -> None:
        try:
            async with connected(self._spec, self._link, self._mode) as client:
                self._opened.set_result(client)
                ends = [asyncio.create_task(event.wait()) for event in (self._unwanted, self._link.lost)]
                try:
                    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for end in ends:
                        end.cancel()
        except asyncio.CancelledError:
            raise
        except BaseException as exc:  # noqa: BLE001 (the SDK raises groups of whatever went wrong below it)
            self._link.lose(reason_of(exc, self._link))
        finally:
            self._link.lose("The connection is closed")
            if not self._opened.done():
                self._opened.set_exception(McpFailed(self._link.fault, is_lost=True))
                self._opened.exception()  # it may be that nobody waits for it

    # -- those who use it --------------------------------------------------------------------------------------------
    async def _used(self, work: Callable[[Client], Awaitable[R]], timeout_s: float, what: str) -> R:
        self.calls += 1
        try:
            try:
                async with asyncio.timeout(max(self._spec.timeout_s, timeout_s)):
                    client = await asyncio.shield(self._opened)
            except TimeoutError as exc:
                self._unwanted.set()
                self._owner.cancel()
                message = f"The server did not open a session in {self._spec.timeout_s:g} s"
                raise McpFailed(message, is_lost=True) from exc
            return await self._answered(work(client), timeout_s, what)
        finally:
            self.calls -= 1
            self._at_rest.set()

    async def _answered(self, working: Awaitable[R], timeout_s: float, what: str) -> R:
        """Wait for an answer as long as the connection is. Raises: McpFailed."""
        task = asyncio.ensure_future(working)
        lost = asyncio.create_task(self._link.lost.wait())
        try:
            await asyncio.wait([task, lost], timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            if lost.done():
                raise McpFailed(self._link.fault, is_lost=True, was_sent=True)
            raise McpFailed(f"The server {what} in {timeout_s:g} s", code="timed_out", was_sent=True)
        except McpFailed:
            raise
        except MCPError as exc:
            if exc.code in LOST or self._link.lost.is_set():
                self._link.lose(str(exc))
                raise McpFailed(self._link.fault, is_lost=True, was_sent=True) from exc
            raise McpFailed(f"The server refused: {exc.message}"[:2000], code="refused") from exc
        except (asyncio.CancelledError, KeyboardInterrupt):
            raise
        except Exception as exc:
            raise McpFailed(reason_of(exc, self._link), code="invalid_answer", was_sent=True) from exc
        finally:
            for one in (task, lost):
                one.cancel()
            await asyncio.gather(task, lost, return_exceptions=True)

    @staticmethod
    async def _listed(client: Client) -> Listing:
        found: list[Tool] = []
        told = 0  # bytes: pages are read until there is more than is kept
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await client.list_tools(cursor=cursor)
            tools = [tool_of(one) for one in page.tools]
            found += tools
            told += sum(len(one.model_dump_json()) for one in page.tools)
            cursor = page.next_cursor
            if not cursor or len(found) > MOST_TOOLS or told > MOST_TOLD:
                break
        return bounded_list(found, goes_on=bool(cursor))


@asynccontextmanager
async def connected(spec: ServerSpec, link: Link, mode: str) -> AsyncIterator[Client]:
    """Open a session and give the SDK's client. Raises: what the SDK raises."""
    async with AsyncExitStack() as stack:
        if spec.transport == "stdio":
            transport: Any = over_process(spec, link)
        else:
            http = guarded_client(spec.headers, spec.private_hosts, spec.timeout_s, link)
            if spec.transport == "sse":
                transport = sse_client(spec.url, httpx_client_factory=lambda *_, **__: http)  # it opens and closes it
            else:
                await stack.enter_async_context(http)
                transport = streamable_http_client(spec.url, http_client=http, max_sse_event_size=MESSAGE_BYTES)
        info = types.Implementation(name="Heddle", version=VERSION)
        client = Client(bounded(transport, link), mode=mode, client_info=info, cache=None)
        async with asyncio.timeout(spec.timeout_s):
            await stack.enter_async_context(client)
        # What a server says of its own answers is not checked: its schemas may hold patterns that take for ever.
        client.session.validate_tool_result = _unchecked  # type: ignore[method-assign]
        yield client


async def _unchecked(name: str, result: types.CallToolResult) -> None:
    """Take a result as it is."""


def reason_of(exc: BaseException, link: Link) -> str:
    """Return in one sentence why something failed: what the connection knows, else what lies deepest in `exc`."""
    if link.fault:
        return link.fault
    while isinstance(exc, BaseExceptionGroup) and exc.exceptions:
        exc = exc.exceptions[0]
    if isinstance(exc, TimeoutError):
        return "The server did not open a session in time"
    if isinstance(exc, McpFailed):
        return exc.message
    return f"{str(exc) or type(exc).__name__}"[:1000]


def tool_of(tool: types.Tool) -> Tool:
    hints = tool.annotations.model_dump(by_alias=True, exclude_none=True) if tool.annotations is not None else {}
    title = {"title": tool.title} if tool.title and "title" not in hints else {}
    return Tool(tool.name, tool.description or "", tool.input_schema, {**title, **hints})


def outcome_of(result: types.CallToolResult) -> Outcome:
    content = [part.model_dump(mode="json", by_alias=True, exclude_none=True) for part in result.content]
    return Outcome(content, result.structured_content, bool(result.is_error))
