"""What a node makes is counted while it makes it; each node type here, with limits a thousand times smaller."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from compiler.definition import NodeSettings
from compiler.graph import Node
from executor.node.runner import Turn, TurnResult, run_turn
from nodes import budget
from nodes.abilities import HttpReply, TableCall
from nodes.base import ChildResult, NodeFailed
from nodes.builtin import BUILTIN
from nodes.loop_types import LoopNodeType
from tests.unit.nodes.running import CATALOGUE, Ctx, Scripted

MANY, BIG = 1000, 64 * 1024
TEXT = "x" * 4000
KEYS = {f"k{at}": at for at in range(100)}
SAME = [{"json": {"k": 1, "t": TEXT[:10]}} for _ in range(50)]
DEEP = {"t": "<div>" * 200 + TEXT[:500] + "</div>" * 200}


class Rows:
    """Data tables of large rows."""

    async def call(self, call: TableCall) -> dict[str, Any]:
        moment = "2026-01-01T00:00:00Z"
        return {"rows": [{"id": "r", "values": {"t": TEXT}, "created_at": moment, "updated_at": moment}] * 20}


class Peer(Ctx):
    """Answers every call with a large page, every sub-workflow with large items, and a table with large rows."""

    @property
    def tables(self) -> Any:
        return Rows()

    def __init__(self, **given: Any) -> None:
        pages = [json.dumps({"next": f"/{number}", "text": TEXT}).encode() for number in range(99)]
        replies = [HttpReply(200, "OK", {"content-type": "application/json"}, page, "http://a/") for page in pages]
        super().__init__(http=Scripted(*replies), **given)

    async def call(self, workflow_id: str, inputs: Any, **_how: Any) -> list[ChildResult]:
        return [ChildResult("id", "completed", [{"json": {"t": TEXT}}] * 20) for _ in inputs]

    def evaluated(self, template: Any, *lists: Any) -> Any:
        items = [item for some in lists for item in some]

        async def at(number: int) -> dict[str, Any]:
            return {key: items[number]["json"].get("t", value) for key, value in template.items()}

        return at


def fields(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"name": f"f{at}", "value": TEXT, **more} for at in range(count)]


WORKFLOW = "0197a6f0-0000-7000-8000-000000000000"
FEW = [{"json": {"t": TEXT}} for _ in range(5)]
CASES: list[tuple[str, dict[str, Any], Any, str]] = [
    ("split_out", {"field_to_split_out": "list"}, {"list": [0] * 1001}, "items_limit"),
    ("split_out", {"field_to_split_out": "list", "include": "all_other_fields"}, {"list": [0] * 400, **KEYS},
     "invalid_output"),
    ("split_out", {"field_to_split_out": "a,b"}, {"a": [TEXT] * 20, "b": [TEXT] * 20}, "invalid_output"),
    ("set", {"assignments": fields(40)}, {}, "invalid_output"),
    ("set", {"mode": "raw", "json_output": {f"f{at}": TEXT for at in range(40)}}, {}, "invalid_output"),
    ("set", {"assignments": [{"name": f"f{at}", "value": [TEXT], "type": "string"} for at in range(40)]}, {},
     "invalid_output"),
    ("set", {"assignments": [{"name": f"f{at}", "value": json.dumps([0] * 2000), "type": "array"} for at in range(40)]},
     {}, "invalid_output"),
    ("merge", {"mode": "combine_by_field", "field": "k"}, {"input_1": SAME, "input_2": SAME}, "items_limit"),
    ("merge", {"mode": "combine_all"}, {"input_1": SAME, "input_2": SAME}, "items_limit"),
    ("merge", {"mode": "combine_all"}, {"input_1": FEW, "input_2": FEW}, "invalid_output"),
    ("merge", {}, {"input_1": FEW * 2, "input_2": FEW * 2}, "invalid_output"),
    ("aggregate", {"aggregate": "aggregate_individual_fields",
                   "fields_to_aggregate": [{"field_to_aggregate": "t", "rename_field": True, "output_field_name": f"o{at}"}
                                           for at in range(20)]}, FEW, "invalid_output"),
    ("aggregate", {}, FEW * 4, "invalid_output"),
    ("summarize", {"fields_to_summarize": [{"aggregation": "concatenate", "field": "t", "output_field_name": f"o{at}"}
                                           for at in range(20)]}, FEW, "invalid_output"),
    ("summarize", {"fields_to_summarize": [{"aggregation": "append", "field": "t", "output_field_name": f"o{at}"}
                                           for at in range(20)]}, FEW, "invalid_output"),
    ("summarize", {"fields_to_summarize": [{"aggregation": "concatenate", "field": "k", "separator": TEXT}]},
     SAME, "invalid_output"),
    ("rename_keys", {"patterns": [{"search_regex": ".", "replace_regex": TEXT}]}, {"abcdefgh" * 10: 1}, "invalid_output"),
    ("rename_keys", {"patterns": [{"search_regex": "^", "replace_regex": TEXT}]}, KEYS, "invalid_output"),
    ("csv", {"field": "t"}, {"t": "a\n" + "x\n" * 1001}, "items_limit"),
    ("csv", {"field": "t"}, {"t": ",".join(f"c{at}" for at in range(500)) + "\n" + "x\n" * 50}, "invalid_output"),
    ("csv", {"mode": "serialize", "columns": ["t"] * 40}, {"t": TEXT}, "invalid_output"),
    ("json", {"mode": "serialize", "field": "v"}, {"v": [TEXT] * 40}, "invalid_output"),
    ("json", {"mode": "serialize", "field": "v", "indent": 8},
     {"v": json.loads("[" * 60 + "0," * 400 + "0" + "]" * 60)}, "invalid_output"),
    ("xml", {"mode": "serialize", "field": "v"}, {"v": {"k" * 1000: [0] * 100}}, "invalid_output"),
    ("html_extract", {"field": "t", "extraction_values": [{"key": "a", "css_selector": "div", "return_array": True}]},
     DEEP, "invalid_output"),
    ("html_extract", {"field": "t", "extraction_values": [{"key": f"k{at}", "css_selector": "div"} for at in range(200)]},
     DEEP, "invalid_output"),
    ("http_request", {"url": "http://a/", "pagination": {"mode": "next_url", "next_url": "next"}, "full_response": False},
     {}, "invalid_output"),
    ("http_request", {"method": "POST", "url": "http://a/", "body": {f"f{at}": TEXT for at in range(40)}}, {},
     "invalid_output"),
    ("http_request", {"method": "POST", "url": "http://a/", "content_type": "multipart",
                      "body": {f"f{at}": [TEXT] for at in range(40)}}, {}, "invalid_output"),
    ("http_request", {"url": "http://a/", "query": {f"f{at}": TEXT for at in range(40)}}, {}, "invalid_output"),
    ("human_task", {"title": "t", "context": {f"f{at}": TEXT for at in range(40)}}, {}, "invalid_output"),
    ("respond_webhook", {"body": {f"f{at}": TEXT for at in range(40)}}, {}, "invalid_output"),
    ("sub_workflow", {"workflow_id": WORKFLOW}, {}, "invalid_output"),
    ("sub_workflow", {"workflow_id": WORKFLOW, "mode": "each", "input_mapping": {f"f{at}": "" for at in range(20)}},
     FEW, "invalid_output"),
    ("map", {"workflow_id": WORKFLOW}, {}, "invalid_output"),
    ("map", {"workflow_id": WORKFLOW, "input_mapping": {f"f{at}": "" for at in range(20)}}, FEW, "invalid_output"),
    ("data_table", {"operation": "list", "table": "t"}, {}, "invalid_output"),
    ("crypto", {"action": "base64_encode", "value": "x" * 60_000}, {}, "invalid_output"),
]  # fmt: skip
NOT_MORE_THAN_CAME_IN = {
    "agent", "plan_and_execute", "anthropic", "gemini", "llm", "ollama", "openai", "openrouter", "perplexity",  # one answer each, of a bounded size
    "guardrail", "information_extractor", "sentiment", "summarizer", "text_classifier",
    "chat_trigger", "code", "date_time", "document_add", "email_trigger", "error_trigger", "file_trigger", "filter", "form_trigger", "github_trigger", "if", "knowledge_answer", "knowledge_search", "limit",
    "manual_trigger", "mcp_tool", "no_op", "remove_duplicates", "rss_trigger", "schedule_trigger", "send_email", "sort", "stop_and_error", "tool_call",
    "switch", "wait", "webhook_trigger",
}  # fmt: skip


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MOST_ITEMS", MANY)
    monkeypatch.setattr(budget, "MOST_BYTES", BIG)


def turn_of(kind: str, params: dict[str, Any], given: Any) -> TurnResult:
    """Let the node runner make a node's turn."""
    node_type = CATALOGUE.newest(kind)
    assert node_type is not None
    checked = node_type.Params.model_validate(params)
    node = Node("n", "N", kind, 1, params, {}, NodeSettings(), node_type)
    items = given if isinstance(given, list) else [{"json": given}]
    inputs = given if isinstance(given, dict) and "input_1" in given else {"main": items}
    ctx: Any = Peer()
    return asyncio.run(
        run_turn(
            Turn(node, inputs, lambda at, unresolved: checked, lambda at: ctx, None, lambda: datetime.now(UTC), False)  # type: ignore[arg-type]
        )
    )


