"""The compiled graph as a program: its root region, driven by LangGraph."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from compiler.compiler import Compiled
from compiler.definition import WorkflowSettings
from compiler.driver import DRIVER, Lowered
from core.json import loads
from executor.domain.ledger import Ledger
from executor.driver.region_driver import RegionDriver
from executor.run import freeing
from executor.run.region import RegionRun
from executor.run.state import Run

LARGE_BYTES = 2**20  # of JSON, held by a run that is over


@dataclass(frozen=True, slots=True)
class GraphProgram:
    """A graph that runs can go through."""

    compiled: Compiled

    @property
    def settings(self) -> WorkflowSettings:
        return self.compiled.graph.settings

    @property
    def total(self) -> int:
        return self.compiled.plan.total

    @property
    def reads_variables(self) -> bool:
        return self.compiled.graph.reads_variables

    def has_node(self, node_id: str) -> bool:
        return node_id in self.compiled.graph.nodes

    def over_with(self, node_id: str) -> Iterable[str]:
        """Return a node, and if it is a loop those of its body."""
        plan = self.compiled.plan
        if node_id not in plan.returning:
            return (node_id,)
        return (node_id, *(node for node, home in plan.home.items() if node_id in home))

    def run_of(self, run: Run) -> GraphRun:
        return GraphRun(self.compiled, run)


class GraphRun:
    """One run's way through a graph."""

    def __init__(self, compiled: Compiled, run: Run) -> None:
        self._compiled = compiled
        self._run = run
        self._ledger = Ledger(compiled.plan, compiled.plan.root)
        self._root = RegionRun(run, compiled, self._ledger)
        self._lowered: Lowered | None = None

    async def prepare(self, *, is_resumed: bool) -> None:
        """Build the graph, unless it is known: `load` has built the one that enters at its beginning."""
        compiled = self._compiled
        if is_resumed:
            self._lowered = await asyncio.to_thread(lambda: compiled.lowered_to_resume)
        else:
            self._lowered = compiled.lowered

    def begin(self) -> None:
        self._root.begin()

    async def go(self) -> None:
        assert self._lowered is not None  # noqa: S101 (for the type checker: it is prepared before)
        DRIVER.set(RegionDriver(self._root))
        await self._lowered(len(self._compiled.plan.root.order) + 5)

    def output(self) -> tuple[list[Any], str | None]:
        """Return the output items and the node they are of: the one that answered a webhook, else the last leaf."""
        run = self._run
        handles, node_id = self._ledger.final_handles()
        if run.responded_by is not None:
            handles, node_id = ("main",), run.responded_by
        if node_id is None:
            return [], None
        aside = run.stored_aside.get(node_id)
        outputs = loads(aside) if aside is not None else self._ledger.outcomes[node_id].outputs
        return [item for handle in handles for item in outputs.get(handle, [])], node_id

    def is_rejected(self) -> bool:
        """Tell whether somebody said no, and nothing stands behind that output."""
        plan = self._compiled.plan
        for node_id, outcome in self._ledger.outcomes.items():
            type_ = plan.graph.nodes[node_id].type
            refusals = type_.refusals if type_ is not None else ()
            if any(outcome.outputs.get(one) and one not in plan.connected[node_id] for one in refusals):
                return True
        return False

    def held_bytes(self) -> int:
        return self._ledger.held_bytes()

    async def let_go(self) -> None:
        if self._ledger.held_bytes() > LARGE_BYTES:
            await freeing.let_go(self._ledger)
