"""The pages about compiling say what the compiler does: every finding, every rule, and what a definition may look like."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from compiler import checks
from compiler.definition import MAX_NODES, read
from compiler.diagnostics import InvalidDefinition
from compiler.schema import definition_schema
from scripts import definition_docs

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "compilation.md").read_text()
TABLE = PAGE[PAGE.index("| code | rule |") : PAGE.index("## Plan")]
MADE = re.compile(r'(?:Diagnostic\(\s*|problems\.append\(\(|return |else )"([a-z]+_[a-z_]+)"')
NODE: dict[str, Any] = {"id": "a", "type": "set"}


def test_the_page_names_every_finding_and_every_rule_and_no_other() -> None:
    sources = [
        *(ROOT / "compiler" / "checks").glob("*.py"),
        ROOT / "compiler" / "exposing.py",
        ROOT / "compiler" / "graph.py",
        ROOT / "compiler" / "params.py",
    ]
    codes = {code for source in sources for code in MADE.findall(source.read_text())}
    rules = {rule.__name__ for rule in (*checks.STRUCTURE, *checks.NODES, *checks.TABLES)}
    rows = [row.split("|")[1:3] for row in TABLE.splitlines()[2:] if row.startswith("|")]

    assert {name for codes_, _ in rows for name in re.findall(r"`(\w+)`", codes_)} == codes
    assert {name for _, rules_ in rows for name in re.findall(r"`(\w+)`", rules_)} == rules


def test_the_generated_pages_are_up_to_date() -> None:
    assert [target.name for target, text in definition_docs.pages().items() if target.read_text() != text] == []


def test_the_examples_fit_the_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(definition_schema())
    validator = jsonschema.Draft202012Validator(definition_schema())
    examples = sorted((ROOT / "examples").glob("*.json"))
    assert examples
    assert {
        file.name: [error.message for error in validator.iter_errors(json.loads(file.read_text()))] for file in examples
    } == {file.name: [] for file in examples}


@pytest.mark.parametrize(
    "document",
    [
        {"nodes": [{"type": "set"}]}, {"nodes": [{**NODE, "id": ""}]}, {"nodes": [{**NODE, "id": "x" * 65}]}, {"nodes": {}},
        {"nodes": [{**NODE, "data": {"version": 0}}]}, {"nodes": [{**NODE, "data": {"label": "x" * 201}}]},
        {"edges": [{"source": "a"}]}, {"edges": [{"source": "a", "target": 1}]}, {"nodes": [NODE] * (MAX_NODES + 1)},
        {"nodes": [{**NODE, "data": {"params": []}}]},
    ],
    ids=range(10),
)  # fmt: skip
def test_what_cannot_be_read_does_not_fit_the_schema(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidDefinition):
        read(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, definition_schema())
