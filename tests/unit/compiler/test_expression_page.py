"""What docs/expressions.md says an expression gives."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from compiler.expressions import Names, compile_template

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "expressions.md").read_text()
LINE = re.compile(r"^\| (`+)(.*?)\1 \| `(.*)` \|$", re.MULTILINE)
ITEM = json.loads(PAGE.split("```json\n", 1)[1].split("```", 1)[0])
EXAMPLES = [(text.replace("\\|", "|"), given) for _, text, given in LINE.findall(PAGE) if "{{" in text]


def test_the_page_has_its_examples() -> None:
    assert len(EXAMPLES) > 50
    assert len(EXAMPLES) == sum(line.startswith("| `") and "{{" in line for line in PAGE.splitlines())


@pytest.mark.parametrize(("text", "given"), EXAMPLES)
def test_an_expression_gives_what_the_page_says(text: str, given: str) -> None:
    names = Names(json=ITEM, now=datetime(2026, 3, 5, 9, 30, tzinfo=UTC), timezone="Europe/Berlin")

    assert compile_template(text).evaluate(names) == json.loads(given)
