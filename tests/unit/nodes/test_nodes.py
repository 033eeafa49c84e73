"""The node types, each by what it does to items; and rules that hold for all of them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from compiler.expressions import Names
from compiler.params import compile_params
from credentials.catalogue import TYPES
from credentials.placing import placed
from nodes.abilities import CodeOutcome, CodeRequest, HttpAuth, HttpReply, HttpRequestData
from nodes.base import Answer, BatchNodeType, ChildResult, Item, NodeFailed, NodeResult, WaitFor
from nodes.presentation import presented
from nodes.registry import builtin_catalogue

CATALOGUE = builtin_catalogue()


class Shelf:
    """Files in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def save(self, content: bytes, *, file_name: str, mime_type: str) -> dict[str, Any]:
        self.kept[str(len(self.kept))] = content
        return {
            "id": str(len(self.kept) - 1),
            "file_name": file_name,
            "mime_type": mime_type,
            "size_bytes": len(content),
            "url": "",
        }

    async def load(self, reference: Mapping[str, Any]) -> bytes:
        return self.kept[reference["id"]]


class Scripted:
    """An HTTP client with answers by URL."""

    def __init__(self, *replies: HttpReply) -> None:
        self.replies = list(replies)
        self.requests: list[HttpRequestData] = []

    async def send(self, request: HttpRequestData) -> HttpReply:
        self.requests.append(request)
        return self.replies.pop(0)


class Slots:
    def __init__(self, secret: tuple[str, dict[str, str]] | None) -> None:
        self.secret = secret

    async def get(self, slot: str) -> tuple[str, dict[str, str]] | None:
        return self.secret

    async def for_http(self, slot: str) -> HttpAuth | None:
        if self.secret is None:
            return None
        parts = placed(TYPES[self.secret[0]], self.secret[1])
        return HttpAuth(parts.headers, parts.query, parts.hosts)


class Ctx:
    now = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
    timezone = "UTC"
    idempotency_key = "run:node::0"
    trigger_input: Any = None
    connected: frozenset[str] = frozenset()
    variables: ClassVar[dict[str, Any]] = {}

    async def run_code(self, request: CodeRequest) -> CodeOutcome:
        raise AssertionError("tested in the jail")

    def __init__(self, http: Any = None, secret: tuple[str, dict[str, str]] | None = None) -> None:
        self.http = http or Scripted()
        self.credentials = Slots(secret)
        self.files = Shelf()
        self.answers: list[dict[str, Any]] = []
        self.waited: list[WaitFor] = []
        self.brought: list[Answer] = []

    async def compute(self, work: Callable[..., Any], *arguments: Any, cost_ms: float) -> Any:
        assert cost_ms >= 0
        return work(*arguments)

    async def wait(self, request: WaitFor) -> Answer:
        self.waited.append(request)
        return self.brought.pop(0)

    async def call(
        self, workflow_id: str, inputs: Sequence[Any], *, at_once: int | None = None, waits: bool = True
    ) -> list[ChildResult]:
        raise AssertionError("tested with an engine")

    def evaluated(self, template: Mapping[str, Any], items: list[Item]) -> Any:
        raise AssertionError("tested with an engine")

    async def respond(self, response: Mapping[str, Any]) -> None:
        self.answers.append(dict(response))


def run(
    kind: str, params: dict[str, Any], *items: dict[str, Any], ctx: Ctx | None = None, **inputs: list[Item]
) -> dict[str, list[Any]]:
    """Run a node and return the json of its items by handle."""
    node_type = CATALOGUE.newest(kind)
    assert node_type is not None
    checked = node_type.Params.model_validate(params)
    wrapped = [item if "json" in item and "binary" in item else {"json": item} for item in items]

    async def go() -> list[NodeResult]:
        if isinstance(node_type, BatchNodeType):
            return [await node_type.run_all(checked, inputs or {"main": wrapped}, ctx or Ctx())]
        return [await node_type.run(checked, item, ctx or Ctx()) for item in wrapped]

    made: dict[str, list[Any]] = {}
    for result in asyncio.run(go()):
        for handle, out in result.outputs.items():
            made.setdefault(handle, []).extend(item["json"] for item in out)
    return made


def items(*values: dict[str, Any]) -> list[Item]:
    return [{"json": value} for value in values]


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


def reply(status: int = 200, body: bytes = b'{"a": 1}', kind: str = "application/json", **headers: str) -> HttpReply:
    return HttpReply(status, "", {"content-type": kind, **headers}, body, "https://api.example.org/x")


