"""Compiling twice costs once: texts, graphs, and what must not be taken over from an earlier compile."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler import checks, compiler
from compiler import known as known_things
from compiler.compiler import check_definition, compile_definition, validate
from compiler.definition import WorkflowSettings, read
from compiler.expressions import ExpressionSyntaxError, bodies, parser
from compiler.expressions.bodies import body_of, labels_in
from compiler.expressions.references import reference_in
from compiler.graph import Tables, link
from compiler.known import Known, remembered
from nodes.registry import builtin_catalogue
from tests.builders import chain, node, set_node

CATALOGUE = builtin_catalogue()
PIECES = st.sampled_from(
    ["$json", "$('a b')", '$node["x"]', "$items('é')", ".item", ".json", "[0]", "[12]", "['k']", '["k"]', ".first()", " ",
     ".constructor", "+", "?.a", "$", "(", ")", "['\\n']", "\ufeff", "[-1]", ".ª", "[0x1]", "$node", "\ud800", "['\ud800']", "\n"]
)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    bodies.KNOWN.clear()
    compiler.GRAPHS.clear()
    compiler.CACHE.clear()


@given(st.lists(PIECES, max_size=6).map("".join))
def test_a_reference_that_is_read_at_one_go_is_what_the_parser_reads(text: str) -> None:
    quick = reference_in(text)
    if quick is not None:
        assert quick == parser._Parser(text).whole()


@pytest.mark.parametrize(
    "text", [" $json.a[0]['b'] ", "$('N 1').item.json.total", '$node["N"].json.x', "$items('N')[0].json"]
)
def test_references_are_read_at_one_go(text: str) -> None:
    assert reference_in(text) == parser._Parser(text).whole()


def document(count: int, **more: Any) -> dict[str, Any]:
    made = chain(*(set_node(f"n{at}", x="{{ $json.total + 1 }}", y="{{ $json.total * 2 }}") for at in range(count)))
    return {**made, **more}


def test_a_text_is_parsed_once_in_however_many_nodes_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def parse(text: str) -> Any:
        parsed.append(text)
        return parser.parse(text)

    monkeypatch.setattr(bodies, "parse", parse)
    compile_definition(read(document(30)), CATALOGUE)
    compile_definition(read(document(31)), CATALOGUE)
    assert sorted(parsed) == [" $json.total * 2 ", " $json.total + 1 "]


def test_a_shape_is_linked_without_a_look_at_its_expressions() -> None:
    graph = link(read(document(5)), CATALOGUE)
    assert graph.called() == ()
    assert len(bodies.KNOWN) == 0


def test_an_error_in_a_known_text_keeps_its_place() -> None:
    for _ in range(2):
        with pytest.raises(ExpressionSyntaxError) as raised:
            body_of(" 1 + ")
        assert raised.value.position == 5


def test_labels_are_found_wherever_they_stand() -> None:
    tree = parser.parse("[1, {a: $('A').item}, x => $node['B'].json[$items('C').length], `${$node.D.json}`]")
    assert sorted(label for label, _ in labels_in(tree)) == ["A", "B", "C", "D"]


def test_a_graph_that_is_known_takes_settings_and_tables_of_each_definition() -> None:
    others: dict[str, Any] = {
        "timeout_s": 5,
        "timezone": "Asia/Tokyo",
        "error_policy": "let_others_finish",
        "max_nesting_depth": 1,
        "keeps_test_state": True,
        "budget": {"max_cost_usd": 2.5, "max_tokens": 100},
    }
    for name, value in others.items():
        validate(read(document(1)), CATALOGUE)
        settings = check_definition(read(document(1, settings={name: value})), CATALOGUE).settings
        assert settings.model_dump()[name] == value
    assert set(WorkflowSettings.model_fields) == set(others), "a new one is tried, too"

    missing = document(1)
    missing["nodes"][1]["data"]["credentials"] = {"auth": "x"}
    for tables in (None, Tables(credential_types={})):
        graph = link(read(missing), CATALOGUE, tables)
        assert validate(read(missing), CATALOGUE, tables) == checks.findings(graph)


def test_what_cannot_run_is_not_kept() -> None:
    wrong = read(chain(node("a", "of_nobody")))
    assert validate(wrong, CATALOGUE)
    assert not compiler.is_known(wrong, CATALOGUE)


def test_what_is_known_makes_room_for_what_is_used() -> None:
    known: Known[str, str] = Known(100)
    for name in "abcd":
        known.put(name, name, 30)
    assert [known.get(name) for name in "abcd"] == [None, "b", "c", "d"]
    known.get("b")
    known.put("e", "e", 30)
    assert [known.get(name) for name in "bcde"] == ["b", None, "d", "e"]
    known.put("huge", "huge", 51)
    assert (known.get("huge"), known.weight) == (None, 90)


def test_what_is_too_old_leaves_when_it_is_asked_for_or_when_room_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("compiler.known.time.monotonic", lambda: now)
    known: Known[str, str] = Known(100)
    for name in "abc":
        known.put(name, name, 30)
    now = known_things.KEPT_S + 1
    assert (known.get("a"), len(known)) == (None, 2)
    known.put("d", "d", 50)
    assert (len(known), known.weight) == (1, 50)
    known.clear()
    assert known.weight == 0


def test_a_text_that_was_read_is_not_read_again_while_it_is_known() -> None:
    read_texts: list[str] = []

    def make(text: str) -> str:
        read_texts.append(text)
        return text.upper()

    once = remembered(make, 10_000, len)
    assert [once(text) for text in ("a", "a", "b" * 6000, "b" * 6000)] == ["A", "A", "B" * 6000, "B" * 6000]
    assert list(map(len, read_texts)) == [1, 6000, 6000]
