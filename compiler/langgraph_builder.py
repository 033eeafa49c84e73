"""The plan as a LangGraph graph: chains of cut nodes in series, each parallel segment one node that starts tasks.

The graph's state is empty: outcomes live in the run's ledger, which the driver keeps. Importing LangGraph takes about a
second, so only processes that run graphs import this module.
"""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langsmith import tracing_context

from compiler.driver import DRIVER, Driver, Lowered
from compiler.plan import Region, Step, Unit


class Nothing(TypedDict):
    """The state of the graph: nothing."""


StateGraphCompiled = Any  # langgraph's CompiledStateGraph, generic in four types that mean nothing here
NodeFunction = Any  # an async function of the state; LangGraph has no public name for it


def _series(nodes: tuple[str, ...]) -> NodeFunction:
    async def run(state: Nothing) -> None:
        await DRIVER.get().run_nodes(nodes)

    return run


def _segment(units: tuple[Unit, ...]) -> NodeFunction:
    """Return a LangGraph node that runs each unit as soon as the units it waits for are done.

    Plain tasks, not LangGraph's: those cost 0.2 ms each and their results would be thrown away (docs/adr/0002).
    """

    async def run_unit(driver: Driver, unit: Unit, waits_for: list[asyncio.Task[None]]) -> None:
        if waits_for:
            await asyncio.wait(waits_for)
        await driver.run_nodes(unit.nodes)

    async def run(state: Nothing) -> None:
        driver = DRIVER.get()
        started: list[asyncio.Task[None]] = []
        for unit in units:
            waits_for = [started[source] for source in unit.sources]
            started.append(asyncio.create_task(run_unit(driver, unit, waits_for)))
        try:
            await asyncio.gather(*started)
        finally:
            for unit_task in started:
                unit_task.cancel()

    return run


def lower(region: Region, *, jump: bool = False) -> Lowered:
    """Build and compile the graph of a region; with `jump` entered at its first open step (0.3 ms a run)."""
    compiled = _compiled(region, jump=jump)

    async def run(most_steps: int) -> None:
        with tracing_context(enabled=False):
            await compiled.ainvoke({}, {"recursion_limit": most_steps})

    return run


def _compiled(region: Region, *, jump: bool) -> StateGraphCompiled:
    builder = StateGraph(Nothing)
    steps = region.steps
    names: list[str] = []
    for at, part in enumerate(steps):
        name = _name(at, part, set(names))
        names.append(name)
        builder.add_node(name, _segment(part.units) if part.is_segment else _series(part.units[0].nodes))
    for before, after in pairwise(names):
        builder.add_edge(before, after)
    builder.add_edge(names[-1], END)
    if jump:
        members = tuple(tuple(node for unit in part.units for node in unit.nodes) for part in steps)

        def first_open(state: Nothing) -> str:
            driver = DRIVER.get()
            return next((name for name, nodes in zip(names, members, strict=True) if not driver.is_done(nodes)), END)

        builder.add_conditional_edges(START, first_open, [*names, END])
    else:
        builder.add_edge(START, names[0])
    return builder.compile()


def _name(at: int, step: Step, taken: set[str]) -> str:
    """Return a name that LangGraph and Mermaid can hold: the ids of a chain's nodes, where they can be shown."""
    name = f"segment_{at}" if step.is_segment else " > ".join(step.units[0].nodes)
    if not re.fullmatch(r"[A-Za-z0-9_\- >]{1,4000}", name) or name.startswith("__") or name in taken or name == "end":
        return f"step_{at}"
    return name


def mermaid(region: Region) -> str:
    """Return the compiled graph as Mermaid text."""
    return str(_compiled(region, jump=False).get_graph().draw_mermaid())
