"""Helpers: folded into the steps whose slots they fill, with diagnostics of their own."""

from __future__ import annotations

from typing import Any

import pytest

from compiler.compiler import validate
from compiler.definition import from_body, merged, read
from compiler.graph import Graph, Tables, link
from compiler.slots import MOST_DEEP, helpers_in, unique_name
from nodes.registry import builtin_catalogue
from tests.builders import chain, compiled, edge, graph, node, set_node
from tests.helping import CATALOGUE


def beside(*helpers: dict[str, Any], into: list[dict[str, Any]], step: str = "taker") -> dict[str, Any]:
    """Return a step behind the trigger, with helpers and the edges that lead into its slots."""
    return graph([node("step", step), *helpers], [edge("start", "step"), *into])


def said(
    document: dict[str, Any], severity: str = "error", tables: Tables | None = None
) -> list[tuple[str, str | None]]:
    found = validate(read(document), CATALOGUE, tables)
    return [(one.code, one.node_id) for one in found if one.severity == severity]


def linked(document: dict[str, Any]) -> Graph:
    return link(read(document), CATALOGUE)


def asking(text: str, node_id: str = "tool", **data: Any) -> dict[str, Any]:
    return node(node_id, "set", {"assignments": [{"name": "x", "value": text}]}, **data)


def test_a_helper_is_folded_into_its_step() -> None:
    document = beside(
        node("giver", "giver"), set_node("tool", x=1),
        into=[edge("giver", "step", "model", "model"), edge("tool", "step", "tool", "tools")],
    )  # fmt: skip

    made = compiled(document, CATALOGUE)

    assert said(document) == said(document, "warning") == []
    assert made.plan.root.order == ("start", "step")
    assert made.plan.total == 2, "it counts for no progress"
    assert list(made.graph.helpers) == ["giver", "tool"]
    assert [helper.kind for helper in helpers_in(made.graph, "step", "tools")] == ["set"]
    assert [helper.kind for helper in helpers_in(made.graph, "step", "model")] == ["giver"]


def test_a_node_that_is_no_tool_has_a_turn() -> None:
    document = chain(set_node("a", x=1))
    assert linked(document).helpers == {}
    assert list(linked(document).nodes) == ["a", "start"]


