"""A link leads to the item something came from, or nowhere: random programs, with a mark on each item of the trigger."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from executor.domain import links
from executor.process.engine_thread import EngineThread
from tests.builders import chain, edge, graph, node, set_node
from tests.integration.executor.running import run

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = [{"id": n, "rank": (n * 7) % 5, "list": [n, n]} for n in range(6)]
LINKED = "{{ $('start').item.json.id }}"
# What code does with items, and whether what it makes says where it came from: by its place, or because it is the item.
PYTHON = {
    "return items": True,
    "return [i for i in items if i['json']['id'] != 2]": True,
    "return list(reversed(items))": True,
    "return [{**i, 'json': {**i['json'], 'x': 1}} for i in items]": True,
    "return [i['json'] for i in items]": True,
    "return [{**i['json'], 'x': n} for i in items for n in range(2)]": False,
    "return [dict(i['json']) for i in items if i['json']['rank'] != 1]": False,
}
JAVASCRIPT = {
    "return items": True,
    "return $input.all().filter(i => i.json.id !== 3).reverse()": True,
    "return items.map(i => ({json: {...i.json, x: 1}}))": True,
    "return items.flatMap(i => [i.json, i.json])": False,
}
EACH = {
    "python": ("return item", "return {**item['json'], 'x': 1}", "return [item, item]", "return None if item['json']['id'] == 1 else item"),
    "javascript": ("return item", "return {...$json, x: 1}", "return [item, {...$json}]"),
}  # fmt: skip


class Program:
    """Steps in a row, of which each item keeps its mark; `is_sure` says that every link is to be there."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.nodes: list[dict[str, Any]] = [node("start", "manual_trigger")]
        self.edges: list[dict[str, Any]] = []
        self.last = ("start", "main")
        self.is_sure = True

    def then(self, kind: str, params: dict[str, Any] | None = None, into: str = "main", out: str = "main") -> str:
        name = f"{kind}{len(self.nodes)}"
        self.nodes.append(node(name, kind, params))
        self.edges.append(edge(self.last[0], name, self.last[1], into))
        self.last = (name, out)
        return name

    def steps(self, depth: int) -> None:
        kinds: list[Callable[[int], None]] = [self.code, self.each, self.plain, self.plain]
        kinds += [self.batches, self.merged, self.aggregated] if depth > 0 else []
        for _ in range(self.chance.randint(1, 3)):
            self.chance.choice(kinds)(depth - 1)

    def code(self, _depth: int) -> None:
        language, known = self.chance.choice([("python", PYTHON), ("javascript", JAVASCRIPT)])
        text = self.chance.choice(list(known))
        # two items of one, in a round of one item, are not known to be of it; one of one is by its place
        self.is_sure = self.is_sure and known[text]
        self.then("code", {"language": language, "code": text})

    def each(self, _depth: int) -> None:
        language = self.chance.choice(["python", "javascript"])
        self.then("code", {"language": language, "mode": "each_item", "code": self.chance.choice(EACH[language])})

    def plain(self, _depth: int) -> None:
        condition = {"left": "{{ $json.id }}", "operator": "not_equals", "right": self.chance.randint(0, 5)}
        choices: list[tuple[str, dict[str, Any]]] = (
            [
                ("filter", {"conditions": [condition]}), ("sort", {"sort_fields": [{"field_name": "rank"}]}),
                ("sort", {"type": "random"}), ("limit", {"max_items": 4, "keep": "last_items"}), ("set", {}), ("no_op", {}),
                ("remove_duplicates", {"compare": "selected_fields", "fields": ["rank"]}),
                ("split_out", {"field_to_split_out": "list", "include": "selected_other_fields", "fields_to_include": ["id", "rank"]}),
            ]
        )  # fmt: skip
        kind, params = self.chance.choice(choices)
        self.then(kind, params)
        if kind == "split_out":
            self.then("set", {"assignments": [{"name": "list", "value": ["{{ $json.list }}"]}]})

    def batches(self, depth: int) -> None:
        choices: list[tuple[str, dict[str, Any]]] = [
            ("loop", {"max_loop_count": 100}), ("split_in_batches", {"batch_size": 2, "emit": "items"}),
        ]  # fmt: skip
        kind, params = self.chance.choice(choices)
        name = self.then(kind, params, out="loop")
        self.steps(depth)
        self.edges.append(edge(self.last[0], name, self.last[1], "main"))
        self.last = (name, "done")

    def merged(self, depth: int) -> None:
        before = self.last
        self.steps(depth)
        one, self.last = self.last, before
        self.steps(depth)
        mode = self.chance.choice(
            [{"mode": "append"}, {"mode": "combine_by_field", "field": "id"}, {"mode": "choose_branch"}]
        )
        merge = self.then("merge", mode, into="input_2")
        self.edges.append(edge(one[0], merge, one[1], "input_1"))

    def aggregated(self, _depth: int) -> None:
        """Split each item and put its parts together again: what lies in between leads to the same item."""
        self.then("summarize", {"fields_to_split_by": "id, rank, list", "fields_to_summarize": [{"field": "id"}]})


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(25))
def test_links_lead_to_where_an_item_came_from_or_nowhere(engine: EngineThread, seed: int) -> None:
    program = Program(random.Random(seed))
    program.steps(2)
    program.then("set", {"keep_other": False, "assignments": [
        {"name": "own", "value": "{{ $json.id }}"}, {"name": "linked", "value": LINKED}]})  # fmt: skip
    execution = run(engine, {"nodes": program.nodes, "edges": program.edges, "settings": {}}, GIVEN)

    assert execution.state.status == "completed", execution.error
    rows = [item["json"] for item in execution.output or []]
    wrong = [row for row in rows if row["linked"] not in (row["own"], None)]
    assert not wrong, program.nodes
    if program.is_sure:
        assert [row["linked"] for row in rows] == [row["own"] for row in rows], program.nodes


