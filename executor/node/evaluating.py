"""A node's params for each of its items: evaluated on the loop while that is quick, else in a child.

The first items tell: one that takes over 20 ms, or all together over 200, and the rest leaves the loop. Items may come
in several lists; all of them count together.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from compiler.expressions import ExpressionSyntaxError, Names
from compiler.expressions.limits import watched
from compiler.graph import Graph, Node
from compiler.params import dotted, mapping_template
from executor.compute.expressions import NOT_SENT, evaluated
from executor.compute.pool import Turn
from executor.node.counting import YIELD_AFTER_S
from executor.node.names import EarlierNode
from executor.node.params import raw_params, validated
from nodes.base import NodeFailed, NodeParams
from nodes.items import Item, Items

ONE_S = 0.02
ALL_S = 0.2
FIRST_ITEMS = 20  # so many are looked at before all are projected
AT_ONCE = 10_000  # items whose params are asked for in one call
ALWAYS_OUT_MS = 1000.0
YIELD_EACH = 500  # items
Unresolved = list[tuple[str, str]]


class _TooLong(Exception):
    """Evaluating one item has taken longer than the loop may stand still."""


class Evaluation:
    """The params of one turn. `names` moves with the item, from one list of items to the next."""

    def __init__(
        self,
        node: Node,
        names: Names,
        computing: Turn,
        graph: Graph,
        lists: Sequence[Sequence[Item]] | None = None,
    ) -> None:
        self._node = node
        self._template = node.known_template
        self._names = names
        self._computing = computing
        self._graph = graph
        self._lists = lists if lists is not None else [names.items]
        self._begin_at = list(accumulate((len(items) for items in self._lists[:-1]), initial=0))
        self._all = self._begin_at[-1] + len(self._lists[-1])
        self._is_out = False
        self._sends_all = False  # it names nodes by what it works out
        self._spent_s = 0.0
        self._done = 0
        self._made: dict[int, dict[str, Any]] = {}
        self._asking = asyncio.Lock()
        self._asked_to = 0

    async def at(self, at: int, unresolved: Unresolved) -> NodeParams:
        """Return the params for an item. Raises: NodeFailed."""
        return validated(self._node, await self.values(at, unresolved))

    async def values(self, at: int, unresolved: Unresolved) -> dict[str, Any]:
        """Return the params for an item as they are before they are looked at. Raises: NodeFailed."""
        if not self._is_out:
            noted = len(unresolved)
            try:
                return self._here(at, unresolved)
            except _TooLong:
                del unresolved[noted:]
                self._is_out = True
        async with self._asking:
            if at not in self._made:
                await self._ask(at)
        return self._taken(self._made.pop(at), unresolved)

    # -- here --------------------------------------------------------------------------------------------------------
    def _here(self, at: int, unresolved: Unresolved) -> dict[str, Any]:
        began = time.monotonic()

        def check() -> None:
            if time.monotonic() - began > ONE_S:
                raise _TooLong

        def leave(cost: int) -> None:
            raise _TooLong

        self._stand_at(at)
        try:
            with watched(check, leave):
                return raw_params(self._node, self._names, unresolved, check)
        finally:
            self._spent_s += time.monotonic() - began
            self._done += 1
            left = max(self._all - self._done, 0)
            foreseen_s = self._spent_s / self._done * left if self._done >= FIRST_ITEMS else 0.0
            self._is_out = self._is_out or max(foreseen_s, self._spent_s) > ALL_S

    def _stand_at(self, at: int) -> None:
        which = self._list_of(at)
        items, number = self._lists[which], at - self._begin_at[which]
        self._names.items = items
        self._names.json = items[number].get("json", {}) if number < len(items) else {}
        self._names.item_index = number

    def _list_of(self, at: int) -> int:
        return bisect_right(self._begin_at, at) - 1

    # -- in a child --------------------------------------------------------------------------------------------------
    async def _ask(self, at: int) -> None:
        if at < self._asked_to:  # it is tried again, and no other with it
            last = at + 1
        else:
            last = self._asked_to = min(at + AT_ONCE, max(self._all, at + 1))
        which = self._list_of(at)
        lists = [list(items) for items in self._lists[which : self._list_of(last - 1) + 1]]
        before = self._begin_at[which]
        while True:
            nodes = await self._nodes(max(map(len, lists)))
            ids = {id_: label for label, id_ in self._graph.by_label.items()} if self._sends_all else None
            arguments = (self._template.texts(), self._named(), nodes, ids, lists, at - before, last - before)
            try:
                made = await self._computing.call(evaluated, arguments, ALWAYS_OUT_MS)
            except NodeFailed as exc:
                if exc.node_code != NOT_SENT or self._sends_all:
                    raise
                self._sends_all = True
            else:
                self._made.update(enumerate(made, at))
                return

    def _named(self) -> dict[str, Any]:
        names = self._names
        return {
            "variables": dict(names.variables), "event": names.event, "execution": dict(names.execution),
            "workflow": dict(names.workflow), "params": dict(names.params), "run_index": names.run_index,
            "loop": dict(names.loop) if names.loop is not None else None, "now": names.now.isoformat(),
            "timezone": names.timezone, "ai": dict(names.ai) if names.ai is not None else None,
        }  # fmt: skip

    async def _nodes(self, longest: int) -> dict[str, Any]:
        named = (label for _, part in self._template.templates for label, _ in part.node_labels)
        labels = dict.fromkeys(self._graph.by_label if self._sends_all else named)
        return {label: await self._node_sent(label, longest) for label in labels}

    async def _node_sent(self, label: str, longest: int) -> dict[str, Any] | None:
        view = self._names.node(label)
        if view is None:
            return None
        assert isinstance(view, EarlierNode)  # noqa: S101 (what names of a run give)
        outputs = list(view.outputs())
        places = {id(item): [output, at] for output, items in enumerate(outputs) for at, item in enumerate(items)}
        origins: list[Any] = []
        for at in range(longest):
            item = view.item_of(at) if view.is_executed else None
            origins.append(places.get(id(item), item))
            if at % YIELD_EACH == 0:
                await asyncio.sleep(0)
        return {"is_executed": view.is_executed, "params": dict(view.params), "outputs": outputs, "origins": origins}

    def _taken(self, made: Mapping[str, Any], unresolved: Unresolved) -> dict[str, Any]:
        templates = self._template.templates
        unresolved.extend((dotted(templates[number][0]), text) for number, text in made["unresolved"])
        if "failed" in made:
            message, reason = made["failed"]
            raise NodeFailed("expression_error", message, reason=reason)
        return self._template.filled(made["values"])


class LateMappings:
    """What a node evaluates itself, on items that it has by then; in the same way as its params."""

    def __init__(self, node: Node, names: Names, computing: Turn, graph: Graph) -> None:
        self._node = node
        self._names = names
        self._computing = computing
        self._graph = graph
        self._since = time.monotonic()

    def on(self, mapping: Mapping[str, Any], *lists: Items) -> Callable[[int], Awaitable[dict[str, Any]]]:
        """Return what evaluates a mapping on the item of a number, counted through all lists. Raises: NodeFailed."""
        try:
            node = replace(self._node, given_template=mapping_template(mapping))
        except ExpressionSyntaxError as exc:
            raise NodeFailed("expression_error", exc.message) from exc
        evaluation = Evaluation(node, replace(self._names), self._computing, self._graph, lists or ([],))

        async def at(number: int) -> dict[str, Any]:
            values = await evaluation.values(number, [])
            if time.monotonic() - self._since > YIELD_AFTER_S:
                await asyncio.sleep(0)
                self._since = time.monotonic()
            return values

        return at
