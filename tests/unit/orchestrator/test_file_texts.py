"""Files of workflows as texts: what is written is read again, and no text takes long or breaks anything."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.json import loads
from orchestrator.workflows.file_texts import MOST_CHARS, read_yaml, write_json, write_yaml
from orchestrator.workflows.imported_file import ImportUnreadable

ODD = [
    "", "~", "null", "Null", "true", "True", "yes", "no", "on", "y", "1", "-1", "+1", "01", "0x1F", "0o7", "0b1", "1_000",
    "1:30", "1:1:1.5", "1.5", ".5", "5.", "1e5", "1E+5", "1.e5", ".inf", "-.inf", ".nan", "2026-01-01", "2026-01-01 10:00:00",
    "=", "<<", "!", "!!int", "&a", "*a", "- a", "? a", "a: b", "a #b", "#", "%TAG", "---", "...", "\u2028", "\x85", "\x07",
    "\ufeff", " a ", "a\n", "\n", "\t", "'", '"', "\\", "@", "`", "[", "{", "|", ">", "\u0661", "9" * 400, "\U0001f600",
]  # fmt: skip
TEXTS = st.sampled_from(ODD) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
NUMBERS = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
PIECES = st.sampled_from(
    [*ODD, "!!bool", "!!int", "!!float", "!!timestamp", "!!binary", "!!set", "!!omap", "!!pairs", "!!merge", "!!value",
     "!!python/object:os.system", "!<x>", "%YAML 1.1\n", "%TAG ! tag:x,2000:\n", "\n", "\n ", "\n  ", " ", ": ", "- ", "? ",
     ", ", "]", "}", "&x ", "*x", "|\n", ">-\n", "'x'", '"\\x"', '"\\ud800"', "\ud800", "\0", "1" * 5000, "1e999", "<<: "]
)  # fmt: skip


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_written_is_read_again_as_it_was(file: dict[str, Any]) -> None:
    assert read_yaml(write_yaml(file)) == file
    assert loads(write_json(file)) == file


@given(st.lists(PIECES, max_size=12).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_yaml(text)
    except ImportUnreadable as exc:
        assert exc.code == "import_unreadable"


@pytest.mark.parametrize(
    "text",
    ["a: !!bool x", "a: !!int ''", "a: !!timestamp x", "a: !!str 1", "!!map {}", "a: ! x", "- !<tag:x> y", "a: 1e999"],
)
def test_what_json_has_not_is_refused(text: str) -> None:
    with pytest.raises(ImportUnreadable):
        read_yaml(text)


def test_plain_scalars_are_what_they_are_in_json() -> None:
    text = "a: 1:30\nb: no\nc: 0x10\nd: 1_000\ne: 2026-01-01\nf: 010\ng:\nh: ~\ni: -1.5e3\nj: true\nk: .inf\n<<: x"
    assert read_yaml(text) == {
        "a": "1:30", "b": "no", "c": "0x10", "d": "1_000", "e": "2026-01-01", "f": "010", "g": None, "h": None, "i": -1500,
        "j": True, "k": ".inf", "<<": "x",
    }  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [lambda size: "a: 1" + ":1" * (size // 2), lambda size: "a: " + "1" * size, lambda size: "a: 1." + "0" * size,
     lambda size: "- 1:1\n" * (size // 6), lambda size: "a: " + "x " * (size // 2), lambda size: "a: |\n" + " x\n" * (size // 3),
     lambda size: "[" + "{a: 1}," * (size // 7) + "]", lambda size: "a: " + "\n" * size, lambda size: "#" * size,
     lambda size: "? a\n" * (size // 4), lambda size: "".join(f"k{at}: 1\n" for at in range(size // 8)),
     lambda size: "a: '" + "''" * (size // 2) + "'", lambda size: 'a: "' + "\\n" * (size // 2) + '"',
     lambda size: "---\n" * (size // 4), lambda size: "&a " * (size // 3), lambda size: "a: " + "[]" * (size // 2)],
)  # fmt: skip
def test_the_time_to_read_grows_with_the_size_alone(make: Callable[[int], str]) -> None:
    def seconds(size: int) -> float:
        text = make(size)
        begin = time.thread_time()
        with suppress(ImportUnreadable):
            read_yaml(text)
        return time.thread_time() - begin

    small, large = min(seconds(MOST_CHARS // 256) for _ in range(2)), seconds(MOST_CHARS // 16)
    assert large < 64 * small + 0.2, "sixteen times the size may take sixteen times as long, and not the square of it"