def test_http_request_sends_what_it_is_told() -> None:
    ctx = Ctx(Scripted(reply()), ("http_bearer", {"token": "t0ken"}))
    params = {
        "method": "POST",
        "url": "https://api.example.org/x?a=1",
        "query": {"b": [1, 2]},
        "headers": {"X-Y": "z"},
        "body": {"k": 1},
    }

    made = run("http_request", params, {}, ctx=ctx)

    [request] = ctx.http.requests
    headers = dict(request.headers)
    assert request.url == "https://api.example.org/x?a=1&b=1&b=2"
    assert (request.body, headers["Content-Type"], headers["X-Y"]) == (b'{"k":1}', "application/json", "z")
    assert (headers["Authorization"], headers["Idempotency-Key"]) == ("Bearer t0ken", "run:node::0")
    assert made["main"] == [{"status": 200, "headers": {"content-type": "application/json"}, "body": {"a": 1}}]


@pytest.mark.parametrize(
    ("params", "body", "kind"),
    [
        ({"content_type": "form", "body": {"a": "x y", "b": 1}}, b"a=x+y&b=1", "application/x-www-form-urlencoded"),
        ({"body": "plain"}, b"plain", "text/plain"),
        ({"content_type": "json", "body": '{"a":1}'}, b'{"a":1}', "application/json"),
    ],
)
def test_http_request_bodies(params: dict[str, Any], body: bytes, kind: str) -> None:
    ctx = Ctx(Scripted(reply()))

    run("http_request", {"method": "POST", "url": "https://x.example", **params}, {}, ctx=ctx)

    assert (ctx.http.requests[0].body, dict(ctx.http.requests[0].headers)["Content-Type"]) == (body, kind)


def test_http_errors_fail_and_say_whether_another_try_can_help() -> None:
    for status, retryable in ((404, False), (429, True), (503, True)):
        with pytest.raises(NodeFailed) as caught:
            run(
                "http_request",
                {"url": "https://x.example"},
                {},
                ctx=Ctx(Scripted(HttpReply(status, "", {"retry-after": "7"}, b"no", "https://x.example/"))),
            )
        assert (caught.value.node_code, caught.value.retryable, caught.value.retry_after_s) == (
            "http_status",
            retryable,
            7,
        )
        assert caught.value.details["status"] == status
    made = run("http_request", {"url": "https://x.example", "never_fail": True}, {}, ctx=Ctx(Scripted(reply(404))))
    assert made["main"][0]["status"] == 404


def test_http_pages_are_walked() -> None:
    pages = [reply(body=b'{"next": "/x?p=2", "n": 1}'), reply(body=b'{"next": null, "n": 2}')]
    params = {
        "url": "https://api.example.org/x",
        "full_response": False,
        "pagination": {"mode": "next_url", "next_url": "next"},
    }

    made = run("http_request", params, {}, ctx=Ctx(Scripted(*pages)))

    assert [page["n"] for page in made["main"]] == [1, 2]


def test_a_next_page_on_another_host_is_refused() -> None:
    params = {"url": "https://api.example.org/x", "pagination": {"mode": "next_url", "next_url": "next"}}

    with pytest.raises(NodeFailed, match="another host"):
        run("http_request", params, {}, ctx=Ctx(Scripted(reply(body=b'{"next": "http://evil.example/"}'))))


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
    assert node_type.look.category in {"trigger", "flow", "transform", "data", "network", "people"}
    assert not vars(node_type), "a node type keeps no state"
    assert (
        {"name": "error", "label": "Error", "gives": "items", "is_error": True} in shown["outputs"]
        or node_type.is_trigger
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


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [("punycode", b"a" * 3_000_000, "a" * 3_000_000), ("idna", b"a..b", "a..b"), ("undefined", b"a", "a"),
     ("zlib", b"a", "a"), ("iso-8859-1", b"Gr\xfc\xdfe", "Grüße"), ("windows-1251", b"\xcf", "П")],
)  # fmt: skip
def test_a_reply_is_read_in_the_charset_it_names_where_that_is_one(charset: str, body: bytes, text: str) -> None:
    reply = HttpReply(200, "OK", {"content-type": f"text/plain; charset={charset}"}, body, "https://a.example/")
    made = run("http_request", {"url": "https://a.example/"}, {}, ctx=Ctx(Scripted(reply)))

    assert made["main"][0]["body"] == text


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
