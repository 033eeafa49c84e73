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
place of a value: `{{ $json.price * 2 }}`. Nearly every node has the output `error`: with `on_error: "error_handle"`
items that fail leave by it, with `error` beside their own fields. Settings that all nodes share (retries, time limits,
what follows an error) are in [Definitions](definition.md). A file is an entry of the item's `binary`; params called
`binary_property` name it. Credentials are named in the node's `credentials`, by slot. The examples are run by
`tests/integration/nodes/test_node_examples.py`; they show the `json` of items.

## Values

- **Numbers.** Whole numbers of up to 64 bits are exact in every node; an id of 19 digits stays what it is. Text is
  read as a number where it is written like one: `12`, `-1.5`, `2e3`. `1_000`, `NaN` and `Infinity` are text.
- **Equality.** Conditions and joins find 5 equal to `"5"`, and two texts that name one moment; two other texts are
  equal only as text. Groups and duplicates go by type: 1 is 1.0, and is not `"1"`.
- **Order.** Null, false and true, numbers and text that reads as one, dates and times, other text, lists, objects.
  The order does not depend on how things stood before.
- **Paths.** `a.b[0]` reaches into objects and lists. A key that is the whole text, such as `price.usd`, comes first,
  for reading and for writing. Names that meet are numbered or refused; nothing is overwritten without being asked
  for.
- **Dates.** Hours and less are time that passes, days and longer go by the clock of the time zone. A time that the
  clock leaves out moves on, as in Luxon 3.

## Where items come from

`$('Node').item` is the item of an earlier node that the current one was made of. Code gets items that know their
place: `return items` keeps them, filtered and sorted ones too. New objects are linked by their place where code gives
as many as it got, else they lead nowhere. What was made of several items leads to one only where they all came from
it. A sub-workflow that runs once for many items links none of them; one for each links each. Files go with items into
sub-workflows, and back.

## Expressions

The expression part of JavaScript, with functions, variables and loops in their bodies. Beside JavaScript's own
objects there are Luxon's `DateTime`, `Duration` and `Interval`, `URL`, `$jmespath` and n8n's additions. Regular
expressions may look around and have named groups; they cannot refer back. Dates and numbers are written in English,
German, French, Spanish, Italian, Portuguese, Dutch, Polish, Japanese and Chinese; another language is an error. An
expression ends after 100,000 steps or 2 s. Unknown names and functions, and divisions by zero, are warnings when a
workflow is compiled.

## Warnings

What a node dropped, rounded, replaced or did not find does not fail it. It stands in the `warnings` of the node run
and of the run, with `code`, `node_id`, `field` and a message that says how often: `field_missing`, `not_found`,
`rounded`, `kept_as_text`, `not_a_number`, `replaced_character`, `files_left_out`, `items_left_out`, `body_left_out`,
`list_not_written`, `param_ignored`, `not_json`, `unresolved_expression`, `result_not_kept`.
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