@pytest.mark.parametrize(
    ("into", "expected"),
    [
        (edge("giver", "step", "model", "tools"), [("type_mismatch", "step")]),
        (edge("giver", "step", "model", "main"), [("type_mismatch", "step")]),
        (edge("giver", "step", "main", "model"), [("unknown_handle", "giver")]),
        (edge("giver", "step", "model", "nowhere"), [("unknown_handle", "step")]),
        (edge("start", "step", "main", "tools"), [("type_mismatch", "step")]),
        (edge("start", "step", "tool", "tools"), [("unknown_handle", "start")]),
        (edge("step", "giver", "main", "main"), [("unknown_handle", "giver")]),
        (edge("giver", "giver", "model", "model"), [("dag_cycle", "giver"), ("invalid_edge", "giver"), ("unknown_handle", "giver")]),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(into: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert sorted(said(beside(node("giver", "giver"), into=[into]))) == expected


def test_a_single_slot_takes_one_and_a_required_one_needs_it() -> None:
    two = [edge("giver", "step", "model", "model"), edge("other", "step", "model", "model")]
    assert said(beside(node("giver", "giver"), node("other", "giver"), into=two)) == [("slot_overfull", "step")]
    assert said(beside(into=[], step="needy")) == [("slot_empty", "step")]
    off = node("giver", "giver", settings={"disabled": True})
    assert said(beside(off, into=[edge("giver", "step", "model", "model")], step="needy")) == [("slot_empty", "step")]


def test_a_helper_that_feeds_nothing_is_a_warning_and_no_orphan() -> None:
    document = beside(node("giver", "giver"), into=[])
    assert said(document) == []
    assert said(document, "warning") == [("unused_output", "giver")]


def test_diagnostics_of_a_helper_stand_on_it() -> None:
    document = beside(
        node("giver", "giver", {"colour": 1, "name": "{{ 1 + }}"}, credentials={"any": "c1"}, settings={"retry": {"max_attempts": 3}}),
        into=[edge("giver", "step", "model", "model")],
    )  # fmt: skip
    found = said(document, tables=Tables(credential_types={}, workflows={}))
    assert set(found) == {("invalid_config", "giver"), ("expression_syntax", "giver")}
    assert len(found) == 4, "the unknown param, the expression, the credential, the setting"


def test_expressions_of_a_helper_see_what_precedes_every_step_it_serves() -> None:
    nodes = [set_node("a", x=1), node("one", "taker"), node("two", "taker")]
    helper = node("giver", "giver", {"name": "{{ $('a').item.json.x }}"})
    flow = [edge("start", "a"), edge("a", "one"), edge("giver", "one", "model", "model")]

    assert said(graph([*nodes, helper], [*flow, edge("one", "two")])) == []
    both = [*flow, edge("start", "two"), edge("giver", "two", "model", "model")]
    assert said(graph([*nodes, helper], both)) == [("expression_not_upstream", "giver")]
    naming = set_node("later", x="{{ $('giver').item.json.x }}")
    named = graph([*nodes, helper, naming], [*flow, edge("one", "two"), edge("two", "later")])
    assert said(named) == [("expression_not_upstream", "later")]


def test_helpers_stand_beside_helpers_but_never_in_a_circle_or_too_deep() -> None:
    flow = [edge("start", "step"), edge("taker", "step", "tool", "tools")]
    nested = [node("step", "taker"), node("taker", "taker"), node("giver", "giver")]
    fine = graph(nested, [*flow, edge("giver", "taker", "model", "model")])
    assert said(fine) == []
    assert list(linked(fine).nodes) == ["start", "step"]

    circle = graph(
        [*nested[:2], node("z", "taker")],
        [*flow, edge("z", "taker", "tool", "tools"), edge("taker", "z", "tool", "tools")],
    )
    assert said(circle) == [("dag_cycle", "taker")]

    ids = [f"t{number}" for number in range(MOST_DEEP + 2)]
    deep = graph(
        [node("step", "taker"), *(node(one, "taker") for one in ids)],
        [edge("start", "step"), edge(ids[0], "step", "tool", "tools"),
         *(edge(inner, outer, "tool", "tools") for outer, inner in zip(ids, ids[1:], strict=False))],
    )  # fmt: skip
    assert said(deep) == [("helper_too_deep", ids[MOST_DEEP])]


def test_one_helper_may_serve_several_steps() -> None:
    document = graph(
        [node("one", "taker"), node("two", "taker"), node("giver", "giver")],
        [edge("start", "one"), edge("one", "two"), edge("giver", "one", "model", "model"),
         edge("giver", "two", "model", "model")],
    )  # fmt: skip
    assert said(document) == []
    assert [len(helpers_in(linked(document), step, "model")) for step in ("one", "two")] == [1, 1]


# -- tools -------------------------------------------------------------------------------------------------------------
def test_the_schema_of_a_tool_is_made_of_what_its_params_ask() -> None:
    text = (
        "in {{ $fromAI('city', 'Name of the city', 'string', 'Oslo').toUpperCase() }} "
        "for {{ [1].map(one => one + $fromAI('days', '', 'number'))[0] }} {{ $fromAI('city') }}"
    )
    document = beside(asking(text, tool_description="Tells the weather"), into=[edge("tool", "step", "tool", "tools")])

    assert said(document) == []
    (tool,) = helpers_in(linked(document), "step", "tools")
    assert (tool.tool_name, tool.tool_description, tool.gives, tool.effect) == (
        "tool",
        "Tells the weather",
        "tool",
        "pure",
    )
    assert tool.input_schema == {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "city": {"type": "string", "description": "Name of the city", "default": "Oslo"},
            "days": {"type": "number"},
        },
        "required": ["days"],
    }


@pytest.mark.parametrize(
    "text",
    ["{{ $fromAI() }}", "{{ $fromAI($json.key) }}", "{{ $fromAI('a b') }}", "{{ $fromAI('a', '', 'date') }}", "{{ $fromAI }}",
     "{{ $fromAI('a', 'b', 'number', 'x') }}", "{{ $fromAI('a', `${1}`) }}", "{{ $fromAI('a', '', 'json', {...$json}) }}"],
)  # fmt: skip
def test_what_is_asked_is_written_out(text: str) -> None:
    document = beside(asking(text), into=[edge("tool", "step", "tool", "tools")])
    assert said(document) == [("expression_syntax", "tool")]


def test_outside_of_a_tool_nobody_can_be_asked() -> None:
    assert said(chain(asking("{{ $fromAI('a') }}"))) == [("expression_syntax", "tool")]
    helper = node("giver", "giver", {"name": "{{ $fromAI('a') }}"})
    assert said(beside(helper, into=[edge("giver", "step", "model", "model")])) == [("expression_syntax", "giver")]


def test_one_key_means_one_thing() -> None:
    document = beside(
        asking("{{ $fromAI('a', 'x', 'number') + $fromAI('a', 'x', 'string') }}"),
        into=[edge("tool", "step", "tool", "tools")],
    )
    assert said(document) == [("tool_argument_conflict", "tool")]


def test_names_of_tools_are_made_of_labels_and_unique() -> None:
    document = beside(
        asking("1", "a", label="Prüfe Wetter!"), asking("2", "b", label="pruefe_wetter"), asking("3", "c", label="Prufe  wetter"),
        asking("4", "d", label="天気"),
        into=[edge(one, "step", "tool", "tools") for one in "abcd"],
    )  # fmt: skip
    names = [helper.tool_name for helper in helpers_in(linked(document), "step", "tools")]
    assert names == ["prufe_wetter", "pruefe_wetter", "prufe_wetter_2", "tool"]
    taken: set[str] = set()
    assert [len(unique_name("x" * 100, taken)) for _ in range(12)] == [64] * 12
    assert len(taken) == 12


def test_the_description_of_a_tool_is_kept_and_changes_what_runs() -> None:
    described = beside(asking("1", tool_description="one"), into=[edge("tool", "step", "tool", "tools")])
    other = beside(asking("1", tool_description="two"), into=[edge("tool", "step", "tool", "tools")])
    plain = beside(asking("1"), into=[edge("tool", "step", "tool", "tools")])

    one = read(described)
    assert len({one.hash, read(other).hash, read(plain).hash}) == 3
    assert from_body(one.body).hash == one.hash
    again = read(merged(one.body, one.layout))
    assert again.hash == one.hash
    assert "tool_description" not in read(plain).body["nodes"][2]


OPEN, BOUND = "0198f0aa-0000-7000-8000-00000000000a", "0198f0aa-0000-7000-8000-00000000000b"


@pytest.mark.parametrize(
    ("url", "credential", "is_open"),
    [
        ("{{ $fromAI('url') }}", OPEN, True),
        ("https://{{ $fromAI('host') }}/x", OPEN, True),
        ("https://api.example.com{{ $fromAI('path') }}", OPEN, True),
        ("https://api.example.com:{{ $fromAI('port', '', 'number') }}/", OPEN, True),
        ("https://user@{{ $fromAI('host') }}/", OPEN, True),
        ("{{ 'https://' + $fromAI('host') }}", OPEN, True),
        ("https://api.example.com/{{ $fromAI('path') }}", OPEN, False),
        ("https://api.example.com?q={{ $fromAI('q') }}", OPEN, False),
        ("{{ $json.url }}", OPEN, False),
        ("{{ $fromAI('url') }}", BOUND, False),
        ("{{ $fromAI('url') }}", None, False),
    ],
)
def test_a_model_chooses_no_host_for_a_credential_that_may_go_anywhere(
    url: str, credential: str | None, is_open: bool
) -> None:
    given = {"credentials": {"auth": credential}} if credential else {}
    document = graph(
        [node("step", "tool_call", {"tool": "t"}), node("tool", "http_request", {"url": url}, **given)],
        [edge("start", "step"), edge("tool", "step", "tool", "tools")],
    )
    tables = Tables(
        credential_types={OPEN: "http_bearer", BOUND: "http_bearer"}, credential_hosts={OPEN: (), BOUND: ("a.example",)}
    )
    found = [one.code for one in validate(read(document), builtin_catalogue(), tables) if one.severity == "error"]
    assert ("credential_host_open" in found) == is_open, found
