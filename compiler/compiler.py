"""The facade: parse → link → check → plan → lower, with a bounded cache per process."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from compiler import checks
from compiler.definition import Definition
from compiler.diagnostics import CompilationFailed, Diagnostic
from compiler.driver import Lowered
from compiler.graph import Graph, Tables, link
from compiler.plan import Plan, Region, plan
from nodes.base import Catalogue

CACHE_SIZE = 500
CACHE_SECONDS = 3600


@dataclass(frozen=True)
class Compiled:
    """A graph that can run from one entry trigger; what LangGraph makes of it is built when first asked for."""

    plan: Plan
    diagnostics: tuple[Diagnostic, ...] = ()
    graphs: dict[tuple[str, bool], Lowered] = field(default_factory=dict[tuple[str, bool], Lowered])

    @property
    def graph(self) -> Graph:
        return self.plan.graph

    @property
    def lowered(self) -> Lowered:
        """The graph that enters at its beginning."""
        return self._lowered(self.plan.root, jump=False)

    @property
    def lowered_to_resume(self) -> Lowered:
        """The graph that enters at its first open step."""
        return self._lowered(self.plan.root, jump=True)

    def body_of(self, region: Region) -> Lowered:
        """Return the graph of a loop's body. It enters at its first open step, as a round may be resumed."""
        return self._lowered(region, jump=True)

    def _lowered(self, region: Region, *, jump: bool) -> Lowered:
        known = self.graphs.get((region.id, jump))
        if known is None:
            from compiler import langgraph_builder  # noqa: PLC0415 (a second, for processes that run graphs alone)

            known = self.graphs[region.id, jump] = langgraph_builder.lower(region, jump=jump)
        return known


class CompileCache:
    """Compiled graphs by (definition hash, entry, catalogue version); the key holds all they depend on."""

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[str, str, str], tuple[float, Compiled]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, str, str]) -> Compiled | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or time.monotonic() - entry[0] > CACHE_SECONDS:
                return None
            self._entries.move_to_end(key)
            return entry[1]

    def put(self, key: tuple[str, str, str], compiled: Compiled) -> None:
        with self._lock:
            self._entries[key] = (time.monotonic(), compiled)
            while len(self._entries) > CACHE_SIZE:
                self._entries.popitem(last=False)


CACHE = CompileCache()


def validate(read: Definition, catalogue: Catalogue, tables: Tables | None = None) -> tuple[Diagnostic, ...]:
    """Return every finding, errors and warnings together."""
    return checks.findings(link(read, catalogue, tables))


def check_definition(read: Definition, catalogue: Catalogue, tables: Tables | None = None) -> Graph:
    """Return the checked graph. Raises: CompilationFailed."""
    return checks.check(link(read, catalogue, tables))


def default_entry(graph: Graph) -> str:
    """Return the trigger a run enters at when nobody says: the first manual one, else the first by id."""
    manual = [node_id for node_id in graph.triggers if graph.nodes[node_id].kind == "manual_trigger"]
    return (manual or list(graph.triggers))[0]


def compile_definition(
    read: Definition, catalogue: Catalogue, *, entry: str | None = None, tables: Tables | None = None
) -> tuple[Compiled, bool]:
    """Compile a definition for one entry; returns (compiled, came from the cache). Raises: CompilationFailed.

    What depends on tables is checked each time: two owners can hold the same definition.
    """
    if entry is not None:
        cached = CACHE.get((read.hash, entry, catalogue.version))
        if cached is not None and (tables is None or tables == Tables()):
            return cached, True
    graph = check_definition(read, catalogue, tables)
    chosen = entry or default_entry(graph)
    if chosen not in graph.triggers:
        raise CompilationFailed(
            "The run cannot start there",
            diagnostics=[Diagnostic("no_trigger", f"{chosen!r} is not an enabled trigger of this workflow", None)],
        )
    key = (read.hash, chosen, catalogue.version)
    cached = CACHE.get(key)
    if cached is not None:
        return Compiled(cached.plan, graph.findings, cached.graphs), True
    planned = plan(graph, chosen)
    compiled = Compiled(planned, graph.findings)
    CACHE.put(key, compiled)
    return compiled, False


def draw(read: Definition, catalogue: Catalogue) -> dict[str, Any]:
    """Return `{mermaid, regions, cut_nodes, segments}` of the compiled graph. Raises: CompilationFailed."""
    from compiler import langgraph_builder  # noqa: PLC0415 (as above)

    graph = check_definition(read, catalogue)
    root = plan(graph, default_entry(graph)).root
    return {
        "mermaid": langgraph_builder.mermaid(root),
        "regions": root.count(),
        "cut_nodes": list(root.cut_nodes),
        "segments": [list(segment) for segment in root.segments],
    }
