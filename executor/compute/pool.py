"""Where a worker lets its nodes compute: places shared among owners, a zygote while there is work, a child per turn.

turn of a node ─▶ place, as it is the owner's turn ─▶ child, forked ahead ─▶ calls … ─▶ the turn is over: it ends
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from core.fairness.loop_places import FairPlaces
from core.json import NotStorable
from executor.compute import talk, wire
from executor.compute.outcome import fallen, told
from executor.domain import node_time
from executor.isolation.forking import Child, Forker, ForkerBroken
from nodes.base import NodeFailed

logger = logging.getLogger(__name__)
R = TypeVar("R")
HERE_MS = 15.0  # what is thought to take less is done on the loop: a call in a child costs 2
LIMIT_S = 60.0  # where the node has no time limit of its own
IDLE_S = 30.0  # a zygote without work ends
LATER_S = 0.5  # a node's own limit speaks first
LINGER_S = 0.05  # a child waits so long for the next call of its turn
INPUT_SHARE = 8  # values take about ten times the memory of their JSON
TRIES = 2
ROOT = Path(__file__).resolve().parents[2]


class Compute:
    """The compute processes of one event loop."""

    def __init__(
        self, places: int = 4, memory_bytes: int = 512 * 2**20, output_bytes: int = 64 * 2**20,
        python: str = sys.executable,
    ) -> None:  # fmt: skip
        self.places = FairPlaces(places)
        self.memory_bytes = memory_bytes
        self.output_bytes = output_bytes
        self._python = python
        self._zygote: Forker | None = None
        self._starting = asyncio.Lock()
        self._modules: set[str] = set()
        self._turns: set[Turn] = set()  # that hold a child
        self._idle: asyncio.TimerHandle | None = None
        self._is_closed = False

    def turn(self, owner: Hashable) -> Turn:
        """Return where one turn of a node computes; it costs nothing until it has to leave the loop."""
        return Turn(self, owner)

    @property
    def process_id(self) -> int | None:
        """Return the zygote's process id, while there is one."""
        return self._zygote.process.pid if self._zygote is not None and self._zygote.is_alive else None

    async def child_for(self, module: str) -> tuple[Forker, Child]:
        """Return a child that knows a module, and who forked it. Raises: NodeFailed."""
        self._modules.add(module)
        problem = ""
        for _ in range(TRIES):
            try:
                zygote = await self._ready()
                child = zygote.take(self._order())
                zygote.fork_ahead(self._order())
            except (ForkerBroken, OSError) as exc:
                problem = str(exc)
                self._drop(self._zygote)
            else:
                return zygote, child
        raise NodeFailed("compute_unavailable", f"The compute processes do not start: {problem}", retryable=True)

    def _order(self) -> Mapping[str, Any]:
        return {"modules": sorted(self._modules)}

    async def _ready(self) -> Forker:
        async with self._starting:
            if self._zygote is not None and self._zygote.is_alive:
                return self._zygote
            self._drop(self._zygote)
            if self._is_closed:
                raise NodeFailed("compute_unavailable", "This worker is shutting down", retryable=True)
            self._zygote = zygote = Forker(self._command, _environment())
            await zygote.ready()
            return zygote

    def _command(self, control: int) -> list[str]:
        arguments = [str(control), str(os.getpid()), str(self.memory_bytes)]
        return [self._python, "-m", "executor.compute.zygote", *arguments]

    def lost(self, zygote: Forker) -> None:
        """Give a zygote up that says nothing any more; the next call starts another one."""
        self._drop(zygote)

    def _drop(self, zygote: Forker | None) -> None:
        if self._zygote is zygote:
            self._zygote = None
        if zygote is not None:
            zygote.kill()

    def begun(self, turn: Turn) -> None:
        """A turn holds a child from here on."""
        self._turns.add(turn)
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def ended(self, turn: Turn) -> None:
        """It does not hold it any more."""
        self._turns.discard(turn)
        if not self._turns and not self._is_closed:
            self._idle = asyncio.get_running_loop().call_later(IDLE_S, self.rest)

    def rest(self) -> None:
        """End the zygote, if there is no work; the next call starts another one."""
        if self._zygote is not None and not self._turns:
            self._drop(self._zygote)

    def close(self) -> None:
        """End all; calls under way end with it."""
        self._is_closed = True
        if self._idle is not None:
            self._idle.cancel()
        if self._zygote is not None:
            self._drop(self._zygote)
        for turn in list(self._turns):
            if not turn.is_busy:  # else its call hears that the child is gone
                turn.close()


