"""The engine against raw LangGraph, and against the critical path."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Callable
from typing import Any, TypedDict
from uuid import UUID, uuid4

from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone
from langgraph.graph import END, START, StateGraph

from bench.nodes import CATALOGUE
from compiler.compiler import CACHE, GRAPHS, compile_definition
from compiler.definition import read
from compiler.expressions import Names, compile_template
from executor.domain.claimed import ClaimedRun
from executor.domain.new_run import NewRun
from executor.driver.graph_program import GraphProgram
from executor.models import RunState
from executor.process.engine import Engine, EngineConfig
from executor.process.worker import database_url, run_in_database
from executor.verbs import executions

Document = dict[str, Any]


def node(node_id: str, kind: str, **params: Any) -> Document:
    return {"id": node_id, "type": kind, "data": {"label": node_id, "params": params}}


def edge(source: str, target: str, into: str = "main") -> Document:
    return {"id": f"{source}-{target}", "source": source, "target": target, "targetHandle": into}


def chain(count: int, make: Callable[[int], Document]) -> Document:
    nodes = [node("start", "manual_trigger"), *(make(at) for at in range(count))]
    return {"nodes": nodes, "edges": [edge(one["id"], two["id"]) for one, two in zip(nodes, nodes[1:], strict=False)]}


def set_chain(count: int) -> Document:
    return chain(count, lambda at: node(f"n{at:04}", "set", assignments=[{"name": "x", "value": "{{ $json.x }}"}]))


class State(TypedDict):
    x: int


def raw_graph(count: int) -> Any:
    async def step(state: State) -> State:
        return {"x": state["x"] + 1}

    builder = StateGraph(State)
    names = [f"n{at}" for at in range(count)]
    for name in names:
        builder.add_node(name, step)
    builder.add_edge(START, names[0])
    for one, two in zip(names, names[1:], strict=False):
        builder.add_edge(one, two)
    builder.add_edge(names[-1], END)
    return builder.compile()


async def timed_raw(count: int, rounds: int) -> float:
    graph = raw_graph(count)
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        await graph.ainvoke({"x": 0}, {"recursion_limit": count + 10})
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


class WatchedEngine(Engine):
    """Says when a run is claimed and by which task it runs, so that measuring does not have to spin."""

    def __init__(self, config: EngineConfig) -> None:
        super().__init__(config)
        self.expected: dict[str, asyncio.Future[tuple[float, asyncio.Task[None]]]] = {}

    def expect(self, execution_id: str) -> asyncio.Future[tuple[float, asyncio.Task[None]]]:
        self.expected = {execution_id: asyncio.get_running_loop().create_future()}
        return self.expected[execution_id]

    def _start(self, claimed: ClaimedRun) -> None:
        begin = time.perf_counter()
        super()._start(claimed)
        execution_id = str(claimed.execution_id)
        if execution_id in self.expected:
            self.expected.pop(execution_id).set_result((begin, self._tasks[execution_id]))


class Bench:
    """An engine in this process, with runs started and awaited."""

    def __init__(self, redis_url: str, **more: Any) -> None:
        """`more` are further fields of its `EngineConfig`."""
        self.programs: dict[str, GraphProgram] = {}
        config = EngineConfig(
            uuid4(), database_url(), redis_url, load=lambda hash_, entry, owner: self.programs[hash_],
            cached=lambda hash_, entry: self.programs.get(hash_), run_in_database=run_in_database,
            sandbox_at_start=False, **more,
        )  # fmt: skip
        self.engine = WatchedEngine(config)
        self.serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Bench:
        self.serving = asyncio.create_task(self.engine.serve())
        await asyncio.sleep(0.3)
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self.engine.close(0.1)
        assert self.serving is not None
        await self.serving

    def prepare(self, document: Document) -> tuple[str, str, int]:
        definition = read(document)
        compiled, _ = compile_definition(definition, CATALOGUE)
        hashes = executions.store_definition(definition)
        self.programs[hashes[0]] = GraphProgram(compiled)
        return (*hashes, compiled.plan.total)

    async def run(self, prepared: tuple[str, str, int], value: Any, owner_id: UUID | None = None) -> float:
        """Run once; returns the engine's time in ms, from the claimed row to the durable end."""
        execution_id = str(await sync_to_async(start)(prepared, value, owner_id or uuid4()))
        started = self.engine.expect(execution_id)
        self.engine.ring(execution_id)
        begin, task = await started
        await asyncio.wait([task])
        return (time.perf_counter() - begin) * 1000

    async def run_many(self, prepared: tuple[str, str, int], count: int, owner_id: UUID) -> None:
        """Run some at once, until all are over. Raises: RuntimeError where one has not completed."""

        def start_all() -> list[UUID]:
            return [start(prepared, {}, owner_id) for _ in range(count)]

        ids = await sync_to_async(start_all)()
        for execution_id in ids:
            self.engine.ring(str(execution_id))
        left = RunState.objects.filter(execution_id__in=ids).exclude(status="completed")
        while await left.aexists():
            if await left.filter(status__in=("failed", "cancelled", "timeout")).aexists():
                raise RuntimeError("a run that is measured has failed")
            await asyncio.sleep(0.2)


