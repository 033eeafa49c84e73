"""Expressions give the answers that n8n's own evaluator was seen to give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compiler.expressions import Names, compile_template

SAMPLE = json.loads((Path(__file__).parent / "expression_answers.json").read_text())


@pytest.mark.parametrize("case", SAMPLE["cases"], ids=lambda case: case["text"])
def test_answers_as_recorded(case: dict[str, Any]) -> None:
    item = SAMPLE["json"]
    answer = compile_template(case["text"]).evaluate(Names(json=item, items=[{"json": item}]))

    assert answer == case.get("value")
    assert type(answer) is type(case.get("value")) or isinstance(answer, (int, float))
