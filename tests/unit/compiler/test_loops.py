"""Loops: whose nodes are whose, which edges cross a border, and the tree of regions that is planned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from compiler.compiler import check_definition, validate
from compiler.definition import read
from compiler.diagnostics import CompilationFailed
from compiler.graph import Graph
from compiler.plan import Region, plan
from compiler.regions import MOST_AROUND, bodies
from nodes.base import BatchNodeType, Look, NodeContext, NodeParams, NodeResult, Port
from nodes.builtin import BUILTIN
from nodes.items import Items
from nodes.registry import catalogue_of
from tests.builders import edge, graph, node


class Repeat(BatchNodeType[NodeParams]):
    """A loop as far as the compiler sees one."""

    kind = "repeat"
    Params = NodeParams
    look = Look("Repeat", "For tests.", "flow")
    outputs = (Port("loop", "Loop"), Port("done", "Done"))
    loop_handle = "loop"

    async def run_all(self, params: NodeParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
        raise AssertionError("only compiled")


CATALOGUE = catalogue_of([*BUILTIN, Repeat])


def document(names: str, *edges: tuple[str, ...]) -> dict[str, Any]:
    """Return a graph of no-ops and of loops (names in upper case)."""
    nodes = [node(name, "repeat" if name.isupper() else "no_op") for name in names.split()]
    return graph(nodes, [edge(*ends) for ends in edges])


def checked(names: str, *edges: tuple[str, ...]) -> Graph:
    return check_definition(read(document(names, *edges)), CATALOGUE)


def problems(names: str, *edges: tuple[str, ...]) -> list[tuple[str, str | None]]:
    with pytest.raises(CompilationFailed) as caught:
        checked(names, *edges)
    return [(found.code, found.edge_id) for found in caught.value.diagnostics if found.severity == "error"]


ONE = (("start", "L"), ("L", "a", "loop"), ("a", "b"), ("b", "L"), ("L", "z", "done"))


def test_a_cycle_through_a_loop_compiles_into_a_region_of_its_own() -> None:
    planned = plan(checked("L a b z", *ONE), "start")

    assert planned.root.order == ("start", "L", "z")
    assert planned.root.bodies["L"].order == ("a", "b")
    assert planned.root.count() == 2
    assert planned.total == 5


def test_a_dead_end_reached_from_the_body_only_belongs_to_it() -> None:
    body = bodies(checked("L a b t z", *ONE, ("a", "t")))["L"]

    assert (sorted(body.core), sorted(body.tail)) == (["a", "b"], ["t"])
    assert [one.id for one in body.returning] == ["b.main-L.main"]


def test_nested_loops_are_nested_regions() -> None:
    planned = plan(
        checked(
            "L a M b c z",
            ("start", "L"), ("L", "a", "loop"), ("a", "M"), ("M", "b", "loop"), ("b", "M"), ("M", "c", "done"), ("c", "L"),
            ("L", "z", "done"),
        ),
        "start",
    )  # fmt: skip

    def shape(region: Region) -> Any:
        return region.order, {loop: shape(body) for loop, body in region.bodies.items()}

    assert shape(planned.root) == (("start", "L", "z"), {"L": (("a", "M", "c"), {"M": (("b",), {})})})


def test_an_edge_that_leaves_a_body_by_the_side_is_named() -> None:
    assert problems("L a b z", *ONE, ("a", "z")) == [("loop_escape", "a.main-z.main")]
    # The rule must not blame the loop's own way out.
    assert problems("L a b z", *ONE, ("b", "z", "error")) == [("loop_escape", "b.error-z.main")]


def test_an_edge_that_enters_a_body_by_the_side_is_named() -> None:
    assert problems("L a b x z", *ONE, ("start", "x"), ("x", "b")) == [("loop_entry", "x.main-b.main")]


def test_an_inner_body_may_not_return_to_the_outer_loop() -> None:
    found = problems(
        "L M b",
        ("start", "L"), ("L", "M", "loop"), ("M", "b", "loop"), ("b", "M"), ("b", "L"), ("M", "L", "done"),
    )  # fmt: skip

    assert found == [("loop_escape", "b.main-L.main")]


def test_a_cycle_that_a_loop_does_not_close_is_still_a_cycle() -> None:
    assert ("dag_cycle", None) in problems("L a b z y", *ONE, ("z", "y"), ("y", "z"))
    assert ("dag_cycle", None) in problems("L z", ("start", "L"), ("L", "z", "done"), ("z", "L"))


def test_a_body_without_a_way_back_is_allowed_with_a_warning() -> None:
    read_one = read(document("L a z", ("start", "L"), ("L", "a", "loop"), ("L", "z", "done")))

    assert [(found.code, found.severity, found.node_id) for found in validate(read_one, CATALOGUE)] == [
        ("unused_output", "warning", "L")
    ]


def test_a_loop_may_lead_to_itself() -> None:
    planned = plan(checked("L z", ("start", "L"), ("L", "L", "loop"), ("L", "z", "done")), "start")

    assert planned.root.order == ("start", "L", "z")
    assert planned.root.bodies["L"].order == ()


@pytest.mark.parametrize(("count", "refused"), [(27, 0), (30, 3)])
def test_loops_are_refused_where_their_paths_could_not_be_stored(count: int, refused: int) -> None:
    ids = [f"{'n' * 61}{at:03}" for at in range(count)]
    edges = [edge("start", ids[0])]
    for outer, inner in zip(ids, ids[1:], strict=False):
        edges += [edge(outer, inner, "loop"), edge(inner, outer, "done")]
    edges += [edge(ids[-1], "x", "loop"), edge("x", ids[-1])]
    definition = read(graph([*(node(one, "repeat") for one in ids), node("x")], edges))

    found: list[str] = []
    try:
        check_definition(definition, CATALOGUE)
    except CompilationFailed as exc:
        found = [one.code for one in exc.diagnostics if one.severity == "error"]
    assert found == ["loop_too_deep"] * refused


def nested(count: int) -> dict[str, Any]:
    """Return loops each in the body of the one before."""
    nodes = [node(f"l{at}", "loop") for at in range(count)]
    edges = [edge("start", "l0"), edge(f"l{count - 1}", f"l{count - 1}", "loop")]
    for at in range(1, count):
        edges += [edge(f"l{at - 1}", f"l{at}", "loop"), edge(f"l{at}", f"l{at - 1}", "done")]
    return graph(nodes, edges)


@pytest.mark.timeout(60)
def test_loops_deep_in_others_are_refused_before_much_is_done_about_them() -> None:
    """A hundred of them took a quarter of a minute, each of which was looked through for each of the others."""
    found = {finding.code for finding in validate(read(nested(120)), CATALOGUE)}

    assert found == {"loop_too_deep"}
    assert not validate(read(nested(MOST_AROUND)), CATALOGUE)
