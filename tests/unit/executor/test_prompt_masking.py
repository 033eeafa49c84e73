"""No text of a question to a model holds a secret, wherever a question can hold text."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from core.json import dumps_text
from core.text.scrubbing import Secrets
from executor.node.prompt_masking import PromptMask
from nodes.language_models import CompletionRequest, Image, Message, Sampling, Tool, ToolCall, ToolResult

SECRET = "sk-very-secret-key"


def full(text: str) -> CompletionRequest:
    """Return a question that says a text in each place in which it can say one."""
    nested = {"properties": {"a": {"description": text, "enum": ["x", text], text: 1}}}
    messages = [
        Message("system", text),
        Message("user", text, images=[Image(b"png", "image/png")]),
        Message(
            "assistant", text, tool_calls=[ToolCall("1", "t", {"q": [text], text: 1}, text), ToolCall("2", "t", None, text)],
            raw_parts={"content": [{"type": "thinking", "thinking": text}]},
        ),
        Message("tool", "", result=ToolResult("1", "t", text, is_error=True)),
    ]  # fmt: skip
    return CompletionRequest(messages, tools=[Tool("t", text, nested)], schema=nested, sampling=Sampling())


def everything(value: Any) -> str:
    if is_dataclass(value):
        return " ".join(everything(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, (list, tuple)):
        return " ".join(map(everything, value))
    return dumps_text(value) if isinstance(value, dict) else str(value)


def opened(*values: str) -> Secrets:
    secrets = Secrets()
    secrets.add(values)
    return secrets


def test_no_place_of_a_question_keeps_a_secret() -> None:
    asked = full(f"before {SECRET} after")
    assert everything(asked).count(SECRET) == 16
    made = PromptMask(opened(SECRET)).masked(asked)
    assert SECRET not in everything(made)
    assert everything(made).count("before") == 16
    assert len(made.messages) == len(asked.messages)


def test_a_question_without_one_is_the_very_same() -> None:
    asked = full("nothing to hide")
    assert PromptMask(opened(SECRET)).masked(asked) is asked
    assert PromptMask(Secrets()).masked(asked) is asked


PLACES = {
    "schema": lambda asked: replace(asked, schema={"description": SECRET}),
    "description of a tool": lambda asked: replace(asked, tools=[Tool("t", SECRET, {})]),
    "schema of a tool": lambda asked: replace(asked, tools=[Tool("t", "", {"title": SECRET})]),
    "parts of the provider": lambda asked: replace(asked, messages=[Message("assistant", raw_parts={"a": [SECRET]})]),
    "arguments": lambda asked: replace(
        asked, messages=[Message("assistant", tool_calls=[ToolCall("1", "t", {"a": SECRET})])]
    ),
    "unread arguments": lambda asked: replace(
        asked, messages=[Message("assistant", tool_calls=[ToolCall("1", "t", None, SECRET)])]
    ),
    "a result": lambda asked: replace(asked, messages=[Message("tool", result=ToolResult("1", "t", SECRET))]),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_single_place_is_enough_to_be_noticed(place: str) -> None:
    asked = PLACES[place](full("x"))
    made = PromptMask(opened(SECRET)).masked(asked)
    assert made is not asked, "its node is warned"
    assert SECRET not in everything(made)


def test_what_was_clean_is_looked_through_again_once_more_secrets_are_known() -> None:
    secrets = opened("something-else")
    mask, asked = PromptMask(secrets), full(SECRET)
    assert mask.masked(asked) is asked
    secrets.add([SECRET])
    assert SECRET not in everything(mask.masked(asked))


def test_what_comes_later_is_masked_beside_what_was_clean() -> None:
    mask, first = PromptMask(opened(SECRET)), full("x")
    assert mask.masked(first) is first
    made = mask.masked(replace(first, messages=[*first.messages, Message("user", SECRET)]))
    assert SECRET not in everything(made)
    assert made.messages[0] is first.messages[0]