def rows_of(engine: EngineThread, *nodes: dict[str, Any]) -> list[tuple[Any, Any]]:
    document = chain(*nodes, set_node("last", own="{{ $json.id }}", linked=LINKED))
    execution = run(engine, document, GIVEN[:3])
    assert execution.state.status == "completed", execution.error
    return [(item["json"]["own"], item["json"]["linked"]) for item in execution.output or []]


@pytest.mark.parametrize(
    "paired", ["7", "-1", "{'item': -1}", "{'item': 'x'}", "[]", "[{'item': 0}, {'item': 1}]", "'x'", "True"]
)
def test_links_that_code_makes_up_lead_nowhere(engine: EngineThread, paired: str) -> None:
    code = node("code", "code", {"code": f"return [{{'json': i['json'], 'pairedItem': {paired}}} for i in items]"})
    assert rows_of(engine, code) == [(0, None), (1, None), (2, None)]


@pytest.mark.parametrize("paired", ["{'item': 2 - at}", "2 - at", "[{'item': 2 - at}]"])
def test_links_that_code_gives_are_followed(engine: EngineThread, paired: str) -> None:
    code = node(
        "code", "code", {"code": f"return [{{'json': {{'id': at}}, 'pairedItem': {paired}}} for at in range(3)]"}
    )
    assert rows_of(engine, code) == [(0, 2), (1, 1), (2, 0)]


def test_what_is_made_of_several_leads_nowhere_and_of_one_to_it(engine: EngineThread) -> None:
    whole = node("all", "aggregate", {})
    assert rows_of(engine, whole) == [(None, None)]
    one = node("one", "limit", {"max_items": 1})
    assert rows_of(engine, one, whole) == [(None, 0)]


def test_a_join_leads_to_both_of_its_sides(engine: EngineThread) -> None:
    document = {
        "nodes": [
            node("start", "manual_trigger"), set_node("left", side="left"), set_node("right", side="right"),
            node("join", "merge", {"mode": "combine_by_field", "field": "id"}),
            set_node("last", left="{{ $('left').item.json.side }}", right="{{ $('right').item.json.side }}",
                     linked=LINKED),
        ],
        "edges": [
            edge("start", "left"), edge("start", "right"), edge("left", "join", "main", "input_1"),
            edge("right", "join", "main", "input_2"), edge("join", "last"),
        ],
        "settings": {},
    }  # fmt: skip
    execution = run(engine, document, GIVEN[:2])
    shown = [(row["json"]["left"], row["json"]["right"], row["json"]["linked"]) for row in execution.output or []]
    assert shown == [("left", "right", 0), ("left", "right", 1)]


