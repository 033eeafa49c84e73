"""A running node's `NodeContext`: what it may use of the world, bound to one attempt, and what its run does for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from django.conf import settings

from compiler.graph import Node
from core.clock import utc_now
from executor.domain.step_names import IN_STEP
from executor.node.engine_work import ours
from executor.node.providing import Abilities, Caller, Reaching
from nodes.abilities import (
    CODE,
    STATE,
    TABLES,
    CodeOutcome,
    CodeRequest,
    State,
    Tables,
)  # fmt: skip
from nodes.base import Answer, ChildResult, Effect, NodeFailed, NodeParams, NodeResult, Reach, WaitFor
from nodes.helpers import Helper
from nodes.items import Item, Items
from nodes.usage import Usage

A = TypeVar("A")
R = TypeVar("R")


class RunSide(Protocol):
    """What a node may ask of its run, for one attempt: there where the run is driven, and nowhere else."""

    async def answer(self, response: dict[str, Any]) -> None: ...

    async def wait(self, request: WaitFor) -> Answer: ...

    async def call(
        self, workflow_id: str, inputs: Sequence[Any], *, at_once: int | None, waits: bool
    ) -> list[ChildResult]: ...

    def evaluated(self, template: Mapping[str, Any], *lists: Items) -> Callable[[int], Awaitable[dict[str, Any]]]: ...

    async def step(
        self, name: str, work: Callable[[str], Awaitable[Any]], *, kind: str, effect: Effect, given: Any = None
    ) -> Any: ...

    async def ask(self, name: str, request: WaitFor) -> Answer: ...

    async def side_by_side(self, works: Sequence[Callable[[], Awaitable[R]]]) -> list[R]: ...

    def emit(self, text: str, *, channel: str, step: str | None) -> None: ...

    def spend(self, usage: Usage) -> None: ...


class Helping(Protocol):
    """The helpers beside a node, for one attempt."""

    def helpers(self, slot: str) -> Sequence[Helper]: ...

    async def tools(self, slot: str, item: Item) -> Sequence[Helper]: ...

    async def params(self, helper: Helper, item: Item, ai: Mapping[str, Any] | None) -> NodeParams: ...

    def reach(self, helper: Helper) -> Reach: ...

    async def call(self, helper: Helper, item: Item, ai: Mapping[str, Any]) -> NodeResult: ...


class NoHelpers:
    """Nothing stands beside a node whose run is driven elsewhere: types with slots are not sent there."""

    def helpers(self, slot: str) -> Sequence[Helper]:
        return ()

    async def tools(self, slot: str, item: Item) -> Sequence[Helper]:
        return ()

    async def params(self, helper: Helper, item: Item, ai: Mapping[str, Any] | None) -> NodeParams:
        raise LookupError(helper.node_id)

    def reach(self, helper: Helper) -> Reach:
        raise LookupError(helper.node_id)

    async def call(self, helper: Helper, item: Item, ai: Mapping[str, Any]) -> NodeResult:
        raise LookupError(helper.node_id)


NO_HELPERS = NoHelpers()


S = TypeVar("S", bound=RunSide)


def no_helpers(_at: int, _side: RunSide) -> Helping:
    return NO_HELPERS


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFacts:
    """What holds for all attempts of a node's turn."""

    idempotency_key: str
    timezone: str
    variables: Mapping[str, Any]
    connected: frozenset[str]
    trigger_input: Any = None
    label: str = ""
    written: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(slots=True)
