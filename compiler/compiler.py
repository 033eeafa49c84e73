"""The facade: parse → link → check → plan → lower, with a cache per process, bounded by memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from compiler import checks
from compiler.definition import Definition
from compiler.diagnostics import CompilationFailed, Diagnostic, in_order
from compiler.driver import Lowered
from compiler.exposing import mcp_problems
from compiler.graph import Graph, Tables, link, with_findings
from compiler.known import Known, expression_weight
from compiler.plan import Plan, Region, plan
from nodes.catalogue import Catalogue

KNOWN_BYTES = 40 * 1024 * 1024  # of memory, for graphs and for what was compiled: some 500 workflows of 20 nodes each
A_PART = 150  # bytes of a piece of a text, besides its characters
A_NODE = 1000  # bytes of a node besides its JSON: its plan, and its part of what LangGraph builds


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
GRAPHS: Known[CacheKey, Graph] = Known(KNOWN_BYTES)  # by (definition hash, catalogue version)
CACHE: Known[CacheKey, Compiled] = Known(KNOWN_BYTES)  # by (definition hash, entry, catalogue version)


def _weight(read: Definition, graph: Graph) -> int:
    """Return about how many bytes a graph takes with its expressions and its plan."""
    templates = [node.template for node in graph.all_nodes.values() if node.template is not None]
    parts = [part for made in templates for _, template in made.templates for part in template.parts]
    expressions = {part.text for part in parts if part.evaluate is not None}
    weight = read.weight + A_NODE * len(graph.all_nodes) + sum(A_PART + 4 * len(part.text) for part in parts)
    return weight + sum(map(expression_weight, expressions))


def is_known(read: Definition, catalogue: Catalogue) -> bool:
    """Tell whether a definition was looked through lately, so that compiling it takes but a moment."""
    return GRAPHS.get((read.hash, catalogue.version)) is not None


def looked_through(read: Definition, catalogue: Catalogue) -> Graph:
    """Return the linked graph with every finding that needs no table. One with errors is not kept: it cannot run."""
    key = (read.hash, catalogue.version)
    known = GRAPHS.get(key)
    if known is None:
        linked = link(read, catalogue)
        known = with_findings(linked, checks.own_findings(linked))
        if not any(found.severity == "error" for found in known.findings):
            GRAPHS.put(key, known, _weight(read, known))
    return known


def with_tables(graph: Graph, tables: Tables | None) -> Graph:
    """Return a graph that was looked through, with what tables tell of it."""
    graph = replace(graph, tables=tables or Tables())
    return with_findings(graph, checks.findings_by_tables(graph))


def validate(read: Definition, catalogue: Catalogue, tables: Tables | None = None) -> tuple[Diagnostic, ...]:
    """Return every finding, errors and warnings together."""
    return _with_all(read, catalogue, tables).findings


def check_definition(read: Definition, catalogue: Catalogue, tables: Tables | None = None) -> Graph:
    """Return the checked graph. Raises: CompilationFailed."""
    return checks.without_errors(_with_all(read, catalogue, tables))


def _with_all(read: Definition, catalogue: Catalogue, tables: Tables | None) -> Graph:
    """Return a graph with what tables tell of it, and what its hash does not cover: how it is offered to others."""
    graph = with_tables(looked_through(read, catalogue), tables)
    told = tuple(mcp_problems(read.settings.get("mcp"), (node.type for node in graph.all_nodes.values())))
    return with_findings(graph, in_order((*graph.findings, *told))) if told else graph


def default_entry(graph: Graph) -> str:
    """Return the trigger a run enters at when nobody says: the first manual one, else the first by id."""
    manual = [node_id for node_id in graph.triggers if _is_manual(graph, node_id)]
    return (manual or list(graph.triggers))[0]


def _is_manual(graph: Graph, node_id: str) -> bool:
    found = graph.nodes[node_id].type
    return found is not None and found.armed == "manual"


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
    CACHE.put(key, compiled, _weight(read, graph))
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