ID = 7615917337495251231


GIVEN_IDS = [{"id": ID, "list": [ID + 2], "keep": 1}, {"id": ID + 1, "list": [-ID], "keep": 1}]


@pytest.mark.parametrize(
    ("mode", "text"),
    [("all_items", "return items"), ("all_items", "return items.map(i => ({...i, json: {...i.json, x: 1}}))"), ("each_item", "return item"),
     ("each_item", "return {...$json}"), ("all_items", "return items.filter(i => i.json.keep !== 0)")],
)  # fmt: skip
def test_javascript_rounds_no_id_that_it_leaves_alone(engine: EngineThread, mode: str, text: str) -> None:
    code = node("code", "code", {"language": "javascript", "mode": mode, "code": text})
    execution = run(engine, chain(code), GIVEN_IDS)

    assert execution.state.status == "completed", execution.error
    shown = [(item["json"]["id"], item["json"]["list"]) for item in execution.output or []]
    assert [one[0] for one in shown] == [ID, ID + 1]
    assert [one[1] for one in shown] == [[ID + 2], [-ID]]
    assert not execution.warnings


@pytest.mark.parametrize("order", ["", ".reverse()"])
@pytest.mark.parametrize("made", ["...i.json, x: 1", "id: i.json.id, list: i.json.list, keep: 1"])
def test_an_id_that_may_be_another_is_given_to_no_item(engine: EngineThread, made: str, order: str) -> None:
    text = f"return items.map(i => ({{json: {{{made}}}}})){order}"
    execution = run(engine, chain(node("code", "code", {"language": "javascript", "code": text})), GIVEN_IDS)

    assert execution.state.status == "completed", execution.error
    shown = [item["json"] for item in execution.output or []]
    assert [float(one["id"]) for one in shown] == [float(ID)] * 2
    assert {one["id"] for one in shown}.isdisjoint({ID, ID + 1})
    lists = [[ID + 2], [-ID]]
    assert [one["list"] for one in shown] == (lists if not order else lists[::-1]), "what was not copied is exact"
    assert [one["code"] for one in execution.warnings] == ["rounded"]


def test_javascript_changes_numbers_as_it_can(engine: EngineThread) -> None:
    code = node(
        "code",
        "code",
        {"language": "javascript", "code": "return items.map(i => ({json: {id: i.json.id + 4096, n: i.json.n + 1}}))"},
    )
    execution = run(engine, chain(code), [{"id": ID, "n": 1}])
    assert float(execution.output[0]["json"]["id"]) == float(ID) + 4096
    assert execution.output[0]["json"]["n"] == 2


@pytest.mark.parametrize("in_loop", [False, True])
def test_each_link_is_followed_once_however_many_items_lead_along_it(
    engine: EngineThread, monkeypatch: pytest.MonkeyPatch, in_loop: bool
) -> None:
    """All items are put into one and taken out of it again: each of those leads to all that went in."""
    followed: list[links.Place] = []
    real = links.Follower._at

    def counted(follower: links.Follower, place: links.Place) -> Any:
        followed.append(place)
        return real(follower, place)

    monkeypatch.setattr(links.Follower, "_at", counted)
    many = 400
    together = [
        node("all", "aggregate", {"aggregate": "aggregate_all_item_data", "destination_field_name": "list"}),
        node("out", "split_out", {"field_to_split_out": "list"}),
    ]
    last = set_node("last", linked="{{ $('start').item?.json?.id ?? 'none' }}")
    document = chain(*together, last)
    if in_loop:
        loop = node("loop", "split_in_batches", {"batch_size": many, "emit": "items"})
        document = graph(
            [loop, *together, last],
            [edge("start", "loop"), edge("loop", "all", "loop"), edge("all", "out"), edge("out", "loop"),
             edge("loop", "last", "done")],
        )  # fmt: skip
    execution = run(engine, document, [{"id": n} for n in range(many)])

    assert execution.state.status == "completed", execution.error
    assert [item["json"]["linked"] for item in execution.output or []] == ["none"] * many
    assert 0 < len(followed) <= 5 * many