class Context(Reaching):
    """One attempt's context."""

    facts: TurnFacts
    run: RunSide
    now: datetime
    idempotency_key: str
    beside: Helping = NO_HELPERS
    is_tool: bool = False  # it runs in the work of a step, which is what is found again

    @property
    def label(self) -> str:
        return self.facts.label

    @property
    def written(self) -> Mapping[str, Any]:
        return self.facts.written

    @property
    def timezone(self) -> str:
        return self.facts.timezone

    @property
    def variables(self) -> Mapping[str, Any]:
        return self.facts.variables

    @property
    def connected(self) -> frozenset[str]:
        return self.facts.connected

    @property
    def keeps_state(self) -> bool:
        return self.caller.keeps_state

    @property
    def trigger_input(self) -> Any:
        return self.facts.trigger_input

    # -- what it may use of the world, and no trigger that is asked ----------------------------------------------------
    @property
    def state(self) -> State:
        return self.abilities.at_hand(STATE, self.caller)

    @property
    def tables(self) -> Tables:
        return self.abilities.at_hand(TABLES, self.caller)

    async def run_code(self, request: CodeRequest) -> CodeOutcome:
        return await self.abilities.at_hand(CODE, self.caller).run(request)

    async def compute(self, work: Callable[..., R], *arguments: Any, cost_ms: float) -> R:
        return await self.caller.computing.call(work, arguments, cost_ms)

    # -- what stands beside it ---------------------------------------------------------------------------------------
    def helpers(self, slot: str) -> Sequence[Helper]:
        return self.beside.helpers(slot)

    async def tools(self, slot: str, item: Item) -> Sequence[Helper]:
        return await self.beside.tools(slot, item)

    async def helper_params(self, helper: Helper, item: Item, ai: Mapping[str, Any] | None = None) -> NodeParams:
        return await self.beside.params(helper, item, ai)

    def helper_reach(self, helper: Helper) -> Reach:
        return self.beside.reach(helper)

    async def call_helper(self, helper: Helper, item: Item, ai: Mapping[str, Any]) -> NodeResult:
        return await self.beside.call(helper, item, ai)

    # -- what its run does for it ------------------------------------------------------------------------------------
    def _not_in_a_step(self) -> None:
        """Refuse what is found again by its place in the node: the steps before it may not be made again."""
        if IN_STEP.get() and not self.is_tool:
            raise NodeFailed("node_failed", "The work of a step neither waits nor calls workflows")

    async def wait(self, request: WaitFor) -> Answer:
        self._not_in_a_step()
        return await ours(self.run.wait(request))

    async def call(
        self, workflow_id: str, inputs: Sequence[Any], *, at_once: int | None = None, waits: bool = True
    ) -> list[ChildResult]:
        self._not_in_a_step()
        return await ours(self.run.call(workflow_id, inputs, at_once=at_once, waits=waits))

    def evaluated(self, template: Mapping[str, Any], *lists: Items) -> Callable[[int], Awaitable[dict[str, Any]]]:
        return self.run.evaluated(template, *lists)

    async def step(
        self, name: str, work: Callable[[str], Awaitable[R]], *, kind: str = "custom", effect: Effect = "write",
        given: Any = None,
    ) -> R:  # fmt: skip
        made: R = await self.run.step(name, work, kind=kind, effect=effect, given=given)
        return made

    async def ask(self, name: str, request: WaitFor) -> Answer:
        return await self.run.ask(name, request)

    async def side_by_side(self, works: Sequence[Callable[[], Awaitable[R]]]) -> list[R]:
        return await self.run.side_by_side(works)

    def emit(self, text: str, *, channel: str = "text", step: str | None = None) -> None:
        self.run.emit(text, channel=channel, step=step)

    def spend(self, usage: Usage) -> None:
        self.run.spend(usage)

    @property
    def answers_apart(self) -> bool:
        return bool(settings.HOOKS_URL)

    async def respond(self, response: Mapping[str, Any]) -> None:
        await ours(self.run.answer(dict(response)))


@dataclass(frozen=True, slots=True)
class Contexts(Generic[S]):
    """Makes the context of each attempt of a turn; `run_side` is asked for each, with the item's number."""

    node: Node
    facts: TurnFacts
    caller: Caller
    abilities: Abilities
    run_side: Callable[[int, datetime], S]
    beside: Callable[[int, S], Helping] = no_helpers

    def __call__(self, at: int | None) -> Context:
        """Return the context of an attempt: for one item, or for all (None)."""
        now, key = utc_now(), self.facts.idempotency_key
        if at is not None and self.node.type is not None and self.node.type.per_item:
            key = f"{key}:{at}"
        caller = replace(self.caller, key=key)
        side = self.run_side(at or 0, now)
        return Context(self.abilities, caller, self.facts, side, now, key, self.beside(at or 0, side))
