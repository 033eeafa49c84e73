"""What agents cut, shorten and ask people, by itself."""

from __future__ import annotations

from nodes.handlers.ai.agents.approving import form_of
from nodes.handlers.ai.agents.rounds import shorter
from nodes.handlers.ai.agents.toolbox import cut
from nodes.language_models import Message, ToolCall, ToolResult


def test_a_text_is_cut_by_its_bytes_and_says_so() -> None:
    assert cut("short", 100) == "short"
    made = cut("ä" * 1000, 101)
    assert len(made.encode()) <= 101
    assert made.endswith("… cut: 2000 bytes in all")


def result(content: str) -> Message:
    return Message("tool", result=ToolResult("1", "read", content))


def test_a_conversation_gets_shorter_and_no_result_loses_its_call() -> None:
    called = Message("assistant", tool_calls=[ToolCall("1", "read", {})])
    older = [Message("user", "first"), called, result("x" * 2000), Message("assistant", "one")]
    newer = [
        Message("user", "second"),
        called,
        result("y" * 2000),
        Message("assistant", "two"),
        Message("user", "third"),
    ]
    system = Message("system", "be brief")

    made = shorter([system, *older, *newer])

    assert made is not None
    assert made[0] == system
    assert made[1].text == "second"
    assert [message.role for message in made] == ["system", "user", "assistant", "tool", "assistant", "user"]


def test_one_question_keeps_its_calls_with_less_of_their_results() -> None:
    called = Message("assistant", tool_calls=[ToolCall("1", "read", {})])
    made = shorter([Message("user", "first"), called, result("x" * 2000)])
    assert made is not None
    assert len(made) == 3
    assert made[2].result is not None
    assert made[2].result.content == "x" * 500 + "\n… left out"
    assert shorter([Message("user", "first"), called, result("x")]) is None


def test_what_a_call_is_made_with_stands_in_the_form() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}, "required": ["a", "b"]}
    form = form_of(schema, {"a": "x", "c": 1})
    assert form is not None
    assert form["properties"] == {"a": {"type": "string", "default": "x"}, "b": {}, "c": {"default": 1}}
    assert "required" not in form, "who changes nothing sends nothing"
    assert form_of({"properties": {"a": {"type": "no type"}}}, {}) is None, "an answer could never be given"
