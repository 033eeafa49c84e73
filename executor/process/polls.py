"""Polls and registrations of triggers: what they may use of the world, bound to one owner and one loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings

from core.http.client import GuardedClient
from core.http.resolve import BlockedAddress, allowed_hosts, checked_address
from core.text.scrubbing import Secrets, scrubbed, scrubbed_text
from executor.compute.pool import Compute
from executor.domain import node_time
from executor.node.providing import Caller, Reaching, Services
from executor.process.worker import run_in_database
from nodes.base import NodeFailed, Reach
from nodes.polling import Polled, PollType

A = TypeVar("A")
R = TypeVar("R")
LIMIT_S = 90  # what a mailbox takes, reading the last of its messages, and marking them
COMPUTE_S = 15  # for one message, one feed


@dataclass(slots=True)
class Context(Reaching):
    """One poll's context."""

    now: datetime
    folders: Sequence[Path]
    until: float  # by the loop's clock

    def left_s(self) -> float:
        return self.until - asyncio.get_running_loop().time()

    async def address_of(self, host: str, port: int) -> str:
        try:
            return await checked_address(host, port, allowed_hosts(settings.HTTP_ALLOWED_PRIVATE_HOSTS))
        except BlockedAddress as exc:
            raise NodeFailed("ssrf_blocked", str(exc)) from exc
        except OSError as exc:
            raise NodeFailed("unreachable", str(exc), retryable=True) from exc

    async def compute(self, work: Callable[..., R], *arguments: Any, cost_ms: float) -> R:
        try:
            async with node_time.Limited(COMPUTE_S):
                return await self.caller.computing.call(work, arguments, cost_ms)
        except TimeoutError as exc:
            raise NodeFailed("node_timeout", f"What was found takes longer than {COMPUTE_S} s to read") from exc

    async def in_thread(self, work: Callable[[], R]) -> R:
        return await asyncio.to_thread(work)


async def _in_database(work: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    return await asyncio.to_thread(run_in_database, work, *arguments, **keywords)


@dataclass(frozen=True, slots=True)
class Asked:
    """A trigger that is asked: its type, its params, for whom and with which credentials."""

    type: PollType[Any]
    params: Mapping[str, Any]
    owner_id: UUID
    slots: Mapping[str, str]
    now: datetime


def reach(
    *, owner_id: UUID, slots: Mapping[str, str], now: datetime, work: Callable[[Reach], Coroutine[Any, Any, R]],
    limit_s: float, secret: str,
) -> R:  # fmt: skip
    """Do work for a trigger with what a poll may use; `secret` is left out of what it raises. Raises: NodeFailed."""
    secrets = Secrets()
    secrets.add([secret])
    return _within(owner_id, slots, now, work, limit_s, secrets)


def poll(asked: Asked, cursor: Mapping[str, Any] | None) -> Polled:
    """Look for what is new, up to its limit. Raises: NodeFailed."""
    params = asked.type.Params.model_validate(asked.params)

    async def ask(ctx: Context) -> Polled:
        found = await asked.type.poll(params, cursor, ctx)
        secrets = ctx.caller.secrets
        failure = found.failure and _without(secrets, found.failure)
        return replace(found, warning=scrubbed_text(found.warning, secrets), failure=failure)

    return _with_context(asked, ask)


def sample(asked: Asked) -> Sequence[dict[str, Any]]:
    """Return a few of what is there. Raises: NodeFailed."""
    params = asked.type.Params.model_validate(asked.params)
    return _with_context(asked, lambda ctx: asked.type.sample(params, ctx))


def _without(secrets: Secrets, exc: NodeFailed) -> NodeFailed:
    """Return a failure that names no secret."""
    text, details = scrubbed_text(exc.message, secrets), scrubbed(exc.details, secrets)
    return NodeFailed(exc.node_code, text, retryable=exc.retryable, retry_after_s=exc.retry_after_s, **details)


def _with_context(asked: Asked, work: Callable[[Context], Coroutine[Any, Any, R]]) -> R:
    return _within(asked.owner_id, asked.slots, asked.now, work, LIMIT_S, Secrets())


def _within(
    owner_id: UUID, slots: Mapping[str, str], now: datetime, work: Callable[[Context], Coroutine[Any, Any, R]],
    limit_s: float, secrets: Secrets,
) -> R:  # fmt: skip
    folders = [Path(folder).resolve() for folder in settings.WATCH_FOLDERS]

    async def go() -> R:
        client = GuardedClient(settings.HTTP_ALLOWED_PRIVATE_HOSTS)
        compute = Compute(1, settings.COMPUTE_MEMORY_MB * 2**20)
        abilities = Services(client, _in_database, None, compute, settings.NODE_ABILITIES).abilities
        try:
            async with asyncio.timeout(limit_s):
                computing = compute.turn(owner_id)
                caller = Caller(owner_id=owner_id, slots=slots, secrets=secrets, computing=computing)
                until = asyncio.get_running_loop().time() + limit_s
                return await work(Context(abilities, caller, now, folders, until))
        except TimeoutError as exc:
            raise NodeFailed("node_timeout", f"There was no answer in {limit_s:g} s", retryable=True) from exc
        except NodeFailed as exc:
            raise _without(secrets, exc) from None
        finally:
            await abilities.close()
            compute.close()
            await client.close()

    return asyncio.run(go())
