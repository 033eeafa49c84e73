"""The helpers of one attempt of a step: told, evaluated in the step's place, and used as themselves.

A tool runs in the work of a step (`ctx.step`), which is what is stored of it; it has no node run and no retries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from compiler.definition import NodeSettings
from compiler.expressions import Names
from compiler.graph import Graph, Node
from compiler.slots import helpers_in, unique_name
from core.clock import utc_now
from core.forms.forms import Problem, problems_of
from executor.domain.step_names import IN_STEP
from executor.node.cleaning import clean, cleaned_error
from executor.node.context import Context, Helping, RunSide, TurnFacts
from executor.node.counting import count_all
from executor.node.evaluating import Evaluation, LateMappings
from executor.node.providing import Caller, Reaching, Services
from executor.node.runner import Turn, TurnResult, attempted, error_of
from nodes import budget
from nodes.base import BatchNodeType, NodeContext, NodeFailed, NodeParams, NodeResult, Reach
from nodes.helper_types import ToolSetType, ToolType
from nodes.helpers import Helper
from nodes.items import Item, Items

MOST_TOLD = 20  # problems of the arguments of one call


class ServesTool(Protocol):
    """Gives a tool its run's side, in the step at work."""

    def __call__(self, tool: Node, late: LateMappings) -> RunSide: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside(Helping):
    """What stands beside a node: a step, or a helper whose slots are filled too.

    `names` stands at the step's item `at`, and `items` are those of its input: helpers are evaluated in its place.
    """

    graph: Graph
    node: Node
    names: Names
    items: Sequence[Item]
    at: int
    caller: Caller
    facts: TurnFacts
    services: Services
    serves: ServesTool
    asked_by: Callable[[str], Mapping[str, Any] | None]  # what the trigger of a workflow that may be called asks for

    def helpers(self, slot: str) -> Sequence[Helper]:
        if self.node.type is None or all(known.name != slot for known in self.node.type.slots):
            raise ValueError(f"{self.node.kind} has no slot {slot!r}")
        return [self._as_called(helper) for helper in helpers_in(self.graph, self.node.id, slot)]

    def _as_called(self, helper: Helper) -> Helper:
        """Return a tool that is a workflow with the arguments that this workflow's trigger asks for."""
        node = self._node_of(helper)
        if not isinstance(node.type, ToolType) or node.type.calls is None:
            return helper
        asked = self.asked_by(str(node.params.get(node.type.calls)))
        return helper if asked is None else replace(helper, input_schema=asked)

    async def tools(self, slot: str, item: Item) -> Sequence[Helper]:
        found = self.helpers(slot)
        taken = {helper.tool_name for helper in found}
        told: list[Helper] = []
        for helper in found:
            told.extend(await self._offered(helper, item, taken) if helper.is_set else [helper])
        return told

    async def _offered(self, helper: Helper, item: Item, taken: set[str]) -> list[Helper]:
        """Return the tools of one that stands for several. Raises: NodeFailed."""
        node = self._node_of(helper)
        node_type = node.known_type
        assert isinstance(node_type, ToolSetType)  # noqa: S101 (what `is_set` says)
        params = await self.params(helper, item, None)
        limit_s = node.settings.timeout_s or node_type.default_timeout_s
        try:
            async with asyncio.timeout(limit_s):
                offers = await node_type.offers(params, self.reach(helper))
        except TimeoutError as exc:
            raise NodeFailed("node_timeout", f"{node.label} took longer than {limit_s:g} s", retryable=True) from exc
        return [
            replace(
                helper, tool_name=unique_name(offer.name, taken), tool_description=offer.description,
                input_schema=offer.input_schema, effect=offer.effect, is_set=False, member=offer.name,
            )
            for offer in offers
        ]  # fmt: skip

    def _node_of(self, helper: Helper) -> Node:
        return self.graph.helpers[helper.node_id]

    # -- in the step's place -----------------------------------------------------------------------------------------
    async def params(self, helper: Helper, item: Item, ai: Mapping[str, Any] | None) -> NodeParams:
        node = self._node_of(helper)
        constant = node.known_template.constant
        return constant if constant is not None else await self._evaluation(node, item, ai).at(self.at, [])

    def _evaluation(self, node: Node, item: Item, ai: Mapping[str, Any] | None) -> Evaluation:
        return Evaluation(node, self._names(node, item, ai), self.caller.computing, self.graph)

    def _names(self, node: Node, item: Item, ai: Mapping[str, Any] | None) -> Names:
        """Return the names of the step, at an item: it may be another than that of its input, which it is paired to."""
        items = self.items
        if self.at >= len(items) or items[self.at] is not item:
            items = [*items[: self.at], item, *items[self.at + 1 :]]
        return replace(
            self.names, items=items, item_index=self.at, json=item.get("json", {}), params=node.params, ai=ai
        )

    def reach(self, helper: Helper) -> Reach:
        node = self._node_of(helper)
        return _ReachOf(self.services.abilities, replace(self.caller, slots=node.credentials, node_id=node.id))

    # -- as itself ---------------------------------------------------------------------------------------------------
    async def call(self, helper: Helper, item: Item, ai: Mapping[str, Any]) -> NodeResult:
        """Run a tool. Raises: NodeFailed, ValueError outside of a step."""
        path = IN_STEP.get()
        if not path:
            raise ValueError("A tool is called in the work of a step: it is not to be used twice")
        if helper.gives != "tool" or helper.is_set:
            raise ValueError(f"{helper.label} is no tool that can be called")
        _check_arguments(helper, ai)
        secrets = self.caller.secrets
        try:
            made = await self._used(helper, item, ai, f"{self.facts.idempotency_key}:{path}:{helper.node_id}")
        except NodeFailed as exc:
            error = cleaned_error(error_of(exc), secrets)
            raise NodeFailed(
                error["code"], error["message"], retryable=exc.retryable, retry_after_s=exc.retry_after_s,
                **error["details"],
            ) from exc  # fmt: skip
        result = TurnResult({handle: list(items) for handle, items in made.outputs.items()})
        result.logs, result.warnings = list(made.logs), list(made.warnings)
        await clean(result, secrets)
        return NodeResult(result.outputs, tuple(result.logs), warnings=tuple(result.warnings))

    async def _used(self, helper: Helper, item: Item, ai: Mapping[str, Any], key: str) -> NodeResult:
        known = self._node_of(helper)
        limits = NodeSettings(timeout_s=known.settings.timeout_s)
        node = replace(known, settings=limits, given_template=known.known_template)
        evaluation = self._evaluation(node, item, ai)
        constant = node.known_template.constant
        turn = Turn(
            node, {"main": [item]}, _no_params, lambda at: self._context(node, item, ai, key), _NoRetries(), utc_now,
            goes_on=False, admit=self.services.pace(self.caller.owner_id, node.credentials),
            owner_id=self.caller.owner_id,
        )  # fmt: skip

        async def start(ctx: NodeContext) -> NodeResult:
            params = constant if constant is not None else await evaluation.at(self.at, [])
            return await _handled(node, helper.member, params, dict(ai), item, ctx)

        outer = budget.MAKING.set(turn.making)
        try:
            made = await attempted(turn, 0, start)
        finally:
            budget.MAKING.reset(outer)
        if made.failures:
            raise made.failures[0][1]
        if made.size is None:
            await count_all(*made.outputs.values())
        return made

    def _context(self, node: Node, item: Item, ai: Mapping[str, Any], key: str) -> Context:
        names = self._names(node, item, ai)
        caller = replace(self.caller, slots=node.credentials, node_id=node.id, key=key)
        connected = frozenset(node.known_type.output_names(node.params))
        facts = replace(self.facts, idempotency_key=key, connected=connected, label=node.label, written=node.params)
        late = LateMappings(node, names, self.caller.computing, self.graph)
        within = replace(self, node=node, names=names, items=names.items, caller=caller)
        return Context(
            self.services.abilities, caller, facts, self.serves(node, late), utc_now(), key, within, is_tool=True
        )


