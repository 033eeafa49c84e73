"""Where a node's abilities come from: factories named in the settings, imported at first use, closed with the process.

A factory is called once a process with its `Services` and returns a `Provider`, which gives each turn its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar
from uuid import UUID

from core.http.client import GuardedClient
from core.text.scrubbing import Secrets
from credentials import pacing
from executor.compute.pool import Compute
from executor.compute.pool import Turn as ComputeTurn
from executor.sandbox.pool import Pool
from nodes.abilities import (
    CODE,
    CREDENTIALS,
    FILES,
    HTTP,
    STATE,
    TABLES,
    Ability,
    Credentials,
    Files,
    HttpClient,
)
from nodes.base import NodeFailed

A = TypeVar("A")
InDatabase = Callable[..., Awaitable[Any]]
BUILT_IN = {  # what every process has; these are imported with it
    HTTP.name: "executor.node.http.provider",
    CREDENTIALS.name: "executor.node.credentials.provider",
    FILES.name: "executor.node.files.provider",
    CODE.name: "executor.node.code.provider",
    STATE.name: "executor.node.state_and_tables.state_provider",
    TABLES.name: "executor.node.state_and_tables.tables_provider",
}


class Services:
    """What a process shares among its runs; `abilities` are those of the settings, beside the built-in ones."""

    def __init__(
        self,
        http: GuardedClient,
        in_database: InDatabase,
        sandbox: Pool | None,
        computing: Compute,
        abilities: Mapping[str, str],
    ) -> None:
        self.http = http
        self.in_database = in_database
        self.sandbox = sandbox  # None: user code does not run in this process
        self.computing = computing
        self.abilities = Abilities(self, abilities)

    def pace(self, owner_id: UUID, slots: Mapping[str, str]) -> Callable[[], Awaitable[None]] | None:
        """Return what waits for the rate limits of some credentials, one use each time; None without credentials."""
        if not slots:
            return None

        async def admitted() -> None:
            wait_s = await self.in_database(pacing.reserve, owner_id=owner_id, credential_ids=list(slots.values()))
            if wait_s > 0:
                await asyncio.sleep(wait_s)

        return admitted


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """In whose name an ability is used: the owner, the run, the filled credential slots, what must not leak.

    `key` is that of the turn, and of the item in it: the same in each attempt. `keeps_state` tells whether what the
    node writes into its state is for other runs too. `before_effect` is called before something is changed outside; it
    raises where this process may not any more.
    """

    owner_id: UUID
    slots: Mapping[str, str]
    secrets: Secrets
    computing: ComputeTurn
    execution_id: str | None = None
    workflow_id: UUID | None = None
    node_id: str = ""
    key: str = ""
    keeps_state: bool = False
    before_effect: Callable[[], None] = _nothing


async def _nothing_to_close() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Gives an ability to one turn at a time; `close` ends what it holds, with the process."""

    bound: Callable[[Caller], Any]
    close: Callable[[], Awaitable[None]] = _nothing_to_close


class Abilities:
    """What the nodes of one process may ask for, by name."""

    def __init__(self, services: Services, named: Mapping[str, str]) -> None:
        """`named`: the dotted path of each ability's factory, beside those that are built in."""
        self._services = services
        self._named = {**BUILT_IN, **named}
        self._providers: dict[str, Provider] = {}
        self._loading: dict[str, asyncio.Task[Provider]] = {}

    def at_hand(self, which: Ability[A], caller: Caller) -> A:
        """Return a built-in ability."""
        provider = self._providers.get(which.name)
        if provider is None:
            provider = self._providers[which.name] = self._made(which.name)
        given: A = provider.bound(caller)
        return given

    async def give(self, which: Ability[A], caller: Caller) -> A:
        """Return an ability, imported in a thread at its first use. Raises: NodeFailed "ability_missing"."""
        provider = self._providers.get(which.name)
        if provider is None:
            provider = await asyncio.shield(self._load(which.name))
        given: A = provider.bound(caller)
        return given

    async def close(self) -> None:
        """Close what was opened."""
        await asyncio.gather(*self._loading.values(), return_exceptions=True)
        await asyncio.gather(*(provider.close() for provider in self._providers.values()), return_exceptions=True)

    def _load(self, name: str) -> asyncio.Task[Provider]:
        """Return the one task that imports an ability. One that failed is tried again by who asks next."""
        task = self._loading.get(name)
        if task is None:
            task = self._loading[name] = asyncio.create_task(self._loaded(name), name=f"ability {name}")
        return task

    async def _loaded(self, name: str) -> Provider:
        try:
            provider = self._providers[name] = await asyncio.to_thread(self._made, name)
        finally:
            del self._loading[name]
        return provider

    def _made(self, name: str) -> Provider:
        path = self._named.get(name)
        if path is None:
            raise NodeFailed("ability_missing", f"This installation provides no {name!r}", ability=name)
        module, _, factory = path.rpartition(".")
        try:
            made: Provider = getattr(import_module(module), factory)(self._services)
        except ImportError as exc:
            message = f"What {name!r} needs is not installed: {exc}"
            raise NodeFailed("ability_missing", message, ability=name) from exc
        return made


@dataclass(slots=True)
class Reaching:
    """What an attempt of a node, and a trigger that is asked, may use of the world."""

    abilities: Abilities
    caller: Caller

    async def ability(self, which: Ability[A]) -> A:
        return await self.abilities.give(which, self.caller)

    @property
    def http(self) -> HttpClient:
        return self.abilities.at_hand(HTTP, self.caller)

    @property
    def credentials(self) -> Credentials:
        return self.abilities.at_hand(CREDENTIALS, self.caller)

    @property
    def files(self) -> Files:
        return self.abilities.at_hand(FILES, self.caller)
