"""Lines of pieces: whole ones as they come, none longer than allowed, in time that is linear."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_integration.client.lines import Lines, TooLong


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_however_bytes_come_the_lines_are_the_same(text: bytes, cuts: list[int]) -> None:
    lines = Lines()
    places = sorted({0, *(min(cut, len(text)) for cut in cuts), len(text)})

    found = [line for begin, end in zip(places, places[1:], strict=False) for line in lines.added(text[begin:end])]

    assert found == [line for line in text.split(b"\n")[:-1] if line.strip()]


def test_a_line_without_end_is_refused_and_one_at_the_limit_is_not() -> None:
    assert list(Lines(10).added(b"0123456789\n")) == [b"0123456789"]
    with pytest.raises(TooLong):
        list(Lines(10).added(b"0123456789a"))
    lines = Lines(10)
    assert list(lines.added(b"01234")) == []
    with pytest.raises(TooLong):
        list(lines.added(b"567890\n"))


def test_a_long_line_of_small_pieces_takes_linear_time() -> None:
    def took(pieces: int) -> float:
        lines, begun = Lines(2**30), time.process_time()
        for _ in range(pieces):
            list(lines.added(b"x" * 64))
        return time.process_time() - begun

    took(10_000)
    assert took(200_000) < 20 * max(took(20_000), 0.001)