@dataclass(slots=True)
class _ReachOf(Reaching):
    """What a helper that is not run may use."""

    @property
    def now(self) -> Any:
        return utc_now()

    async def compute(self, work: Callable[..., Any], *arguments: Any, cost_ms: float) -> Any:
        return await self.caller.computing.call(work, arguments, cost_ms)


class _NoRetries:
    """Of a tool one attempt is made: who called it decides on another."""

    def retrying(self, **_told: object) -> None:
        raise AssertionError("a tool is not tried again")

    async def pause(self, delay_s: float) -> None:
        raise AssertionError("a tool is not tried again")


def _no_params(at: int, unresolved: list[tuple[str, str]]) -> NodeParams:
    raise AssertionError("the params of a tool are evaluated where it is called")


async def _handled(
    node: Node, member: str, params: NodeParams, arguments: dict[str, Any], item: Item, ctx: NodeContext
) -> NodeResult:
    """Run the handler of a tool: one of its own kind, or that of any node type on the step's item."""
    node_type = node.known_type
    if isinstance(node_type, ToolSetType):
        return await node_type.use(params, member, arguments, item, ctx)
    if isinstance(node_type, ToolType):
        return await node_type.use(params, arguments, item, ctx)
    if isinstance(node_type, BatchNodeType):
        first = next(iter(node_type.input_names(node.params)), "main")
        inputs: dict[str, Items] = {first: [item]}
        return await node_type.run_all(params, inputs, ctx)
    return await node_type.run(params, item, ctx)


def _check_arguments(helper: Helper, ai: Mapping[str, Any]) -> None:
    """Raises: NodeFailed "invalid_arguments"."""
    found = problems_of(dict(ai), helper.input_schema)
    if found:
        errors = [{"field": ".".join(one.path), "message": one.message} for one in found[:MOST_TOLD]]
        raise NodeFailed("invalid_arguments", f"{helper.tool_name}: {_shown(found[0])}"[:2000], errors=errors)


def _shown(problem: Problem) -> str:
    return f"{'.'.join(problem.path)}: {problem.message}" if problem.path else problem.message
