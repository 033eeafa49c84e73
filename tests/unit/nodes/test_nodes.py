"""The node types, each by what it does to items; and rules that hold for all of them."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from compiler.expressions import Names
from compiler.params import compile_params
from nodes.base import NodeFailed
from nodes.handlers.flow.merge import MergeParams, merged
from nodes.presentation import CATEGORIES, presented
from tests.unit.nodes.running import CATALOGUE, Ctx, items, run


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"assignments": [{"name": "a.b[0]", "value": 1}]}, {"x": 1, "y": {"z": 2}, "a": {"b": [1]}}),
        ({"assignments": [{"name": "a.b", "value": 1}], "dot_notation": False, "keep_other": False}, {"a.b": 1}),
        ({"rename": {"y.z": "w"}, "remove": ["x"]}, {"y": {}, "w": 2}),
        ({"include": "selected", "include_fields": ["y.z"]}, {"y": {"z": 2}}),
        ({"include": "except", "exclude_fields": ["x"]}, {"y": {"z": 2}}),
        ({"mode": "raw", "json_output": '{"n": 1}', "keep_other": False}, {"n": 1}),
        ({"assignments": [{"name": "n", "value": "1.0", "type": "number"}], "keep_other": False}, {"n": 1}),
        ({"assignments": [{"name": "b", "value": "yes", "type": "boolean"}], "keep_other": False}, {"b": True}),
        ({"assignments": [{"name": "l", "value": "[1]", "type": "array"}], "keep_other": False}, {"l": [1]}),
    ],
)
def test_set(params: dict[str, Any], expected: dict[str, Any]) -> None:
    assert run("set", params, {"x": 1, "y": {"z": 2}})["main"] == [expected]


def test_set_refuses_a_value_of_another_type() -> None:
    with pytest.raises(NodeFailed, match="not a number"):
        run("set", {"assignments": [{"name": "n", "value": "two", "type": "number"}]}, {})


@pytest.mark.parametrize(
    ("left", "operator", "right", "true"),
    [
        (5, "gt", "4", True), ("10", "lt", 9, False), ("abc", "contains", "b", True), ([1, 2], "contains", "2", True),
        ("abc", "not_contains", "b", False), ("abc", "starts_with", "ab", True), ("abc", "not_ends_with", "c", False),
        ("a1", "matches", "^[a-z]\\d$", True), ("A", "matches", "/a/i", True), (None, "exists", None, False), (0, "exists", None, True),
        ("", "empty", None, True), ([], "not_empty", None, False), ("true", "is_true", None, True), (False, "not_is_true", None, True),
        ("2026-03-05", "after", "2026-03-04T10:00:00Z", True), ([1, 2], "length_gt", 1, True), (1, "equals", "1", True),
        (None, "gt", 1, False), ("x", "not_equals", "y", True),
    ],
)  # fmt: skip
def test_conditions(left: Any, operator: str, right: Any, true: bool) -> None:
    made = run("if", {"conditions": [{"left": left, "operator": operator, "right": right}]}, {"n": 1})

    assert made == {("true" if true else "false"): [{"n": 1}]}


def test_switch_takes_the_first_case_or_all_of_them() -> None:
    case = {"conditions": [{"left": 1, "operator": "equals", "right": 1}]}
    cases = [{"name": "a", **case}, {"name": "b", **case}]

    assert run("switch", {"cases": cases}, {"n": 1}) == {"a": [{"n": 1}]}
    assert run("switch", {"cases": cases, "mode": "all"}, {"n": 1}) == {"a": [{"n": 1}], "b": [{"n": 1}]}
    no = [{"name": "a", "conditions": [{"left": 1, "operator": "equals", "right": 2}]}]
    assert run("switch", {"cases": no}, {"n": 1}) == {"default": [{"n": 1}]}


LEFT, RIGHT = (
    items({"id": 1, "a": 1}, {"id": 2, "a": 2}, {"id": 2, "a": 3}),
    items({"id": 2, "b": 9}, {"id": 3, "b": 8}),
)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [{"id": 1, "a": 1}, {"id": 2, "a": 2}, {"id": 2, "a": 3}, {"id": 2, "b": 9}, {"id": 3, "b": 8}]),
        ({"mode": "combine_by_position"}, [{"id": 2, "a": 1, "b": 9}, {"id": 3, "a": 2, "b": 8}]),
        ({"mode": "combine_by_position", "include_unpaired": True},
         [{"id": 2, "a": 1, "b": 9}, {"id": 3, "a": 2, "b": 8}, {"id": 2, "a": 3}]),
        ({"mode": "combine_by_field", "field": "id"}, [{"id": 2, "a": 2, "b": 9}, {"id": 2, "a": 3, "b": 9}]),
        ({"mode": "combine_by_field", "field": "id", "join_mode": "keep_non_matches"}, [{"id": 1, "a": 1}, {"id": 3, "b": 8}]),
        ({"mode": "combine_by_field", "field": "id", "join_mode": "enrich_input1"},
         [{"id": 1, "a": 1}, {"id": 2, "a": 2, "b": 9}, {"id": 2, "a": 3, "b": 9}]),
        ({"mode": "combine_by_field", "field": "id", "join_mode": "enrich_input2"},
         [{"id": 2, "a": 2, "b": 9}, {"id": 2, "a": 3, "b": 9}, {"id": 3, "b": 8}]),
        ({"mode": "combine_by_field", "field": "id", "join_mode": "keep_everything"},
         [{"id": 1, "a": 1}, {"id": 2, "a": 2, "b": 9}, {"id": 2, "a": 3, "b": 9}, {"id": 3, "b": 8}]),
        ({"mode": "combine_by_field", "field": "id", "output_data_from": "input2"}, [{"id": 2, "b": 9}]),
        ({"mode": "combine_by_position", "clash_handling": "add_suffix"},
         [{"id_1": 1, "a": 1, "id_2": 2, "b": 9}, {"id_1": 2, "a": 2, "id_2": 3, "b": 8}]),
        ({"mode": "choose_branch", "choose_input": 2}, [{"id": 2, "b": 9}, {"id": 3, "b": 8}]),
    ],
)  # fmt: skip
def test_merge(params: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    assert run("merge", params, input_1=LEFT, input_2=RIGHT)["main"] == expected


def test_files_of_one_name_are_kept_both() -> None:
    def with_files(**files: str) -> list[dict[str, Any]]:
        return [{"json": {}, "binary": {name: {"id": file} for name, file in files.items()}}]

    left, right = with_files(data="a", other="b"), with_files(data="c", data_1="d", other="b")
    (item,) = merged(MergeParams(mode="combine_by_position"), [left, right])

    assert {name: file["id"] for name, file in item["binary"].items()} == {
        "data": "a", "other": "b", "data_1": "c", "data_1_1": "d",
    }  # fmt: skip


def test_merge_of_all_combinations() -> None:
    assert len(run("merge", {"mode": "combine_all"}, input_1=LEFT, input_2=RIGHT)["main"]) == 6


@pytest.mark.parametrize(
    ("kind", "params", "given", "expected"),
    [
        ("split_out", {"field_to_split_out": "l"}, [{"l": [{"a": 1}, {"a": 2}], "k": 1}], [{"a": 1}, {"a": 2}]),
        ("split_out", {"field_to_split_out": "l", "include": "all_other_fields"}, [{"l": [1, 2], "k": 1}],
         [{"k": 1, "l": 1}, {"k": 1, "l": 2}]),
        ("aggregate", {"fields_to_aggregate": [{"field_to_aggregate": "a"}], "aggregate": "aggregate_individual_fields"},
         [{"a": 1}, {"a": 2}, {"b": 1}], [{"a": [1, 2]}]),
        ("aggregate", {"destination_field_name": "all"}, [{"a": 1}, {"a": 2}], [{"all": [{"a": 1}, {"a": 2}]}]),
        ("summarize", {"fields_to_split_by": "k", "fields_to_summarize": [{"aggregation": "sum", "field": "n"},
                       {"aggregation": "max", "field": "n"}, {"aggregation": "count_unique", "field": "n"}]},
         [{"k": "a", "n": 1}, {"k": "b", "n": "2"}, {"k": "a", "n": 3}],
         [{"k": "a", "sum_n": 4, "max_n": 3, "count_unique_n": 2}, {"k": "b", "sum_n": 2, "max_n": "2", "count_unique_n": 1}]),
        ("sort", {"sort_fields": [{"field_name": "n", "order": "descending"}]}, [{"n": 2}, {"n": 10}, {}, {"n": 3}],
         [{"n": 10}, {"n": 3}, {"n": 2}, {}]),
        ("limit", {"max_items": 2, "keep": "last_items"}, [{"n": 1}, {"n": 2}, {"n": 3}], [{"n": 2}, {"n": 3}]),
        ("remove_duplicates", {"compare": "selected_fields", "fields": ["k"]}, [{"k": 1, "n": 1}, {"k": 1, "n": 2}, {"k": 2}],
         [{"k": 1, "n": 1}, {"k": 2}]),
        ("remove_duplicates", {"keep": "last", "compare": "selected_fields", "fields": ["k"]}, [{"k": 1, "n": 1}, {"k": 1, "n": 2}],
         [{"k": 1, "n": 2}]),
        ("rename_keys", {"keys": [{"current_key": "a", "new_key": "b"}]}, [{"a": 1}], [{"b": 1}]),
        ("rename_keys", {"patterns": [{"search_regex": "^x_", "replace_regex": ""}]}, [{"x_a": {"x_b": 1}}], [{"a": {"b": 1}}]),
        ("json", {"field": "t"}, [{"t": '{"a": [1]}'}], [{"t": {"a": [1]}}]),
        ("json", {"mode": "serialize", "field": "o", "destination": "t"}, [{"o": {"é": 1}}], [{"o": {"é": 1}, "t": '{"é":1}'}]),
        ("xml", {"field": "t"}, [{"t": '<a k="1"><b>x</b><b>y</b></a>'}], [{"t": {"a": {"@k": "1", "b": ["x", "y"]}}}]),
        ("csv", {"field": "t", "convert_numbers": True}, [{"t": "a,b\n1,x\n\n007,y,z\n"}],
         [{"a": 1, "b": "x"}, {"a": "007", "b": "y", "_extra": ["z"]}]),
        ("csv", {"mode": "serialize", "field": "t"}, [{"a": 1, "b": "x,y"}, {"a": None}], [{"t": 'a,b\n1,"x,y"\n,\n'}]),
        ("html_extract", {"field": "h", "extraction_values": [{"key": "t", "css_selector": "h1"},
                          {"key": "l", "css_selector": "a", "return_value": "attribute", "attribute": "href", "return_array": True}]},
         [{"h": "<h1> Hi  <b>you</b></h1><a href=/1>x</a><a href=/2>y</a>"}], [{"t": "Hi you", "l": ["/1", "/2"]}]),
        ("crypto", {"value": "abc", "type": "md5"}, [{}], [{"data": "900150983cd24fb0d6963f7d28e17f72"}]),
        ("crypto", {"action": "base64_encode", "value": "abc"}, [{}], [{"data": "YWJj"}]),
        ("date_time", {"operation": "add_to_date", "date": "2026-01-31", "duration": 1, "time_unit": "months"}, [{}],
         [{"date": "2026-02-28T00:00:00.000Z"}]),
        ("date_time", {"operation": "format_date", "date": "2026-03-05T09:30:00Z", "format": "%d.%m.%Y"}, [{}],
         [{"date": "05.03.2026"}]),
        ("date_time", {"operation": "get_time_between_dates", "date": "2026-03-01", "end_date": "2026-03-05"}, [{}], [{"date": 4}]),
        ("date_time", {"operation": "round_date", "date": "2026-03-05T09:31:00Z", "time_unit": "hours", "rounding": "up"}, [{}],
         [{"date": "2026-03-05T10:00:00.000Z"}]),
        ("no_op", {}, [{"a": 1}], [{"a": 1}]),
    ],
)  # fmt: skip
def test_transforming_nodes(
    kind: str, params: dict[str, Any], given: list[dict[str, Any]], expected: list[dict[str, Any]]
) -> None:
    assert run(kind, params, *given)["main"] == expected


@pytest.mark.parametrize(
    ("kind", "params", "item", "code"),
    [
        ("json", {"field": "t"}, {"t": "{"}, "invalid_json"),
        ("json", {"field": "t"}, {"t": 1}, "invalid_input"),
        ("xml", {"field": "t"}, {"t": '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'}, "invalid_xml"),
        ("xml", {"field": "t"}, {"t": "<a>"}, "invalid_xml"),
        ("html_extract", {"field": "h", "extraction_values": [{"key": "x", "css_selector": ">>"}]}, {"h": "<p>"}, "invalid_selector"),
        ("date_time", {"operation": "format_date", "date": "tomorrow"}, {}, "invalid_date"),
        ("stop_and_error", {"message": "no more", "code": "enough"}, {}, "enough"),
        ("crypto", {"action": "hmac", "value": "x"}, {}, "credential_missing"),
        ("if", {"conditions": [{"left": "a", "operator": "matches", "right": "("}]}, {}, "invalid_condition"),
    ],
)  # fmt: skip
def test_what_a_node_cannot_do_is_a_failure_with_its_code(
    kind: str, params: dict[str, Any], item: dict[str, Any], code: str
) -> None:
    with pytest.raises(NodeFailed) as caught:
        run(kind, params, item)

    assert caught.value.node_code == code


def test_respond_webhook_answers_with_the_body() -> None:
    ctx = Ctx()

    made = run("respond_webhook", {"status": 201, "headers": {"X-A": "b"}, "body": {"ok": True}}, {"n": 1}, ctx=ctx)

    [answer] = ctx.answers
    assert (answer["status"], answer["headers"], base64.b64decode(answer["content"])) == (
        201,
        {"X-A": "b"},
        b'{"ok":true}',
    )
    assert made["main"] == [{"n": 1}]


def test_files_are_read_and_written() -> None:
    ctx = Ctx()
    run("csv", {"mode": "serialize", "binary_property": "file", "file_name": "a.csv"}, {"a": 1}, ctx=ctx)
    assert ctx.files.kept["0"] == b"a\n1\n"

    item = {"json": {}, "binary": {"file": {"id": "0"}}}
    assert run("csv", {"binary_property": "file"}, item, ctx=ctx)["main"] == [{"a": "1"}]


@pytest.mark.parametrize("kind", CATALOGUE.kinds())
def test_every_node_type_keeps_the_house_rules(kind: str) -> None:
    node_type = CATALOGUE.newest(kind)
    assert node_type is not None
    shown = presented(node_type)

    assert node_type.Params.model_config["extra"] == "forbid"
    assert node_type.Params.model_config["frozen"] is True
    assert shown["label"]
    assert shown["description"].endswith(".")
    assert len(shown["docs"]) > 30
    assert node_type.look.category in CATEGORIES
    assert not vars(node_type), "a node type keeps no state"
    assert (
        {"name": "error", "label": "Error", "gives": "items", "is_error": True} in shown["outputs"]
        or node_type.is_trigger
        or node_type.gives
        or kind == "stop_and_error"
    )
    for field in shown["fields"]:
        assert field["type"] in {
            "string",
            "number",
            "boolean",
            "select",
            "multi_select",
            "json",
            "code",
            "credential",
            "file",
        }
        assert field["label"]


def test_setting_fields_leaves_the_item_as_it_was() -> None:
    source = {"a": 1, "deep": {"b": 1}}
    params = {"rename": {"a": "c"}, "assignments": [{"name": "x", "value": 2}, {"name": "deep.b", "value": 3}]}

    assert run("set", params, source)["main"] == [{"c": 1, "deep": {"b": 3}, "x": 2}]
    assert source == {"a": 1, "deep": {"b": 1}}
    assert run("set", {"assignments": [{"name": "a", "value": 2}]}, source)["main"] == [{"a": 2, "deep": {"b": 1}}]
    assert source["a"] == 1


def test_params_of_one_item_are_not_those_of_the_next() -> None:
    node_type = CATALOGUE.newest("set")
    assert node_type is not None
    raw: dict[str, Any] = {
        "assignments": [{"name": f"f{at}", "value": "{{ $json.n }}"} for at in range(3)],
        "keep_other": False,
    }
    template = compile_params(node_type, raw)
    made = [template.values(Names(json={"n": at}, items=[]), []) for at in range(2)]

    assert [[one["value"] for one in values["assignments"]] for values in made] == [[0, 0, 0], [1, 1, 1]]
    assert raw["assignments"][0] == {"name": "f0", "value": "{{ $json.n }}"}
