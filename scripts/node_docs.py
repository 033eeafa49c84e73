"""Writes docs/nodes.md from the catalogue and docs/examples; `--check` says whether it is up to date."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nodes.base import NodeType
from nodes.builtin import BUILTIN
from nodes.presentation import categories_of, presented, schema_of
from nodes.registry import catalogue_of
from scripts.param_shapes import objects_in, rows_of

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "nodes.md"
EXAMPLES = ROOT / "docs" / "examples"
INTRODUCTION = """# Node types

Generated from the catalogue and `docs/examples/` by `make docs`; do not edit.

A node gets items, `{"json": {…}}` each, and gives items by its outputs. Nearly every parameter takes an expression in
place of a value: `{{ $json.price * 2 }}`. Nearly every node has the output `error`: with `on_error: "error_output"`
items that fail leave by it, with `error` beside their own fields. Settings that all nodes share (retries, time limits,
what follows an error) are in [Definitions](definition.md). A file is an entry of the item's `binary`; params called
`binary_property` name it. Credentials are named in the node's `credentials`, by slot. The examples are run by
`tests/integration/nodes/test_node_examples.py`; they show the `json` of items.
"""


def page() -> str:
    """Return the page's text."""
    catalogue = catalogue_of(BUILTIN)
    lines = [INTRODUCTION]
    for category in categories_of(catalogue):
        lines += [f"## {category['label']}", ""]
        for kind in category["kinds"]:
            node_type = catalogue.newest(kind)
            if node_type is not None:
                lines += [*_about(node_type), *_params(node_type), *_example(kind)]
    return "\n".join(lines).rstrip() + "\n"


def _about(node_type: NodeType[Any]) -> Iterator[str]:
    shown = presented(node_type)
    yield from (f"### {shown['label']} (`{node_type.kind}`)", "", shown["docs"].split("\n", 2)[2].strip(), "")
    inputs, outputs = (
        ", ".join(f"`{port['name']}`" for port in shown[side]) or "none" for side in ("inputs", "outputs")
    )
    per = "once per item" if shown["per_item"] else "once, on all items"
    yield f"Inputs: {inputs}. Outputs: {outputs}. Effect: {shown['effect']}. Runs {per}."
    yield ""
    if shown["output_fields"]:
        fields = ", ".join(f"`{field['name']}` ({field['type']})" for field in shown["output_fields"])
        yield from (f"Gives: {fields}.", "")
    for slot in shown["credentials"]:
        need = "needed" if slot["required"] else "optional"
        yield f"Credential `{slot['slot']}` ({need}): {', '.join(f'`{name}`' for name in slot['types'])}."
        yield ""


def _params(node_type: NodeType[Any]) -> Iterator[str]:
    schema = schema_of(node_type.Params)
    if not schema.get("properties"):
        return
    definitions = schema.get("$defs", {})
    yield from _table("parameter", schema, definitions)
    for name, entry in schema["properties"].items():
        for place, inner in objects_in(name, entry, definitions):
            yield from (f"In `{place}`:", "")
            yield from _table("field", inner, definitions)


def _table(what: str, schema: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    yield from (f"| {what} | type | default | |", "| --- | --- | --- | --- |")
    yield from (
        f"| `{name}` | {kind} | {default} | {note} |" for name, kind, default, note in rows_of(schema, definitions)
    )
    yield ""


def _example(kind: str) -> Iterator[str]:
    source = EXAMPLES / f"{kind}.json"
    if not source.exists():
        return
    example = json.loads(source.read_text())
    yield from (f"Example: {example['says']}", "", "```json", _params_as_written(source), "```", "")
    if "output" in example:
        yield from ("| | items |", "| --- | --- |", f"| in | {_items(example['input'])} |")
        yield from (f"| `{handle}` | {_items(items)} |" for handle, items in example["output"].items())
        yield ""


def _params_as_written(source: Path) -> str:
    """Return the params of an example with its file's line breaks."""
    text = source.read_text().split('"params": ', 1)[1]
    _, end = json.JSONDecoder().raw_decode(text)
    return text[:end].replace("\n  ", "\n")


def _items(items: list[Any]) -> str:
    return "<br>".join(f"`{json.dumps(item, ensure_ascii=False)}`" for item in items).replace("|", "\\|")


if __name__ == "__main__":
    text = page()
    if "--check" in sys.argv:
        is_current = TARGET.exists() and TARGET.read_text() == text
        sys.exit(0 if is_current else "docs/nodes.md is out of date: run `make docs`")
    TARGET.write_text(text)
