"""Nodes lose nothing in silence: digits, names that meet, fields that are misspelled, files."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from nodes.base import BatchNodeType, NodeFailed, NodeResult
from nodes.items import Item
from tests.unit.nodes.running import CATALOGUE, Ctx, run

ID = 7615917337495251231


def result_of(kind: str, params: dict[str, Any], *items: Item, ctx: Ctx | None = None) -> NodeResult:
    node_type = CATALOGUE.newest(kind)
    assert node_type is not None
    checked = node_type.Params.model_validate(params)
    if isinstance(node_type, BatchNodeType):
        return asyncio.run(node_type.run_all(checked, {"main": list(items)}, ctx or Ctx()))
    return asyncio.run(node_type.run(checked, items[0], ctx or Ctx()))


def codes(result: NodeResult) -> list[tuple[str, str]]:
    return [(code, field) for code, field, _ in result.warnings]


def json(*values: dict[str, Any]) -> list[Item]:
    return [{"json": value} for value in values]


@pytest.mark.parametrize("right", [ID, str(ID)])
def test_ids_that_differ_in_their_last_digit_differ(right: Any) -> None:
    for left, same in ((ID, True), (ID + 1, False), (7615917337495251000, False), (str(ID + 1), False)):
        if isinstance(left, str) and isinstance(right, str):
            continue
        condition = {"left": left, "operator": "equals", "right": right}
        assert bool(run("filter", {"conditions": [condition]}, {"n": 1})["main"]) is same


@pytest.mark.parametrize("values", [[ID + 1, ID], [str(ID + 1), ID], [ID + 1, str(ID)]])
def test_large_ids_are_sorted_and_merged_as_they_are(values: list[Any]) -> None:
    rows = run("sort", {"sort_fields": [{"field_name": "id"}]}, *({"id": value} for value in values))["main"]
    assert [row["id"] for row in rows] == values[::-1]

    merged = run("merge", {"mode": "combine_by_field", "field": "id"}, input_1=json({"id": ID}),
                 input_2=json({"id": ID + 1, "no": 1}, {"id": str(ID), "yes": 1}))["main"]  # fmt: skip
    assert [row.get("yes") for row in merged] == [1]


@pytest.mark.parametrize(
    ("left", "right", "match"),
    [(19999.99, "19999.99", True), (1234567, 1234567.0, True), (199.99, "199.99", True), (1234567.25, 1234567.5, False),
     ("a", "A", False), (1, "1.0", True), (True, 1, False)],
)  # fmt: skip
def test_merge_matches_what_conditions_find_equal(left: Any, right: Any, match: bool) -> None:
    merged = run(
        "merge", {"mode": "combine_by_field", "field": "k"}, input_1=json({"k": left}), input_2=json({"k": right})
    )
    assert bool(merged["main"]) is match
    condition = {"left": left, "operator": "equals", "right": right}
    assert bool(run("filter", {"conditions": [condition]}, {})["main"]) is match


@pytest.mark.parametrize(("text", "number"), [(str(ID), ID), ("1.0", 1), ("1e3", 1000), (" 2.5 ", 2.5), (True, 1)])
def test_set_reads_numbers(text: Any, number: Any) -> None:
    made = run("set", {"assignments": [{"name": "n", "value": text, "type": "number"}]}, {})["main"][0]["n"]
    assert (made, type(made)) == (number, type(number))


@pytest.mark.parametrize("text", ["1_000", "NaN", "Infinity", "", "1 000", "0x10", [], {}])
def test_set_refuses_what_is_no_number(text: Any) -> None:
    with pytest.raises(NodeFailed, match="not a number"):
        run("set", {"assignments": [{"name": "n", "value": text, "type": "number"}]}, {})


def test_set_warns_of_lost_digits() -> None:
    params = {"assignments": [{"name": "n", "value": "12345678901234567.89", "type": "number"}]}
    assert codes(result_of("set", params, {"json": {}})) == [("rounded", "assignments")]


def test_csv_reads_numbers_without_losing_a_digit() -> None:
    cells = [str(ID), "9999999999999999", "4111111111111111", "+49301234", "007", "-5", "0.5", "1e3", "1_000", "12.50",
             "12345678901234567890123", "0.12345678901234567890", "x"]  # fmt: skip
    text = "a\n" + "\n".join(cells)
    result = result_of("csv", {"convert_numbers": True, "field": "t"}, {"json": {"t": text}})

    assert [item["json"]["a"] for item in result.outputs["main"]] == [
        ID, 9999999999999999, 4111111111111111, "+49301234", "007", -5, 0.5, 1000.0, "1_000", 12.5,
        "12345678901234567890123", "0.12345678901234567890", "x",
    ]  # fmt: skip
    assert codes(result) == [("kept_as_text", "convert_numbers")]
    assert "2 numbers" in result.warnings[0][2]


@pytest.mark.parametrize("cell", ["one\rtwo", "a\nb", 'say "hi"', "a,b", " x ", "", "\r", "x" * 200_000])
def test_csv_is_read_as_it_was_written(cell: str) -> None:
    text = run("csv", {"mode": "serialize"}, {"t": cell, "u": "end"})["main"][0]["data"]
    assert run("csv", {}, {"data": text})["main"] == [{"t": cell, "u": "end"}]


def test_csv_warns_where_a_list_was_meant() -> None:
    serialized = result_of("csv", {"mode": "serialize"}, {"json": {"data": [{"a": 1}]}})
    assert codes(serialized) == [("list_not_written", "field")]
    assert codes(result_of("csv", {"destination": "rows"}, {"json": {"data": "a\n1"}})) == [
        ("param_ignored", "destination")
    ]


def test_sums_of_whole_numbers_are_exact_and_other_text_is_told_of() -> None:
    summary = {"fields_to_summarize": [{"aggregation": "sum", "field": "n"}]}
    result = result_of("summarize", summary, *json({"n": ID}, {"n": "1"}, {"n": "x"}, {"n": None}))

    assert result.outputs["main"][0]["json"] == {"sum_n": ID + 1}
    assert codes(result) == [("not_a_number", "fields_to_summarize")]


@pytest.mark.parametrize(
    ("kind", "params", "given", "expected"),
    [
        ("sort", {"sort_fields": [{"field_name": "price.usd"}]}, [{"price.usd": 3}, {"price.usd": 1}], [{"price.usd": 1}, {"price.usd": 3}]),
        ("set", {"assignments": [{"name": "a.b", "value": 2}]}, [{"a.b": 1}], [{"a.b": 2}]),
        ("set", {"assignments": [{"name": "a.0", "value": 2}]}, [{"a": [1, 5]}], [{"a": [2, 5]}]),
        ("set", {"include": "selected", "include_fields": ["a.b"]}, [{"a.b": 1, "c": 2}], [{"a.b": 1}]),
        ("json", {"field": "my.data"}, [{"my.data": "[1]"}], [{"my.data": [1]}]),
        ("set", {"rename": {"a": "b", "b": "a"}}, [{"a": 1, "b": 2}], [{"b": 1, "a": 2}]),
        ("rename_keys", {"keys": [{"current_key": "a", "new_key": "b"}, {"current_key": "b", "new_key": "c"}]}, [{"a": 1, "b": 2}], [{"b": 1, "c": 2}]),
        ("rename_keys", {"patterns": [{"search_regex": "_\\d+$"}]}, [{"tel_1": 1, "tel_2": 2, "x": 3}], [{"tel": 1, "tel_2": 2, "x": 3}]),
        ("rename_keys", {"patterns": [{"search_regex": "_\\d+$"}]}, [{"tel_1": 1, "tel": 2}], [{"tel_2": 1, "tel": 2}]),
        ("rename_keys", {"patterns": [{"search_regex": "^(\\w)(\\w+)$", "replace_regex": "$2-$1-$&-$$1"}]}, [{"ab": 1}], [{"b-a-ab-$1": 1}]),
        ("rename_keys", {"patterns": [{"search_regex": "(?P<x>a)", "replace_regex": "$<x>\\1"}]}, [{"a": 1}], [{"aa": 1}]),
        ("split_out", {"field_to_split_out": "a.id, b.id"}, [{"a": {"id": [1]}, "b": {"id": [2]}}], [{"a.id": 1, "b.id": 2}]),
        ("split_out", {"field_to_split_out": "nr."}, [{"nr.": [1]}], [{"nr.": 1}]),
        ("split_out", {"field_to_split_out": "nr."}, [{"nr": [1]}], [{"nr": 1}]),
        ("split_out", {"field_to_split_out": "l", "include": "all_other_fields"}, [{"l": [{"a": 1}]}], [{"l": {"a": 1}}]),
        ("split_out", {"field_to_split_out": "l", "include": "all_other_fields"}, [{"l": [{"a": 1}], "k": 1}], [{"k": 1, "l": {"a": 1}}]),
        ("split_out", {"field_to_split_out": "l"}, [{"l": [{"a": 1}, 2]}], [{"a": 1}, {"l": 2}]),
        ("split_out", {"field_to_split_out": "o.l", "destination_field_name": "x.y"}, [{"o": {"l": [1]}}], [{"x": {"y": 1}}]),
        ("summarize", {"fields_to_split_by": "buyer.country, seller.country", "fields_to_summarize": [{"field": "n"}]},
         [{"buyer": {"country": "a"}, "seller": {"country": "b"}, "n": 1}], [{"buyer_country": "a", "seller_country": "b", "count_n": 1}]),
        ("summarize", {"fields_to_split_by": "k", "fields_to_summarize": [{"field": "k"}]}, [{"k": 1}, {"k": 1.0}, {"k": "1"}],
         [{"k": 1, "count_k": 2}, {"k": "1", "count_k": 1}]),
        ("summarize", {"fields_to_summarize": [{"aggregation": "concatenate", "field": "k"}]}, [{"k": True}, {"k": {"a": 1}}, {"k": "x"}],
         [{"concatenate_k": 'true, {"a":1}, x'}]),
        ("summarize", {"fields_to_summarize": [{"aggregation": "max", "field": "k"}, {"aggregation": "min", "field": "k"}]},
         [{"k": "9"}, {"k": "10"}, {"k": "100"}], [{"max_k": "100", "min_k": "9"}]),
        ("remove_duplicates", {}, [{"a": 1}, {"a": 1.0}, {"a": "1"}], [{"a": 1}, {"a": "1"}]),
        ("remove_duplicates", {"compare": "selected_fields", "fields": ["a.b"]}, [{"a.b": 1, "c": 1}, {"a.b": 1, "c": 2}], [{"a.b": 1, "c": 1}]),
        ("aggregate", {"include": "specified_fields", "fields": ["a"]}, [{"a": None, "b": 1}, {"b": 2}], [{"data": [{"a": None}, {}]}]),
        ("aggregate", {"aggregate": "aggregate_individual_fields", "fields_to_aggregate": [{"field_to_aggregate": "a.b"}]},
         [{"a.b": 1}], [{"a.b": [1]}]),
    ],
)  # fmt: skip
def test_names(kind: str, params: dict[str, Any], given: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    made = run(kind, params, *given)["main"]
    assert made == expected
    assert [list(row) for row in made] == [list(row) for row in expected]


@pytest.mark.parametrize(
    ("kind", "params", "given", "code"),
    [
        ("rename_keys", {"keys": [{"current_key": "a", "new_key": "b"}]}, [{"a": 1, "b": 2}], "names_meet"),
        ("set", {"rename": {"a": "b"}}, [{"a": 1, "b": 2}], "names_meet"),
        ("split_out", {"field_to_split_out": "order.id", "include": "all_other_fields"}, [{"order": {"id": [1]}, "id": 7}], "names_meet"),
        ("summarize", {"fields_to_summarize": [{"field": "a.b"}, {"field": "a_b"}]}, [{"a": {"b": 1}}], "names_meet"),
        ("summarize", {"fields_to_split_by": "a.b.c, a_b.c", "fields_to_summarize": [{"field": "x"}]}, [{"x": 1}], "names_meet"),
        ("summarize", {"fields_to_split_by": "n", "fields_to_summarize": [{"field": "x", "output_field_name": "n"}]}, [{"n": 1}], "names_meet"),
        ("remove_duplicates", {"compare": "selected_fields", "fields": ["Email"]}, [{"email": 1}, {"email": 2}], "field_missing"),
        ("remove_duplicates", {"compare": "selected_fields", "fields": ["a"]}, [{"a": 1}, {"b": 2}], "field_missing"),
        ("remove_duplicates", {"compare": "selected_fields"}, [{"a": 1}], "invalid_params"),
        ("remove_duplicates", {"compare": "all_fields_except"}, [{"a": 1}], "invalid_params"),
        ("remove_duplicates", {"compare": "all_fields_except", "fields": ["x"]}, [{"a": 1}], "field_missing"),
        ("crypto", {"action": "base64_decode", "value": "/wAB"}, [{}], "invalid_input"),
        ("crypto", {"action": "base64_decode", "value": "YQBi"}, [{}], "invalid_input"),
        ("crypto", {"action": "base64_decode", "value": "a?b"}, [{}], "invalid_input"),
        ("xml", {"mode": "serialize"}, [{"data": {"root": {"1st": "x"}}}], "invalid_xml"),
        ("xml", {"mode": "serialize"}, [{"data": {"root": {"a": "x\x0b"}}}], "invalid_xml"),
        ("xml", {"mode": "serialize"}, [{"data": {"root": {"a><b": "x"}}}], "invalid_xml"),
        ("xml", {}, [{"data": '<!DOCTYPE x [<!ENTITY e "v">]><x>&e;</x>'}], "invalid_xml"),
    ],
)  # fmt: skip
def test_what_is_refused(kind: str, params: dict[str, Any], given: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(NodeFailed) as caught:
        run(kind, params, *given)
    assert caught.value.node_code == code


@pytest.mark.parametrize(
    ("kind", "params", "code", "field"),
    [
        ("split_out", {"field_to_split_out": "rows"}, "field_missing", "field_to_split_out"),
        ("sort", {"sort_fields": [{"field_name": "nmae"}]}, "field_missing", "sort_fields"),
        ("rename_keys", {"keys": [{"current_key": "nmae", "new_key": "x"}]}, "field_missing", "keys"),
        ("set", {"rename": {"nmae": "x"}}, "field_missing", "rename"),
        ("set", {"include": "selected", "include_fields": ["nmae"]}, "field_missing", "include_fields"),
        ("summarize", {"fields_to_summarize": [{"field": "nmae"}]}, "field_missing", "fields_to_summarize"),
        ("summarize", {"fields_to_summarize": [{"field": "name"}], "fields_to_split_by": "nmae"}, "field_missing", "fields_to_split_by"),
        ("aggregate", {"aggregate": "aggregate_individual_fields", "fields_to_aggregate": [{"field_to_aggregate": "nmae"}]},
         "field_missing", "fields_to_aggregate"),
        ("html_extract", {"extraction_values": [{"key": "a", "css_selector": "h9"}]}, "not_found", "extraction_values"),
    ],
)  # fmt: skip
def test_what_is_misspelled_is_told_of(kind: str, params: dict[str, Any], code: str, field: str) -> None:
    assert codes(result_of(kind, params, {"json": {"name": "ann", "data": "<p>x</p>"}})) == [(code, field)]


def test_files_go_on_with_other_fields() -> None:
    file = {"binary": {"data": {"id": "1"}}}
    for kind, params in (("date_time", {}), ("split_out", {"field_to_split_out": "l", "include": "all_other_fields"})):
        made = result_of(kind, params, {"json": {"l": [1]}, **file})
        assert made.outputs["main"][0]["binary"] == file["binary"]
    made = result_of("split_out", {"field_to_split_out": "l"}, {"json": {"l": [1]}, **file})
    assert codes(made) == [("files_left_out", "include")]
    assert "binary" not in made.outputs["main"][0]


def test_decoded_bytes_go_into_a_file() -> None:
    ctx = Ctx()
    params = {"action": "base64_decode", "value": "_wAB", "file_property": "out"}
    made = result_of("crypto", params, {"json": {"a": 1}}, ctx=ctx).outputs["main"][0]

    assert ctx.files.kept[made["binary"]["out"]["id"]] == b"\xff\x00\x01"
    assert made["json"] == {"a": 1}
    assert run("crypto", {"action": "base64_decode", "value": "R3LDvMOfZQ"}, {})["main"] == [{"data": "Grüße"}]


@pytest.mark.parametrize(
    ("html", "selector", "fields", "expected"),
    [
        ("<p>a</p><div>b</div>", "div", {}, "b"), ("<p>a</p><p>b</p>", "div", {}, None),
        ("<body><p>x</p></body>", "body", {}, "x"), ("<!-- c --><!doctype html><body>x</body>", "body", {}, "x"),
        ('<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>é</p></body></html>', "p", {}, "é"),
        ("<div>&lt;script&gt;alert(1)&lt;/script&gt;</div>", "div", {"return_value": "html"}, "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<div>a &amp; b<b>c</b>&lt;</div>", "div", {"return_value": "html"}, "a &amp; b<b>c</b>&lt;"),
        ("<div>one<br>two<p>three</p>four<script>x()</script><style>p{}</style></div>", "div", {}, "one two three four"),
        ("<ul><li>a</li><li>b</li></ul>", "ul", {}, "a b"), ("<p>in<b>ter</b>nal</p>", "p", {}, "internal"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "table", {}, "a b"),
        ("<script>var a = 1</script>", "script", {}, "var a = 1"),
        ("<textarea>hi\nyou</textarea>", "textarea", {"return_value": "value"}, "hi\nyou"),
        ("<select><option value=a>A<option value=b selected>B</select>", "select", {"return_value": "value"}, "b"),
        ("<select><option>A</select>", "select", {"return_value": "value"}, "A"),
        ("<input value=v>", "input", {"return_value": "value"}, "v"),
        ("<div>a<span>b</span>c</div>", "div", {"skip_selectors": "span"}, "ac"),
        ("", "p", {}, None), ("  ", "p", {}, None), ("<!-- x -->", "p", {}, None), ("plain", "p", {}, None), ("plain", "body", {}, "plain"),
    ],
)  # fmt: skip
def test_html_is_read_as_a_browser_reads_it(html: str, selector: str, fields: dict[str, Any], expected: Any) -> None:
    wanted = {"key": "v", "css_selector": selector, **fields}
    assert run("html_extract", {"extraction_values": [wanted]}, {"data": html})["main"] == [{"v": expected}]


@pytest.mark.parametrize(
    ("raw", "fields", "expected", "warned"),
    [
        ("a\né".encode(), {}, "é", []), ("a\né".encode("utf-16"), {}, "é", []), ("a\né".encode("utf-8-sig"), {}, "é", []),
        ("a\né".encode("cp1252"), {"encoding": "windows-1252"}, "é", []),
        ("a\né €".encode("cp1252"), {}, "é €", [("guessed_encoding", "binary_property")]),
        ("a\né".encode("cp1252"), {"encoding": "auto"}, "é", [("guessed_encoding", "binary_property")]),
        ("a\né".encode("cp1252"), {"encoding": "utf-8"}, "\ufffd", [("replaced_character", "binary_property")]),
        (b"a\nx\0y", {}, "x\ufffdy", [("replaced_character", "binary_property")]),
        ("a\nx\0y".encode("utf-16"), {}, "x\ufffdy", [("replaced_character", "binary_property")]),
        ("a\nx\ufffdy".encode(), {}, "x\ufffdy", []),
    ],
)  # fmt: skip
def test_files_are_read_in_their_encoding(raw: bytes, fields: dict[str, Any], expected: str, warned: list[Any]) -> None:
    ctx = Ctx()
    file = asyncio.run(ctx.files.save(raw, file_name="a.csv", mime_type="text/csv"))
    made = result_of("csv", {"binary_property": "f", **fields}, {"json": {}, "binary": {"f": file}}, ctx=ctx)

    assert [item["json"] for item in made.outputs["main"]] == [{"a": expected}]
    assert codes(made) == warned


def test_xml_is_read_with_a_doctype_and_in_its_encoding() -> None:
    assert run("xml", {}, {"data": "<!DOCTYPE note SYSTEM 'Note.dtd'><note>x</note>"})["main"] == [
        {"data": {"note": "x"}}
    ]
    ctx = Ctx()
    raw = '<?xml version="1.0" encoding="ISO-8859-1"?><r>Região</r>'.encode("latin-1")
    file = asyncio.run(ctx.files.save(raw, file_name="a.xml", mime_type="application/xml"))
    made = result_of("xml", {"binary_property": "f"}, {"json": {}, "binary": {"f": file}}, ctx=ctx)
    assert made.outputs["main"][0]["json"] == {"data": {"r": "Região"}}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"date": "2026-03-29T00:00:00+01:00", "end_date": "2026-03-30T00:00:00+02:00", "time_unit": "hours"}, 23),
        ({"date": "2026-03-29T00:00:00+01:00", "end_date": "2026-03-30T00:00:00+02:00", "time_unit": "days"}, 1),
        ({"date": "2026-10-25T00:30:00Z", "end_date": "2026-10-25T01:30:00Z", "time_unit": "minutes"}, 60),
        ({"date": "2024-03-15", "end_date": "2024-02-10", "time_unit": "months"}, -(1 + 120 / 743)),
        ({"date": "2024-03-15", "end_date": "2024-02-20", "time_unit": "months"}, -(24 / 29)),
        ({"date": "2024-01-31", "end_date": "2024-02-29", "time_unit": "months"}, 1),
        ({"date": "2024-01-01", "end_date": "2024-01-02T12:00", "time_unit": "days"}, 1.5),
    ],
)  # fmt: skip
def test_time_between_dates(fields: dict[str, Any], expected: float) -> None:
    params = {"operation": "get_time_between_dates", "timezone": "Europe/Berlin", **fields}
    assert run("date_time", params, {})["main"] == [{"date": pytest.approx(expected, rel=1e-12)}]


def answered(data: Any, item: Item) -> dict[str, Any]:
    """Return the json of an item that went through a human task, answered with `data`."""
    ctx = Ctx()
    ctx.brought = [{"by": "person", "action": "approve", "data": data, "responded_by_id": "p"}]
    [made] = result_of("human_task", {"title": "?"}, item, ctx=ctx).outputs["approved"]
    said: dict[str, Any] = made["json"]
    return said


@pytest.mark.parametrize("own", [{}, {"data": "mine"}, {"data": None}, {"human_task": "x", "data": 1}])
def test_an_answer_stands_in_one_place_whatever_the_item_has(own: dict[str, Any]) -> None:
    first = answered({"n": 1}, {"json": own})
    second = answered({"n": 2}, {"json": first})
    assert (first["human_task"]["data"], second["human_task"]["data"]) == ({"n": 1}, {"n": 2})
    assert (first["data"], second["data"]) == (own.get("data", {"n": 1}), own.get("data", {"n": 2}))


def test_what_an_earlier_release_answered_is_replaced_and_what_it_kept_stays() -> None:
    task = {"action": "approve", "comment": "", "responded_by_id": "p"}
    assert answered(2, {"json": {"data": 1, "human_task": task}})["data"] == 2
    assert answered(2, {"json": {"data": "mine", "human_task": {**task, "data": 1}}})["data"] == "mine"