def start(prepared: tuple[str, str, int], value: Any, owner_id: UUID) -> UUID:
    """Queue a run; nobody is told of it."""
    definition, layout, total = prepared
    new = NewRun(owner_id, None, "bench", definition, layout, "start", value, total)
    return executions.start(run=new, now=timezone.now()).execution_id


async def chain_ratio(bench: Bench) -> dict[str, float]:
    prepared = await sync_to_async(bench.prepare)(set_chain(100))
    ours, raw = [], []
    for _ in range(5):
        raw.append(await timed_raw(100, 6))
        ours.extend([await bench.run(prepared, {"x": 1}) for _ in range(6)])
    engine_ms, raw_ms = statistics.median(ours[3:]), statistics.median(raw)
    return {"engine_chain_ratio": engine_ms / raw_ms, "engine_chain_ms": engine_ms, "raw_langgraph_chain_ms": raw_ms}


async def fanout(bench: Bench) -> dict[str, float]:
    names = [f"w{at:02}" for at in range(40)]
    nodes = [
        node("start", "manual_trigger"),
        node("source", "no_op"),
        *(node(name, "wait_ms", ms=50) for name in names),
    ]
    nodes.append(node("join", "no_op"))
    edges = [
        edge("start", "source"),
        *(edge("source", name) for name in names),
        *(edge(name, "join") for name in names),
    ]
    prepared = await sync_to_async(bench.prepare)({"nodes": nodes, "edges": edges})
    times = [await bench.run(prepared, {"x": 1}) for _ in range(12)]
    return {"fanout_ratio": statistics.median(times[2:]) / 50}


def random_dag(seed: int) -> tuple[Document, float]:
    """Return a graph of 20 to 60 waiting nodes and the length of its critical path in ms."""
    chance = random.Random(seed)
    count = chance.randint(20, 60)
    nodes, ends = [node("start", "manual_trigger")], [0.0]
    edges: list[Document] = []
    for at in range(count):
        wait = chance.uniform(10, 100)
        sources = sorted(chance.sample(range(at + 1), min(chance.randint(1, 3), at + 1)))
        nodes.append(node(f"n{at:02}", "wait_ms", ms=wait))
        edges.extend(edge(nodes[source]["id"], f"n{at:02}") for source in sources)
        ends.append(max(ends[source] for source in sources) + wait)
    return {"nodes": nodes, "edges": edges}, max(ends)


async def makespans(bench: Bench, count: int = 50) -> dict[str, float]:
    ratios = []
    for seed in range(count):
        document, critical = random_dag(seed)
        prepared = await sync_to_async(bench.prepare)(document)
        await bench.run(prepared, []) if seed == 0 else None
        ratios.append(await bench.run(prepared, {"x": 1}) / critical)
    return {"makespan_median": statistics.median(ratios), "makespan_worst": max(ratios)}


def compile_ratio() -> dict[str, float]:
    document = set_chain(999)
    ours, raw = [], []
    for _ in range(5):
        CACHE.clear()
        GRAPHS.clear()
        begin = time.perf_counter()
        compile_definition(read(document), CATALOGUE)
        ours.append(time.perf_counter() - begin)
        begin = time.perf_counter()
        raw_graph(1000)
        raw.append(time.perf_counter() - begin)
    ordinary = set_chain(20)
    begin = time.perf_counter()
    compile_definition(read(ordinary), CATALOGUE)
    return {
        "compile_ratio": statistics.median(ours) / statistics.median(raw),
        "compile_1000_ms": statistics.median(ours) * 1000,
        "compile_20_ms": (time.perf_counter() - begin) * 1000,
    }


def expression_path() -> dict[str, float]:
    template = compile_template("{{ $json.order.customer.name }}")
    names = Names(json={"order": {"customer": {"name": "ann"}}})
    times = []
    for _ in range(7):
        begin = time.perf_counter()
        for _ in range(50_000):
            template.evaluate(names)
        times.append((time.perf_counter() - begin) / 50_000 * 1e6)
    return {"expression_path_us": statistics.median(times)}


def _sizes() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('executor_noderun'), pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
        )
        row = cursor.fetchone()
    return int(row[0]), int(row[1])


async def journal_bytes(bench: Bench) -> dict[str, float]:
    """500 nodes with 10 KB each that cannot be compressed: bytes in table and log per byte of payload."""
    chance = random.Random(1)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    def make(at: int) -> Document:
        value = "".join(chance.choices(alphabet, k=10_000))
        return node(f"n{at:03}", "set", keep_other=False, assignments=[{"name": "v", "value": value}])

    prepared = await sync_to_async(bench.prepare)(chain(500, make))
    await bench.run(prepared, {"x": 1})
    before = await sync_to_async(_sizes)()
    commits, rounds = bench.engine.journal.commits, 4
    for _ in range(rounds):
        await bench.run(prepared, {"x": 1})
    after = await sync_to_async(_sizes)()
    table, log = after[0] - before[0], after[1] - before[1]
    payload = rounds * 500 * 10_000
    return {
        "journal_bytes_ratio": (table + log) / payload,
        "journal_table_ratio": table / payload,
        "journal_rows_per_commit": rounds * 501 / max(bench.engine.journal.commits - commits, 1),
    }
