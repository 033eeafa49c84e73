"""The facade: parse → link → check → plan → lower, with a bounded cache per process."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Generic, TypeVar

from compiler import checks
from compiler.definition import Definition
from compiler.diagnostics import CompilationFailed, Diagnostic
from compiler.driver import Lowered
from compiler.graph import Graph, Tables, link, with_findings
from compiler.plan import Plan, Region, plan
from nodes.base import Catalogue

CACHE_SIZE = 500
CACHE_NODES = 20_000  # a node of twenty expressions takes some fifty kilobytes
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


CacheKey = tuple[str, ...]
Known = TypeVar("Known")


class Cache(Generic[Known]):
    """What was made of definitions last, so many nodes in all; the key holds all it depends on."""

    def __init__(self) -> None:
        self._entries: OrderedDict[CacheKey, tuple[float, int, Known]] = OrderedDict()
        self._nodes = 0
        self._lock = Lock()

    def get(self, key: CacheKey) -> Known | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or time.monotonic() - entry[0] > CACHE_SECONDS:
                return None
            self._entries.move_to_end(key)
            return entry[2]

    def put(self, key: CacheKey, made: Known, nodes: int) -> None:
        with self._lock:
            self._drop(key)
            self._entries[key] = (time.monotonic(), nodes, made)
            self._nodes += nodes
            while len(self._entries) > CACHE_SIZE or (self._nodes > CACHE_NODES and len(self._entries) > 1):
                self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._nodes = 0

    def _drop(self, key: CacheKey) -> None:
        dropped = self._entries.pop(key, None)
        if dropped is not None:
            self._nodes -= dropped[1]


GRAPHS: Cache[Graph] = Cache()  # by (definition hash, catalogue version)
CACHE: Cache[Compiled] = Cache()  # by (definition hash, entry, catalogue version)


def is_known(read: Definition, catalogue: Catalogue) -> bool:
    """Tell whether a definition was looked through lately, so that compiling it takes but a moment."""
    return GRAPHS.get((read.hash, catalogue.version)) is not None


def looked_through(read: Definition, catalogue: Catalogue) -> Graph:
    """Return the linked graph with every finding that needs no table."""
    key = (read.hash, catalogue.version)
    known = GRAPHS.get(key)
    if known is None:
        linked = link(read, catalogue)
        known = with_findings(linked, checks.own_findings(linked))
        GRAPHS.put(key, known, len(known.nodes))
    return known


def with_tables(graph: Graph, tables: Tables | None) -> Graph:
    """Return a graph that was looked through, with what tables tell of it."""
    graph = replace(graph, tables=tables or Tables())
    return with_findings(graph, checks.findings_by_tables(graph))


def validate(read: Definition, catalogue: Catalogue, tables: Tables | None = None) -> tuple[Diagnostic, ...]:
    """Return every finding, errors and warnings together."""
    return with_tables(looked_through(read, catalogue), tables).findings


def check_definition(read: Definition, catalogue: Catalogue, tables: Tables | None = None) -> Graph:
    """Return the checked graph. Raises: CompilationFailed."""
    return checks.without_errors(with_tables(looked_through(read, catalogue), tables))


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
    CACHE.put(key, compiled, len(graph.nodes))
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
