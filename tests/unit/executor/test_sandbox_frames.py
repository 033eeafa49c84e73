"""Whatever comes back from a child, which may have been taken over: it is an outcome, never an exception."""

from __future__ import annotations

import asyncio
import io
import os
import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executor.isolation.guest import frames
from executor.sandbox.outcome import Limits, Outcome, outcome_of
from executor.sandbox.parent import _read, _talk
from tests.thoroughness import examples

LIMITS = Limits(reply_bytes=4096)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = ("kind", "items", "logs", "type", "message", "line")
REPLIES = st.dictionaries(st.sampled_from(KEYS), JSON | st.just("ok") | st.just("error"), max_size=6)


@given(reply=st.none() | REPLIES, code=st.integers(-64, 255), killed=st.booleans())
@settings(max_examples=examples(500), deadline=None)
def test_any_reply_is_an_outcome(reply: dict[str, Any] | None, code: int, killed: bool) -> None:
    report = {"exit": code, "killed": "timeout" if killed else "", "cpu_s": 0.1, "max_rss_kb": 100}
    outcome = outcome_of(reply, report, LIMITS)
    assert isinstance(outcome, Outcome)
    assert all(isinstance(line, str) for line in outcome.logs)
    assert all(isinstance(item["json"], dict) for item in outcome.items)
    assert (outcome.kind == "ok") <= (reply is not None and code == 0 and not killed)
    assert outcome.line is None or isinstance(outcome.line, int)


@given(raw=st.binary(max_size=200), honest=st.booleans())
@settings(max_examples=examples(300), deadline=None)
def test_any_bytes_are_a_reply_or_none(raw: bytes, honest: bool) -> None:
    """`honest`: they stand behind their right length."""

    async def go() -> Any:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with ours, theirs:
            theirs.sendall((len(raw).to_bytes(4, "big") if honest else b"") + raw)
            theirs.shutdown(socket.SHUT_WR)
            found = await asyncio.wait_for(_talk(ours, None, LIMITS.reply_bytes), 5)
            return None if found is None else await _read(found, None)

    reply = asyncio.run(go())
    assert reply is None or isinstance(reply, dict)


def test_a_reply_that_says_to_be_huge_is_not_read() -> None:
    async def go() -> Any:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with ours, theirs:
            theirs.sendall(b"\xff\xff\xff\xff" + b"x" * 100)
            return await asyncio.wait_for(_talk(ours, None, LIMITS.reply_bytes), 5)

    assert asyncio.run(go()) is None


@given(raw=st.binary(max_size=100), said=st.integers(0, 2**32 - 1))
@settings(max_examples=examples(200), deadline=None)
def test_a_child_reads_a_frame_or_says_why_not(raw: bytes, said: int) -> None:
    reading, writing = os.pipe()
    with io.FileIO(writing, "w") as file:
        file.write(said.to_bytes(4, "big") + raw)
    try:
        frames.read(reading, 1000)
    except (EOFError, frames.TooLarge, ValueError):
        pass
    finally:
        os.close(reading)


def test_a_frame_goes_there_and_back() -> None:
    reading, writing = os.pipe()
    frames.write(writing, b'{"a": "\xc3\xa4"}')
    assert frames.read(reading, 1000) == {"a": "ä"}
    frames.write(writing, b"[1, 2, 3]")
    with pytest.raises(frames.TooLarge):
        frames.read(reading, 5)
    os.close(reading)
    os.close(writing)
