"""Texts of others in mails."""

from __future__ import annotations

import re

import pytest

from core.values.lines import unlinked


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Olga", "Olga"),
        ("J. R. Smith Jr.", "J. R. Smith Jr."),
        ("evil.example", "evil. example"),
        ("https://evil.example/a.b", "https: //evil. example/a. b"),
        ("evil\u3002example", "evil. example"),
        ("a\r\nb.c", "a b. c"),
        ("10:30", "10:30"),
        ("HTTP:\\\\host", "HTTP: \\\\host"),
        ("javascript:/x", "javascript: /x"),
    ],
)
def test_no_part_of_it_is_an_address(text: str, wanted: str) -> None:
    assert unlinked(text) == wanted
    assert not re.search(r"://|\w\.\w", unlinked(text))