@pytest.mark.parametrize(("kind", "params", "given", "code"), CASES)
def test_a_node_that_makes_too_much_fails_as_a_node(kind: str, params: dict[str, Any], given: Any, code: str) -> None:
    result = turn_of(kind, params, given)

    assert result.failed
    assert result.error is not None
    assert result.error["code"] == code
    assert set(result.outputs) == {"error"}


def test_every_node_type_is_looked_at() -> None:
    loops = {node_type.kind for node_type in BUILTIN if issubclass(node_type, LoopNodeType)}
    helpers = {node_type.kind for node_type in BUILTIN if node_type.gives}  # these have no turn of their own

    assert {kind for kind, *_ in CASES} | NOT_MORE_THAN_CAME_IN | loops | helpers == {
        node_type.kind for node_type in BUILTIN
    }


def test_a_node_may_make_what_just_fits() -> None:
    assert len(turn_of("split_out", {"field_to_split_out": "list"}, {"list": [0] * MANY}).outputs["main"]) == MANY
    assert not turn_of("set", {"assignments": fields(15)}, {}).failed


def test_an_error_too_long_to_stand_in_each_item_goes_on_alone() -> None:
    result = turn_of("stop_and_error", {"message": "x" * 1900}, [{"json": {}} for _ in range(100)])

    assert result.failed
    assert len(result.outputs["error"]) == 1


def test_items_are_counted_wherever_the_same_value_stands() -> None:
    item = {"json": {"t": TEXT}}
    counting = budget.Budget()

    with pytest.raises(NodeFailed) as caught:
        counting.take_all([item] * 20)
    assert caught.value.node_code == "invalid_output"
