"""What the compiler remembers weighs about what it takes, and is bounded. Not among the tests whose lines are traced:
tracing memory and lines at once takes minutes.
"""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from compiler import compiler
from compiler.compiler import compile_definition, validate
from compiler.definition import read
from compiler.expressions import bodies
from compiler.expressions.bodies import body_of
from compiler.expressions.functions import regex
from nodes.registry import builtin_catalogue
from tests.builders import chain, edge, graph, node, set_node
from tests.unit.compiler.test_known_texts import document

CATALOGUE = builtin_catalogue()


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    bodies.KNOWN.clear()
    compiler.GRAPHS.clear()
    compiler.CACHE.clear()


def literal(value: Any) -> dict[str, Any]:
    return chain(node("a", "set", {"assignments": [{"name": "x", "value": value}]}))


def branches(count: int) -> dict[str, Any]:
    """Return a graph of which little lies in one chain: LangGraph has a task for each node."""
    names = [f"n{at}" for at in range(count)]
    questions = [node(f"q{name}", "if", {"conditions": {"left": "{{ $json.a }}"}}) for name in names]
    ends = [edge(f"q{name}", name, out=out) for name in names for out in ("true", "false")]
    return graph([*questions, *map(node, names)], [*(edge("start", f"q{name}") for name in names), *ends])


def expression(body: str) -> dict[str, Any]:
    return chain(*(set_node(f"n{at}", x=f"{{{{ {at} + {body} }}}}") for at in range(20)))


def memory_of(make: Callable[[], Any]) -> tuple[int, Any]:
    """Return how many bytes are held after something was made, and what was made."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        made = make()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before, made
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "document",
    [literal("x" * 500_000), literal("x" * 500_000 + "\U0001f600"), literal([[]] * 20_000), literal([{"a": 1}] * 10_000),
     literal(list(range(1000, 30_000))), literal([str(at) for at in range(20_000)]), literal("{{ 1 }}" + "x" * 60_000 + "\U0001f600"),
     chain(*(node(f"n{at}") for at in range(300))), document(300), expression("+".join(["$json.a"] * 100)),
     expression("!" * 40 + "a"), expression("a" + "()" * 200), expression("[" + ",".join(["[]"] * 300) + "]"),
     branches(150), expression("+".join(["a"] * 400)), expression('"' + "x" * 2000 + '"'), literal("{{ a }} " * 2000)],
)  # fmt: skip
def test_what_is_known_weighs_about_what_it_takes(document: dict[str, Any]) -> None:
    _ = compile_definition(read(chain(set_node("a", x="{{ 1 }}"))), CATALOGUE)[0].lowered  # what is made once for all
    raw = json.dumps(document)

    def known() -> Any:
        compiled = compile_definition(read(json.loads(raw)), CATALOGUE)[0]
        return compiled, compiled.lowered, compiled.lowered_to_resume

    compiler.CACHE.clear()
    taken, _ = memory_of(known)
    assert len(compiler.CACHE) == 1
    assert taken < 2 * compiler.CACHE.weight
    assert compiler.CACHE.weight < 10 * taken, "what takes little is kept"


def test_definitions_of_megabytes_leave_their_memory_to_others() -> None:
    def posted() -> None:
        for number in range(25):
            validate(read(literal([number, "x" * 4_000_000])), CATALOGUE)

    taken, _ = memory_of(posted)
    assert taken < 2 * compiler.GRAPHS.most_bytes
    assert compiler.GRAPHS.weight <= compiler.GRAPHS.most_bytes


def test_a_pattern_of_a_few_characters_that_takes_megabytes_is_held_by_no_tree() -> None:
    trees = [body_of(f"/.{{800}}{at}/.test($json.a)") for at in range(40)]
    assert len(trees) == 40
    assert len(regex.PATTERNS) < 10
    assert regex.PATTERNS.weight <= regex.PATTERNS.most_bytes
