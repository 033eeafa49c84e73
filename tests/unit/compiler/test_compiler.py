"""Compiling: every problem at once, the same graph each time, the plan that gives the critical path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.compiler import check_definition, draw, validate
from compiler.definition import merged, read
from compiler.diagnostics import CompilationFailed, InvalidDefinition
from compiler.graph import Tables
from nodes.base import BatchNodeType, Look, NodeContext, NodeParams, NodeResult, Port
from nodes.builtin import BUILTIN
from nodes.items import Items
from nodes.registry import builtin_catalogue, catalogue_of
from tests.builders import chain, compiled, edge, graph, node, set_node
from tests.thoroughness import examples

CATALOGUE = builtin_catalogue()


def problems(document: dict[str, Any], tables: Tables | None = None) -> list[tuple[str, str | None, str | None]]:
    with pytest.raises(CompilationFailed) as caught:
        check_definition(read(document), CATALOGUE, tables)
    return [(found.code, found.node_id, found.field) for found in caught.value.diagnostics if found.severity == "error"]


def test_an_empty_workflow_is_refused() -> None:
    assert problems({"nodes": [], "edges": []}) == [("empty_workflow", None, None)]


def test_all_problems_are_reported_at_once() -> None:
    document = graph(
        [
            node("a", "nothing_like_it"),
            node("b", "set", {"assignments": [{"name": "x", "value": "{{ 1 + }}"}], "colour": 1}),
            node("c", "if"),
            node("lonely"),
            node("http", "http_request"),
        ],
        [edge("start", "a"), edge("a", "b"), edge("b", "c", "no_such"), edge("c", "http", "true"), edge("b", "ghost")],
    )

    found = problems(document)

    assert ("unknown_node_type", "a", "type") in found
    assert ("expression_syntax", "b", "params.assignments.0.value") in found
    assert ("invalid_config", "b", "params.colour") in found
    assert ("unknown_handle", "b", None) in found
    assert ("missing_config", "c", "params.conditions") in found
    assert ("orphan_node", "lonely", None) in found
    assert ("invalid_edge", "b", None) in found
    assert ("missing_config", "http", "params.url") in found
    assert found == sorted(found, key=lambda entry: (entry[1] or "", entry[2] or "", entry[0]))


def test_a_cycle_names_its_nodes() -> None:
    document = graph(
        [node("a"), node("b"), node("c")], [edge("start", "a"), edge("a", "b"), edge("b", "c"), edge("c", "a")]
    )

    with pytest.raises(CompilationFailed) as caught:
        check_definition(read(document), CATALOGUE)

    [cycle] = [found for found in caught.value.diagnostics if found.code == "dag_cycle"]
    assert cycle.related == ("a", "b", "c")


def test_no_trigger_is_a_problem() -> None:
    assert ("no_trigger", None, None) in problems({"nodes": [node("a")], "edges": []})


def test_labels_must_differ() -> None:
    document = graph([node("a", label="Same"), node("b", label="Same")], [edge("start", "a"), edge("a", "b")])

    assert problems(document) == [("duplicate_label", "b", "label")]


def test_an_expression_may_name_only_what_precedes_it_in_every_run() -> None:
    document = graph(
        [
            node("a"),
            node("b", "set", {"assignments": [{"name": "x", "value": "{{ $('a').first() }}"}]}),
            node("end", "merge"),
        ],
        [edge("start", "a"), edge("start", "b"), edge("a", "end", into="input_1"), edge("b", "end", into="input_2")],
    )

    assert problems(document) == [("expression_not_upstream", "b", "params.assignments.0.value")]


def test_an_unknown_label_is_a_problem_of_the_field_it_stands_in() -> None:
    assert problems(chain(set_node("a", x="{{ $('Nobody').item.json.x }}"))) == [
        ("expression_unknown_node", "a", "params.assignments.0.value")
    ]


@pytest.mark.parametrize(
    ("tables", "code"),
    [
        (Tables({}), "missing_credential"),
        (Tables({"c1": "hmac"}), "credential_type_mismatch"),
    ],
)
def test_credentials_are_checked_against_the_owners(tables: Tables, code: str) -> None:
    document = chain(node("a", "http_request", {"url": "https://example.org"}, credentials={"auth": "c1"}))

    assert problems(document, tables) == [(code, "a", "credentials.auth")]


def test_params_with_expressions_are_not_judged_before_they_have_a_value() -> None:
    document = chain(node("a", "limit", {"max_items": "{{ $json.n }}"}))

    assert compiled(document).plan.total == 2


@pytest.mark.parametrize(
    ("document", "field", "code"),
    [
        ({"nodes": "x"}, "nodes", "tuple_type"),
        ({"nodes": [{"id": "a"}]}, "nodes.0.type", "missing"),
        ({"nodes": [node("a"), node("a")]}, "nodes.1.id", "duplicate_id"),
        ({"nodes": [{"id": "x" * 65, "type": "set"}]}, "nodes.0.id", "string_too_long"),
        ({"nodes": [node(str(at)) for at in range(2001)]}, "nodes", "max_length"),
        ([], "", "invalid"),
    ],
)
def test_what_is_no_graph_is_refused_with_the_field(document: Any, field: str, code: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        read(document)

    errors: Any = caught.value.details["errors"]
    assert (errors[0]["field"], errors[0]["code"]) == (field, code)


def test_deep_nesting_is_refused() -> None:
    value: Any = 1
    for _ in range(300):
        value = [value]

    with pytest.raises(InvalidDefinition, match="1 field"):
        read({"nodes": [node("a", "set", {"json_output": value})]})


def test_layout_and_notes_do_not_change_the_hash_but_labels_do() -> None:
    plain = chain(set_node("a", x=1))
    moved = chain({**set_node("a", x=1), "position": {"x": 9, "y": 9}, "selected": True})
    moved["nodes"].append({"id": "memo", "type": "note", "data": {"text": "hello"}})
    renamed = chain({**set_node("a", x=1), "data": {**set_node("a", x=1)["data"], "label": "b"}})

    assert read(moved).hash == read(plain).hash
    assert read(renamed).hash != read(plain).hash


def test_a_stored_definition_comes_back_as_it_was_drawn() -> None:
    document = chain({**set_node("a", x=1), "width": 120})
    document["nodes"].append({"id": "memo", "type": "note", "position": {"x": 1, "y": 2}, "data": {"text": "hello"}})
    definition = read({**document, "viewport": {"x": 1, "y": 2, "zoom": 3}})

    again = merged(definition.body, definition.layout)

    assert [entry["id"] for entry in again["nodes"]] == ["start", "a", "memo"]
    assert again["nodes"][1]["width"] == 120
    assert again["nodes"][2]["data"]["text"] == "hello"
    assert read(again).hash == definition.hash


def test_cut_nodes_stand_in_series_and_segments_between_them() -> None:
    document = graph(
        [node("a"), node("b1"), node("b2"), node("c", "merge"), node("d")],
        [edge("start", "a"), edge("a", "b1"), edge("b1", "b2"), edge("a", "c", into="input_1"),
         edge("b2", "c", into="input_2"), edge("c", "d")],
    )  # fmt: skip

    root = compiled(document).plan.root

    assert root.cut_nodes == ("start", "a", "b1", "b2", "c", "d")


def test_a_fan_out_is_one_segment_with_a_unit_per_branch() -> None:
    document = graph(
        [node("a"), node("b"), node("b2"), node("c", "merge")],
        [
            edge("start", "a"),
            edge("start", "b"),
            edge("b", "b2"),
            edge("a", "c", into="input_1"),
            edge("b2", "c", into="input_2"),
        ],
    )

    root = compiled(document).plan.root

    assert root.cut_nodes == ("start", "c")
    assert root.segments == (("a", "b", "b2"),)
    [segment] = [step for step in root.steps if step.is_segment]
    assert sorted(unit.nodes for unit in segment.units) == [("a",), ("b", "b2")]


def test_only_what_the_entry_reaches_is_planned() -> None:
    document = graph(
        [node("hook", "webhook_trigger", {"path": "x"}), node("only_hook"), node("both", "merge")],
        [edge("start", "both", into="input_1"), edge("hook", "only_hook"), edge("only_hook", "both", into="input_2")],
    )

    assert compiled(document).plan.root.order == ("start", "both")


def test_the_drawing_names_the_nodes() -> None:
    drawn = draw(read(chain(node("first"), node("second"))), CATALOGUE)

    assert "first" in drawn["mermaid"]
    assert drawn["cut_nodes"] == ["start", "first", "second"]
    assert drawn["regions"] == 1


@st.composite
def dags(draw_: Any) -> dict[str, Any]:
    count = draw_(st.integers(1, 14))
    names = [f"n{at}" for at in range(count)]
    edges: list[dict[str, Any]] = []
    for at, name in enumerate(names):
        sources = draw_(st.lists(st.sampled_from(["start", *names[:at]]), min_size=1, max_size=3, unique=True))
        edges.extend(edge(source, name) for source in sources)
    return graph([node(name) for name in names], edges)


@settings(max_examples=examples(60), deadline=None)
@given(dags(), st.randoms())
def test_the_order_depends_on_nothing_but_the_graph(document: dict[str, Any], random: Any) -> None:
    first = compiled(document).plan.root
    shuffled = {**document, "nodes": list(document["nodes"])}
    random.shuffle(shuffled["nodes"])

    second = compiled(shuffled).plan.root

    assert first.order == second.order
    assert first.cut_nodes == second.cut_nodes
    planned = [name for step in first.steps for unit in step.units for name in unit.nodes]
    assert sorted(planned) == sorted(first.order)
    for each in document["edges"]:
        assert first.order.index(each["source"]) < first.order.index(each["target"])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(["nodes", "edges", "settings", "id", "type", "data", "params", "source", "target", "x"])
KINDS = st.sampled_from(["set", "if", "merge", "manual_trigger", "http_request", "switch", "note", "zzz", ""])


@settings(max_examples=examples(150), deadline=None)
@given(
    st.dictionaries(KEYS, json_values, max_size=4)
    | st.builds(
        lambda nodes, edges: {"nodes": nodes, "edges": edges},
        st.lists(
            st.builds(
                lambda i, k, p: {"id": i, "type": k, "data": {"params": p}}, st.text(max_size=3), KINDS, json_values
            )
        ),
        st.lists(
            st.builds(
                lambda s, t, h: {"source": s, "target": t, "sourceHandle": h},
                st.text(max_size=3),
                st.text(max_size=3),
                json_values,
            )
        ),
    )
)
def test_any_json_compiles_or_is_refused_with_diagnostics(document: Any) -> None:
    try:
        compiled(document)
    except (InvalidDefinition, CompilationFailed) as exc:
        assert exc.details.get("errors") or exc.details.get("diagnostics")


def test_a_case_that_leads_nowhere_is_warned_of() -> None:
    cases = [
        {"name": name, "conditions": [{"left": "{{ $json.x }}", "operator": "equals", "right": name}]} for name in "ab"
    ]
    document = chain(node("s", "switch", {"cases": cases}))

    assert [found.code for found in validate(read(document), CATALOGUE)] == []  # the last node: all of it is the result

    document["nodes"].append(node("t"))
    document["edges"].append(edge("s", "t", "a"))

    found = validate(read(document), CATALOGUE)
    assert [(one.code, one.severity, one.node_id) for one in found] == [("unused_output", "warning", "s")]
    assert "'b'" in found[0].message


def test_kinds_of_data_that_do_not_fit_are_refused() -> None:
    class Model(BatchNodeType[NodeParams]):
        """Gives something that is no list of items."""

        kind = "some_model"
        Params = NodeParams
        look = Look("Model", "For tests.", "flow")
        outputs = (Port("main", "Model", "model"),)

        async def run_all(self, params: NodeParams, inputs: Mapping[str, Items], ctx: NodeContext) -> NodeResult:
            raise AssertionError("only compiled")

    document = chain(node("m", "some_model"), node("a"))

    with pytest.raises(CompilationFailed) as caught:
        check_definition(read(document), catalogue_of([*BUILTIN, Model]))
    [found] = caught.value.diagnostics
    assert (found.code, found.node_id, found.edge_id) == ("type_mismatch", "a", "m.main-a.main")


@pytest.mark.parametrize(
    ("text", "warns"),
    [("Dear name }}", True), ("{{ $json.a }} and b }}", True), ('{"a":{"b":1}}', False), ("{{ $json.a }}", False), ("a}", False)],
)  # fmt: skip
def test_a_lone_end_of_an_expression_is_warned_of(text: str, warns: bool) -> None:
    found = validate(read(chain(node("s", "set", {"assignments": [{"name": "a", "value": text}]}))), CATALOGUE)

    assert ("expression_looks_unbalanced" in {one.code for one in found}) is warns


@pytest.mark.parametrize(
    ("trigger", "answers", "code"),
    [
        (node("t", "webhook_trigger", {"path": "a"}), True, "answer_unused"),
        (node("t", "webhook_trigger", {"path": "a", "response_mode": "last_node"}), True, "answer_unused"),
        (node("t", "webhook_trigger", {"path": "a", "response_mode": "respond_node"}), True, None),
        (node("t", "webhook_trigger", {"path": "a", "response_mode": "respond_node"}), False, "answer_missing"),
        (node("t", "webhook_trigger", {"path": "a"}), False, None),
        (node("t", "form_trigger", {"path": "a"}), True, "answer_unused"),
        (node("t", "manual_trigger"), True, None),
    ],
)
def test_a_caller_gets_the_answer_of_the_node_that_makes_one(
    trigger: dict[str, Any], answers: bool, code: str | None
) -> None:
    nodes = [trigger, node("a", "respond_webhook") if answers else node("a")]
    found = validate(read({"nodes": nodes, "edges": [edge("t", "a")]}), CATALOGUE)

    assert [(one.code, one.severity, one.node_id) for one in found] == ([(code, "warning", "t")] if code else [])


def test_a_node_that_is_switched_off_answers_nobody() -> None:
    nodes = [node("t", "webhook_trigger", {"path": "a", "response_mode": "respond_node"}), node("a", "respond_webhook")]
    nodes[1]["data"]["settings"] = {"disabled": True}
    found = validate(read({"nodes": nodes, "edges": [edge("t", "a")]}), CATALOGUE)

    assert {one.code for one in found} == {"answer_missing", "disabled_node"}


def only(node_id: str, *names: str, **settings: Any) -> dict[str, Any]:
    """Return a node that gives these fields alone."""
    params = {"keep_other": False, "assignments": [{"name": name, "value": 1} for name in names]}
    return node(node_id, "set", params, settings=settings)


@pytest.mark.parametrize(
    ("text", "before", "is_warned"),
    [
        ("{{ $json.b }}", [only("a", "x")], True),
        ("{{ $json.x }}", [only("a", "x")], False),
        ("{{ $json.x.deep }}", [only("a", "x.deep")], False),
        ("{{ $json.b.deep + 1 }}", [only("a", "x")], True),
        ("{{ $json.b }}", [only("a", "x"), only("c", "b")], False),
        ("{{ $json.z }}", [only("a", "x"), only("c", "b")], True),
        ("{{ $json.b }}", [set_node("a", x=1)], False),
        ("{{ $json.b }}", [only("a", "x", on_error="continue")], False),
        ("{{ $json.b }}", [only("a", "x", disabled=True)], False),
        ("{{ $json.b }}", [only("a", "{{ $now }}")], False),
        ("{{ $json?.b ?? 1 }}", [only("a", "x")], False),
        ("{{ $json.b || 'none' }}", [only("a", "x")], False),
        ("{{ typeof $json.b }}", [only("a", "x")], False),
        ("{{ $json.isEmpty() }}", [only("a", "x")], False),
        ("{{ $json['b'] }}", [only("a", "x")], False),
    ],
)
def test_a_field_that_nothing_before_gives_is_warned_of(text: str, before: list[Any], is_warned: bool) -> None:
    edges = [edge for one in before for edge in (edge_to(one), edge_from(one))]
    document = graph([*before, set_node("reader", y=text)], edges)

    found = validate(read(document), CATALOGUE)

    warned = [(one.code, one.node_id, one.field) for one in found if one.code == "unresolved_path"]
    assert warned == ([("unresolved_path", "reader", "params.assignments.0.value")] if is_warned else [])


def edge_to(one: dict[str, Any]) -> dict[str, Any]:
    return edge("start", one["id"])


def edge_from(one: dict[str, Any]) -> dict[str, Any]:
    return edge(one["id"], "reader")
