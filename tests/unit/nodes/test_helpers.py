"""Helper node types: what each of them is, and tools that need nothing but their arguments."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from core.forms.forms import form_problem
from core.json import dumps
from nodes.abilities import HttpReply
from nodes.base import NodeFailed
from nodes.handlers.ai.helpers.calculator_tool import as_expression
from nodes.handlers.ai.helpers.http_tool import HttpTool
from nodes.handlers.ai.helpers.output_schema import OutputSchemaParams, schema_like
from nodes.handlers.ai.helpers.wikipedia_tool import WikipediaTool, WikipediaToolParams
from nodes.helper_types import HelperType, ToolType
from nodes.presentation import presented
from nodes.registry import builtin_catalogue
from tests.unit.nodes.running import Ctx, Scripted

TYPES = [builtin_catalogue().newest(kind) for kind in builtin_catalogue().kinds()]
HELPERS = [one for one in TYPES if one is not None and one.gives is not None]


@pytest.mark.parametrize("node_type", HELPERS, ids=lambda one: one.kind)
def test_a_helper_has_one_output_named_like_what_it_gives(node_type: Any) -> None:
    wire = presented(node_type)
    assert isinstance(node_type, HelperType)
    assert [(port["name"], port["gives"]) for port in wire["outputs"]] == [(node_type.gives, node_type.gives)]
    assert wire["inputs"] == []
    if isinstance(node_type, ToolType):
        assert form_problem(node_type.arguments({})) == ""


def test_what_can_be_a_tool_has_that_output_and_slots_are_inputs() -> None:
    gives = {kind: [port["name"] for port in presented(found)["outputs"]] for kind in ("set", "wait", "human_task", "loop", "manual_trigger", "sub_workflow", "http_request") if (found := builtin_catalogue().newest(kind))}  # fmt: skip
    assert [kind for kind, names in gives.items() if "tool" in names] == ["set", "sub_workflow", "http_request"]
    slots = presented(next(one for one in TYPES if one is not None and one.kind == "tool_call"))["inputs"]
    assert slots[1:] == [{"name": "tools", "label": "Tools", "accepts": "tool", "multiple": True, "required": True}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1+1", "1 + 1"), ("sqrt(2)^2", "Math.sqrt ( 2 ) ** 2"), ("Math.max(1, 2) * PI", "Math.max ( 1 , 2 ) * Math.PI"),
        (" 1.5e3 % .5 ", "1.5e3 % .5"),
    ],
)  # fmt: skip
def test_arithmetic_is_read_word_by_word(text: str, expected: str) -> None:
    assert as_expression(text) == expected


@pytest.mark.parametrize(
    "text",
    ["$json.a", "a", "1; 2", "constructor", "Math.constructor", "'x'", "[1]", "`x`", "Math", "}}", "x => x", "1 = 1"],
)
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(NodeFailed) as caught:
        as_expression(text)
    assert caught.value.node_code == "invalid_expression"


def test_an_output_schema_is_one_of_two_things() -> None:
    example = {"name": "Ada", "age": 36, "is_in": True, "tags": ["x"], "more": None}
    assert OutputSchemaParams(example=example).form == {
        "type": "object",
        "properties": {
            "name": {"type": "string"}, "age": {"type": "integer"}, "is_in": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}}, "more": {},
        },
        "required": ["name", "age", "is_in", "tags", "more"],
        "additionalProperties": False,
    }  # fmt: skip
    assert schema_like([]) == {"type": "array", "items": {}}
    for wrong in ({}, {"schema": {"type": "object"}, "example": {}}, {"schema": {"type": "array"}}):
        with pytest.raises(ValidationError):
            OutputSchemaParams.model_validate(wrong)


def test_the_http_tool_changes_as_much_as_its_request() -> None:
    assert [HttpTool().effect_of({"method": method}) for method in ("GET", "POST")] == ["read", "write"]


def test_wikipedia_gives_the_beginnings_of_articles() -> None:
    pages = [
        {"index": 2, "title": "Lyon"},
        {"index": 1, "title": "Paris", "fullurl": "https://x/Paris", "extract": "Capital" * 100},
    ]
    client = Scripted(HttpReply(200, "OK", {}, dumps({"query": {"pages": pages}}), "https://x"))
    params = WikipediaToolParams(max_characters=100, language="fr")

    made = asyncio.run(WikipediaTool().use(params, {"query": "a&b"}, {"json": {}}, Ctx(http=client)))

    (item,) = made.outputs["main"]
    assert [(one["title"], len(one["text"])) for one in item["json"]["articles"]] == [("Paris", 100), ("Lyon", 0)]
    assert client.requests[0].url.startswith("https://fr.wikipedia.org/w/api.php?")
    assert "gsrsearch=a%26b" in client.requests[0].url