class Turn:
    """One turn of a node: what it computes, on the loop or in the one child it gets. Close it when the turn is over."""

    def __init__(self, compute: Compute, owner: Hashable) -> None:
        self._compute = compute
        self._owner = owner
        self._one_at_a_time = asyncio.Lock()
        self._held: tuple[Forker, Child] | None = None
        self._linger: asyncio.TimerHandle | None = None

    @property
    def is_busy(self) -> bool:
        return self._one_at_a_time.locked()

    async def call(self, work: Callable[..., R], arguments: tuple[Any, ...], cost_ms: float) -> R:
        """Do pure work: here where it is small, else in a child.

        Raises: NodeFailed: what the work raises, "compute_memory", "compute_timeout", "compute_crash",
        "invalid_output", "compute_unavailable" (retryable).
        """
        if cost_ms <= HERE_MS:
            return work(*arguments)
        with node_time.not_counted():
            await self._one_at_a_time.acquire()
        try:
            return await self._called(work, arguments)
        finally:
            self._one_at_a_time.release()

    async def _called(self, work: Callable[..., R], arguments: tuple[Any, ...]) -> R:
        """Make a call in a child; once more where the zygote was lost with it: pure work has no effect."""
        input_bytes = sum(map(_size, arguments))
        if input_bytes > self._compute.memory_bytes // INPUT_SHARE:
            raise NodeFailed("compute_memory", "The input is larger than what may be computed on")
        head: dict[str, Any] = {"function": f"{work.__module__}:{work.__qualname__}", "input_bytes": input_bytes}
        for attempt in range(1, TRIES + 1):
            zygote, child = await self._child(work.__module__)
            try:
                return cast("R", await self._asked(zygote, child, head, arguments))
            except ForkerBroken as exc:
                self._compute.lost(zygote)
                self.close()
                if attempt == TRIES:
                    message = "The compute processes went down"
                    raise NodeFailed("compute_unavailable", message, retryable=True) from exc
                logger.warning("the process that forks compute children was lost; its calls are made again")
        raise AssertionError("unreachable")

    async def _child(self, module: str) -> tuple[Forker, Child]:
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None
        if self._held is not None and module in self._held[1].order["modules"]:
            return self._held
        self.close()
        with node_time.not_counted():
            await self._compute.places.take(self._owner)
            self._compute.begun(self)
            try:
                self._held = await self._compute.child_for(module)
            finally:
                if self._held is None:
                    self._freed()
        return self._held

    async def _asked(self, zygote: Forker, child: Child, head: dict[str, Any], arguments: tuple[Any, ...]) -> Any:
        limit_s = node_time.left_s(LIMIT_S)
        asked = {**head, "cpu_s": limit_s + 1, "output_bytes": self._compute.output_bytes}
        zygote.tell({"begins": child.number})
        try:
            async with asyncio.timeout(limit_s + LATER_S):
                await talk.ask(child.channel, asked, arguments)
                found = await talk.answer(child.channel, self._compute.output_bytes)
        except talk.Told as exc:
            self._keep()
            raise told(exc.said, self._compute.output_bytes) from None
        except TimeoutError as exc:
            self._end(at_once=True)
            raise NodeFailed("node_timeout", f"The work took longer than {limit_s:g} s", retryable=True) from exc
        except NotStorable as exc:
            self._end(at_once=True)
            raise NodeFailed("invalid_input", f"The items cannot be handed over: {exc}"[:500]) from exc
        except (EOFError, OSError, wire.NotOurs):
            zygote.kill_child(child)
            report = await zygote.end_of(child)
            self._end()
            raise fallen(report, self._compute.memory_bytes, limit_s) from None
        except BaseException:  # above all that nobody wants the answer any more
            self._end(at_once=True)
            raise
        self._keep()
        return found

    def _keep(self) -> None:
        """Keep the child for the next call of this turn, if that comes soon."""
        self._linger = asyncio.get_running_loop().call_later(LINGER_S, self.close)

    def close(self) -> None:
        """End the child: the turn is over, or makes no calls for a while."""
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None
        self._end()

    def _end(self, *, at_once: bool = False) -> None:
        held, self._held = self._held, None
        if held is not None:
            zygote, child = held
            zygote.see_out(child, at_once=at_once)
            self._freed()

    def _freed(self) -> None:
        self._compute.ended(self)
        self._compute.places.give_back(self._owner)


def _size(value: Any) -> int:
    """Return how many bytes of text an argument is, as far as that is seen at once."""
    return len(value) if isinstance(value, (bytes, str)) else 0


def _environment() -> dict[str, str]:
    """Return what the zygote is started with: where our code is, and nothing that is secret."""
    places = dict.fromkeys([str(ROOT), *(place for place in sys.path if place)])
    return {"LANG": "C.UTF-8", "TZ": "UTC", "PYTHONPATH": os.pathsep.join(places)}
