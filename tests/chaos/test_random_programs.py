"""Random programs of branches, parallel parts, loops and failures, against a reference that is a few lines of Python.

Each runs once undisturbed, and once with crashes at random boundaries. Timers and nodes on another queue move what
happens when; neither that nor the crashes may move what comes out.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from compiler.compiler import compile_definition
from compiler.definition import read
from executor.domain.new_run import NewRun
from executor.selectors import execution_by_id
from executor.verbs import executions
from tests.builders import edge, node
from tests.chaos.test_every_boundary import Place, in_a_loop, take_over
from tests.integration.executor.running import CATALOGUE, SEEN, behave, check_events
from tests.thoroughness import TRIES_ALL

pytestmark = pytest.mark.django_db(transaction=True)
Jsons = list[dict[str, Any]]
Meaning = Callable[[Jsons], Jsons]
ERROR = {"code": "no_luck", "message": "it did not work", "details": {"hint": "none"}}
ITEMS: Jsons = [{"n": n} for n in range(5)]


class Program:
    """Nodes and edges as they are made, beside what they mean."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.nodes: list[dict[str, Any]] = [node("start", "manual_trigger")]
        self.edges: list[dict[str, Any]] = []
        self.last = ("start", "main")

    def add(self, kind: str, params: dict[str, Any] | None = None, **data: Any) -> str:
        name = f"{kind}{len(self.nodes)}"
        self.nodes.append(node(name, kind, params, **data))
        return name

    def then(self, name: str, into: str = "main", out: str = "main") -> None:
        """Lead the way on to a node."""
        source, handle = self.last
        self.edges.append(edge(source, name, handle, into))
        self.last = (name, out)

    def block(self, depth: int) -> Meaning:
        """Add some steps in a row; returns what they do to items."""
        steps = [self.step(depth) for _ in range(self.chance.randint(1, 3))]

        def run(items: Jsons) -> Jsons:
            for step in steps:
                items = step(items)
            return items

        return run

    def step(self, depth: int) -> Meaning:
        kinds = (
            [self.setting, self.failing, self.waiting, self.far, self.stepping]
            if depth <= 0
            else [self.setting, self.failing, self.far, self.stepping, self.branch, self.side_by_side, self.loop]
        )
        return self.chance.choice(kinds)(depth - 1)

    def setting(self, _depth: int) -> Meaning:
        add = self.chance.randint(0, 4)
        self.then(self.add("set", {"assignments": [{"name": "n", "value": f"{{{{ $json.n + {add} }}}}"}]}))
        return lambda items: [{**item, "n": item["n"] + add} for item in items]

    def waiting(self, _depth: int) -> Meaning:
        self.then(self.add("wait", {"seconds": self.chance.choice([0, 0.001, 0.02])}))
        return lambda items: items

    def far(self, _depth: int) -> Meaning:
        name = f"far{len(self.nodes)}"
        self.nodes.append(behave(name, "far", "effect", settings={"queue": "nodes"}))
        self.then(name)
        return lambda items: [{**item, "done": "far"} for item in items]

    def stepping(self, _depth: int) -> Meaning:
        how = self.chance.choice(["chain", "timer", "together"])
        self.then(self.add("steps", {"how": how, "seconds": self.chance.choice([0.001, 0.02])}))
        between = {"chain": "m", "timer": {"by": "time"}, "together": [0, 1]}[how]
        return lambda items: [{**item, "first": 1, "between": between, "last": 2} for item in items]

    def failing(self, _depth: int) -> Meaning:
        name = f"fails{len(self.nodes)}"
        self.nodes.append(behave(name, "fail_odd", settings={"on_error": "continue"}))
        self.then(name)

        def run(items: Jsons) -> Jsons:
            return [{**item, "error": ERROR} if item["n"] % 2 else {**item, "done": "fail_odd"} for item in items]

        return run

    def branch(self, depth: int) -> Meaning:
        divisor = self.chance.randint(2, 3)
        condition = {"left": f"{{{{ $json.n % {divisor} }}}}", "operator": "equals", "right": 0}
        test = self.add("if", {"conditions": [condition]})
        self.then(test)
        one, other = self._two_ways(depth, (test, "true"), (test, "false"))
        return lambda items: (
            one([i for i in items if i["n"] % divisor == 0]) + other([i for i in items if i["n"] % divisor])
        )

    def side_by_side(self, depth: int) -> Meaning:
        fork = self.add("no_op")
        self.then(fork)
        one, other = self._two_ways(depth, (fork, "main"), (fork, "main"))
        return lambda items: one(items) + other(items)

    def _two_ways(self, depth: int, first: tuple[str, str], second: tuple[str, str]) -> tuple[Meaning, Meaning]:
        self.last = first
        one, end = self.block(depth), None
        end = self.last
        self.last = second
        other = self.block(depth)
        join = self.add("merge")
        self.then(join, "input_2")
        self.edges.append(edge(end[0], join, end[1], "input_1"))
        return one, other

    def loop(self, depth: int) -> Meaning:
        params = {"max_loop_count": 1000, "concurrency": self.chance.choice([1, 1, 3])}
        name = self.add("loop", params)
        self.then(name)
        self.last = (name, "loop")
        body = self.block(depth)
        source, handle = self.last
        self.edges.append(edge(source, name, handle))
        self.last = (name, "done")
        return lambda items: [made for item in items for made in body([item])]


def queue(document: dict[str, Any]) -> UUID:
    definition = read(document)
    compiled, _ = compile_definition(definition, CATALOGUE)
    hashes = executions.store_definition(definition)
    run = NewRun(
        owner_id=uuid4(), workflow_id=None, workflow_name="Random", definition_hash=hashes[0], layout_hash=hashes[1],
        trigger_node_id="start", input=ITEMS, total=compiled.plan.total,
    )  # fmt: skip
    return executions.start(run=run, now=timezone.now()).execution_id


def check_effects(execution_id: UUID) -> None:
    """Assert that no effect of a finished node was repeated: each key at most once for each time a worker took it."""
    took = 4  # workers at most: two crashed, the last one, and the other side of a queue
    keys = Counter(key for how, key in SEEN if how == "far")
    assert all(key.startswith(str(execution_id)) and count <= took for key, count in keys.items())


@pytest.mark.timeout(170)
@pytest.mark.parametrize("seed", range(40 if TRIES_ALL else 8))
def test_a_random_program_means_what_its_reference_means(seed: int) -> None:
    chance = random.Random(seed)
    program = Program(chance)
    meaning = program.block(3)
    program.then(program.add("no_op"))
    document = {"nodes": program.nodes, "edges": program.edges, "settings": {}}
    expected = meaning(ITEMS)

    places: list[Place] = []
    for crash_at in (None, 0):
        SEEN.clear()
        execution_id = queue(document)
        if crash_at is None:
            places = in_a_loop(execution_id, None).places
        else:
            for _ in range(chance.choice([1, 1, 2])):
                in_a_loop(execution_id, chance.choice(places))
                take_over()
            in_a_loop(execution_id, None)
        execution = execution_by_id(execution_id)
        assert execution.state.status == "completed", execution.error
        assert [item["json"] for item in execution.output or []] == expected
        check_events(execution)
        check_effects(execution_id)
