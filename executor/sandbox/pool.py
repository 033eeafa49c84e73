"""The parents of one worker process: started together, attacked, asked in turn, replaced when they are used up."""

from __future__ import annotations

import asyncio
import importlib.metadata
import importlib.util
import logging
import sys
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.fairness.loop_places import FairPlaces
from core.json import NotStorable, dumps
from executor.compute.pieces import written_if_large
from executor.domain import node_time
from executor.isolation.forking import ForkerBroken
from executor.sandbox.attack import weakness_of
from executor.sandbox.outcome import Limits, Outcome, outcome_of
from executor.sandbox.parent import GUEST, Parent, Read

logger = logging.getLogger(__name__)
MOST_CALLS = 1000
TRY_AGAIN_S = 30


class SandboxUnavailable(Exception):
    """User code does not run here; the message says why."""


@dataclass(slots=True)
class State:
    """How the jail stands, for the health page."""

    status: str = "unknown"  # then ok or down
    layers: list[str] = field(default_factory=list[str])
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"status": self.status, "layers": self.layers, "reason": self.reason}


class Pool:
    """So many parents, shared among owners."""

    def __init__(self, size: int, guest: Path = GUEST, python: str = sys.executable) -> None:
        self.state = State()
        self.places = FairPlaces(size)
        self._guest = guest
        self._python = python
        self._engine = "-"
        self._free: list[Parent] = []
        self._all: set[Parent] = set()
        self._starting = asyncio.Lock()
        self._tried_at = float("-inf")
        self._is_closed = False
        self._again: asyncio.TimerHandle | None = None
        self._attack: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start a parent and attack it. Never raises: what is wrong stands in `state`, and it is tried again later.

        It is ended again: a worker that runs no user code keeps no parent for it.
        """
        async with self._starting:
            if self.state.status == "ok" or self._is_closed:
                return
            self._tried_at = asyncio.get_running_loop().time()
            parent: Parent | None = None
            try:
                self._engine = javascript_engine()
                parent = self._made()
                await parent.ready()
                weakness = await weakness_of(parent)
            except (ForkerBroken, OSError) as exc:
                weakness = str(exc) or type(exc).__name__
            if parent is not None:
                self._end(parent)
            if self._is_closed:
                return
            if weakness or parent is None:
                self.state = State("down", [], weakness)
                logger.error("user code does not run here: %s", weakness)
                self._again = asyncio.get_running_loop().call_later(TRY_AGAIN_S, self._start_again)
                return
            self.state = State("ok", list(parent.hello["layers"]))

    def _start_again(self) -> None:
        """Try again without a call: a machine that was too busy for the attack does not stay red for it."""
        self._attack = asyncio.create_task(self.start())

    async def run(
        self, request: Mapping[str, Any], limits: Limits, owner: Hashable = None, read: Read | None = None
    ) -> Outcome:
        """Run user code in a child of its own, when it is the owner's turn. Raises: SandboxUnavailable.

        `read` is given a reply that is too large to be read on the loop.
        """
        try:
            raw = await written_if_large(dict(request)) or dumps(dict(request))
        except (NotStorable, RecursionError) as exc:
            return Outcome("result", message=f"The items cannot be handed over: {exc}"[:500])
        if len(raw) > limits.request_bytes:
            return Outcome("output", message=f"The items are larger than {limits.request_bytes // 2**20} MiB")
        with node_time.not_counted():
            await self._stands()
            await self.places.take(owner)
        try:
            return await self._run(raw, limits, read)
        finally:
            self.places.give_back(owner)

    async def _run(self, raw: bytes, limits: Limits, read: Read | None) -> Outcome:
        with node_time.not_counted():
            parent = await self._parent()
        try:
            reply, report = await parent.call(limits.as_order(), raw, read)
        except ForkerBroken as exc:
            self._end(parent)
            raise SandboxUnavailable(str(exc)) from exc
        except asyncio.CancelledError:
            self._give_back(parent)
            raise
        self._give_back(parent)
        return outcome_of(reply, report, limits)

    async def _stands(self) -> None:
        """Make sure that the jail holds. Raises: SandboxUnavailable."""
        if self.state.status != "ok":
            if asyncio.get_running_loop().time() - self._tried_at > TRY_AGAIN_S or self.state.status == "unknown":
                await self.start()
            if self.state.status != "ok":
                raise SandboxUnavailable(self.state.reason or "the jail has not started")

    async def _parent(self) -> Parent:
        """Return a parent nobody uses; who holds a place finds one or starts one."""
        while self._free:
            parent = self._free.pop()
            if parent.is_alive:
                return parent
            self._end(parent)
        return await self._new()

    async def _new(self) -> Parent:
        parent = self._made()
        try:
            await parent.ready()
        except ForkerBroken as exc:
            self._end(parent)
            raise SandboxUnavailable(str(exc)) from exc
        except BaseException:
            self._end(parent)
            raise
        return parent

    def _made(self) -> Parent:
        if self._is_closed:
            raise ForkerBroken("the pool is closed")
        parent = Parent(self._guest, self._engine, time_zones(), self._python)
        self._all.add(parent)
        return parent

    def _end(self, parent: Parent) -> None:
        self._all.discard(parent)
        parent.kill()

    def _give_back(self, parent: Parent) -> None:
        # Children of one parent share its layout: one that was ended by a signal may have been probing for it.
        if parent.was_hit or parent.calls >= MOST_CALLS or not parent.is_alive or self._is_closed:
            self._end(parent)
        else:
            self._free.append(parent)

    def close(self) -> None:
        """End all parents; calls under way end with them."""
        self._is_closed = True
        if self._again is not None:
            self._again.cancel()
        for parent in list(self._all):
            self._end(parent)


def javascript_engine() -> str:
    """Return the file of QuickJS-ng, "-" where it is not there.

    The package `quickjs` installs a module of the same name whose time limit does not stop a regular expression.
    Raises: ForkerBroken where that one is installed.
    """
    installed = {name for name in ("quickjs", "quickjs-ng") if _is_installed(name)}
    if "quickjs" in installed:
        raise ForkerBroken("the package quickjs is installed, whose time limit does not hold; quickjs-ng is needed")
    spec = importlib.util.find_spec("_quickjs")
    return spec.origin if "quickjs-ng" in installed and spec is not None and spec.origin else "-"


def time_zones() -> str:
    """Return the folder of the time zones we ship, "-" where it is not there."""
    spec = importlib.util.find_spec("tzdata")
    folder = Path(spec.origin).parent / "zoneinfo" if spec is not None and spec.origin else None
    return str(folder) if folder is not None and folder.is_dir() else "-"


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
