"""The tools of all servers of somebody: side by side, with one end for all; who did not answer by then is named."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core.errors import Forbidden, WorkflowError
from core.json import dumps_lossy
from core.text.scrubbing import Secrets
from mcp_integration import apart, asking
from mcp_integration.asking import Told
from mcp_integration.client.listing import Listing
from mcp_integration.client.spec import McpFailed
from mcp_integration.models import McpServer

WITHIN_S = 30  # for all servers together
AT_ONCE = 3  # of the places that a web process has for asking: one is left for others
MOST_BYTES = 8 * 1024 * 1024  # of one answer


@dataclass(slots=True)
class AllTold:
    """Tools of many servers, how many more they named, and those that were not listed, with the reason."""

    tools: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    omitted: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _bytes: int = 0

    def add(self, server: McpServer, told: Told) -> None:
        size = len(dumps_lossy([{**tool, "server_id": str(server.pk)} for tool in told.tools]))
        if self._bytes + size > MOST_BYTES:
            self.missed(server, "too_large")
            return
        self._bytes += size
        self.tools += told.tools
        self.omitted += told.omitted

    def missed(self, server: McpServer, code: str) -> None:
        self.errors.append({"server_id": server.pk, "code": code})


@dataclass(frozen=True, slots=True)
class _Asking:
    server: McpServer
    secrets: Secrets
    answer: Future[Listing]


def tools_of_all(
    *,
    servers: Iterable[McpServer],
    user_id: UUID,
    refresh: bool,
    check_may_run: Callable[[], None],
    now: datetime,
) -> AllTold:
    """Return the tools of many servers, asked where what is kept of them is old. Raises: ScopeMissing for a refresh."""
    until = time.monotonic() + WITHIN_S
    if refresh:
        check_may_run()
    told = AllTold()
    anew: list[McpServer] = []
    for server in servers:
        if not refresh and asking.is_fresh(server, now):
            told.add(server, asking.kept_by(server))
        else:
            anew.append(server)
    try:
        check_may_run()
    except Forbidden as exc:
        for server in anew:
            if server.tools_cached_at is None:
                told.missed(server, exc.code)
            else:
                told.add(server, asking.kept_by(server))
        return told
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mcp-lists") as threads:
        # Threads wait for processes alone: what is in the database is read and written here.
        for one in list(_begun(threads, anew, user_id, until, told)):
            _add(told, one)
    return told


def _begun(
    threads: ThreadPoolExecutor, servers: Iterable[McpServer], user_id: UUID, until: float, told: AllTold
) -> Iterator[_Asking]:
    for server in servers:
        if time.monotonic() >= until:
            told.missed(server, "not_asked")
            continue
        try:
            spec, secrets = asking.prepared(server)
        except WorkflowError as exc:
            told.missed(server, exc.code)
            continue

        def ask(spec: Any = spec) -> Listing:
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise McpFailed("There was no time left to ask it", code="not_asked")
            return apart.list_tools(spec, owner=user_id, within_s=left_s)

        yield _Asking(server, secrets, threads.submit(ask))


def _add(told: AllTold, one: _Asking) -> None:
    try:
        told.add(one.server, asking.keep(one.server, one.answer.result(), one.secrets))
    except McpFailed as exc:
        # One that only had less time than it is given otherwise has not failed.
        is_late = exc.code in ("timed_out", "not_asked", "busy")
        code = exc.code if is_late else asking.problem_of(one.server, exc, one.secrets).code
        told.missed(one.server, code)
