"""Writes docs/definition.md and its schema from the compiler's models; `--check` says whether both are up to date."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from compiler.schema import definition_schema

DOCS = Path(__file__).resolve().parent.parent / "docs"
INTRO = """# Definitions

Generated from the compiler's models by `make docs`; do not edit. The same as JSON Schema (2020-12) is
[definition.schema.json](definition.schema.json). It says what is read, not yet what runs:
[the compiler](compilation.md) says the rest, and the `params` of each node type are in [Node types](nodes.md) and at
`/api/nodes/{kind}/schema/`. Beside the keys below all others are kept, as an editor's positions.
"""
TITLES = {
    "": "A workflow", "NodeSpec": "A node", "NodeData": "Its `data`", "NodeSettings": "Its `data.settings`",
    "Retry": "Its `data.settings.retry`", "EdgeSpec": "An edge", "WorkflowSettings": "The workflow's `settings`",
    "MoneyLimits": "Its `settings.budget`", "McpToolSettings": "Its `settings.mcp`",
}  # fmt: skip
BOUNDS = {
    "minimum": "from {}", "maximum": "up to {}", "exclusiveMinimum": "above {}", "minLength": "at least {} characters",
    "maxLength": "up to {} characters", "maxItems": "at most {}", "pattern": "matches `{}`",
}  # fmt: skip


def _kind(found: dict[str, Any]) -> str:
    if "$ref" in found:
        return TITLES[found["$ref"].rpartition("/")[2]].lower()
    if "anyOf" in found:
        return " or ".join(_kind(one) for one in found["anyOf"])
    if "enum" in found:
        return ", ".join(f"`{one}`" for one in found["enum"])
    if found.get("type") == "array":
        return f"list, each {_kind(found['items'])}" if "items" in found else "list"
    return str(found.get("type", "any"))


def _bounds(found: dict[str, Any]) -> str:
    parts = (found, *found.get("anyOf", ()))
    said = [text.format(one[key]) for one in parts for key, text in BOUNDS.items() if key in one]
    return "; ".join([*said, *([found["description"]] if "description" in found else [])]).replace("|", "\\|")


def page(schema: dict[str, Any]) -> str:
    """Return the page's text."""
    lines = [INTRO]
    for name, title in TITLES.items():
        model = schema["$defs"][name] if name else schema
        lines += [f"## {title}", "", *([model["description"], ""] if name and "description" in model else [])]
        lines += ["| key | type | default | |", "| --- | --- | --- | --- |"]
        for key, found in model["properties"].items():
            default = "needed" if key in model.get("required", ()) else f"`{json.dumps(found.get('default', {}))}`"
            lines.append(f"| `{key}` | {_kind(found)} | {default} | {_bounds(found)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[Path, str]:
    schema = definition_schema()
    text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    return {DOCS / "definition.md": page(schema), DOCS / "definition.schema.json": text}


if __name__ == "__main__":
    for target, text in pages().items():
        if "--check" in sys.argv:
            if not target.exists() or target.read_text() != text:
                sys.exit(f"docs/{target.name} is out of date: run `make docs`")
        else:
            target.write_text(text)
