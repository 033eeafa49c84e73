"""Chats in OpenAI's words: what is asked, and how an answer is told piece by piece."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from orchestrator.completions import asking
from orchestrator.completions.telling import Telling

USER = {"role": "user", "content": "Hi"}


def piece(text: str, index: int, path: str = "agent@0.m0", node: str = "agent", channel: str = "text") -> Any:
    return {"node_id": node, "path": path, "data": {"text": text, "index": index, "channel": channel}}


def told(answer: str, *pieces: Any) -> str:
    telling = Telling({"agent", "other"})
    return "".join([telling.piece(one) for one in pieces]) + telling.rest(answer)


@pytest.mark.parametrize(
    ("answer", "pieces", "expected"),
    [
        ("Hello", [], "Hello"),
        ("Hello", [piece("Hel", 0), piece("lo", 1)], "Hello"),
        ("Hello", [piece("Hel", 0)], "Hello"),
        ("Hello", [piece("Hel", 0), piece("o", 2)], "Hello"),  # one was lost
        ("Hello", [piece("Hel", 0), piece("Hello", 0)], "Hello"),  # another try says it anew
        ("Other", [piece("Hel", 0), piece("Other", 0)], "Hel\n\nOther"),
        ("Cold", [piece("Let me see", 0), piece("Cold", 0, "agent@0.m1")], "Let me see\n\nCold"),
        ("Cold", [piece("Draft", 0, node="upstream")], "Cold"),
        ("Cold", [piece("Hm", 0, channel="thinking")], "Cold"),
        ("Cold", [piece("lo", 1)], "Cold"),  # who listens late
        ("B", [piece("A", 0), piece("B", 0, "", "other"), piece("a", 1)], "A\n\nB"),
        ("", [piece("A", 0)], "A"),
    ],
)
def test_all_pieces_end_with_the_answer(answer: str, pieces: list[Any], expected: str) -> None:
    assert told(answer, *pieces) == expected


@given(
    st.sampled_from(["", "a", "ab", "b", "aba"]),
    st.lists(
        st.builds(
            piece, st.sampled_from(["", "a", "b", "ab"]), st.integers(0, 3), st.sampled_from(["", "agent@0.m0", "agent@0.m1"]),
            st.sampled_from(["agent", "other", "upstream"]),
        ),
        max_size=8,
    ),
)  # fmt: skip
def test_whatever_is_lost_the_answer_is_told(answer: str, pieces: list[Any]) -> None:
    assert told(answer, *pieces).endswith(answer)


def test_a_question_is_its_last_message() -> None:
    body = {"model": "m", "messages": [{"role": "system", "content": "Be brief"}, USER], "temperature": 0.2}
    question = asking.read(body)
    assert (question.message, question.streams, question.conversation_id) == ("Hi", False, None)
    assert [one["role"] for one in question.messages] == ["system", "user"]
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert asking.read({"model": "m", "messages": [{"role": "user", "content": parts}]}).message == "ab"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ([], None),
        ({}, "model"),
        ({"model": 3}, "model"),
        ({"model": "m"}, "messages"),
        ({"model": "m", "messages": []}, "messages"),
        ({"model": "m", "messages": [3]}, "messages[0].role"),
        ({"model": "m", "messages": [{"role": "king", "content": ""}]}, "messages[0].role"),
        ({"model": "m", "messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"model": "m", "messages": [USER, {"role": "assistant", "content": "x"}]}, "messages[1].role"),
        (
            {"model": "m", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "messages[0].content[0]",
        ),
        ({"model": "m", "messages": [USER], "tools": [{}]}, "tools"),
        ({"model": "m", "messages": [USER], "n": 2}, "n"),
        ({"model": "m", "messages": [USER], "response_format": {"type": "json_object"}}, "response_format"),
        ({"model": "m", "messages": [USER], "stream": "yes"}, "stream"),
        ({"model": "m", "messages": [USER], "stream_options": {"include_usage": True}}, "stream_options"),
        ({"model": "m", "messages": [USER], "metadata": []}, "metadata"),
    ],
)
def test_what_cannot_be_asked_names_what_is_wrong(body: Any, param: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        asking.read(body)
    assert refused.value.details["param"] == param
