"""Writes docs/nodes.md from the catalogue; `--check` says whether it is up to date."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nodes.builtin import BUILTIN
from nodes.presentation import categories_of, presented
from nodes.registry import catalogue_of

TARGET = Path(__file__).resolve().parent.parent / "docs" / "nodes.md"


def page() -> str:
    """Return the page's text."""
    catalogue = catalogue_of(BUILTIN)
    lines = ["# Node types", "", "Generated from the catalogue by `make docs`; do not edit.", ""]
    for category in categories_of(catalogue):
        lines += [f"## {category['label']}", ""]
        for kind in category["kinds"]:
            node_type = catalogue.newest(kind)
            if node_type is None:
                continue
            shown = presented(node_type)
            outputs = ", ".join(f"`{port['name']}`" for port in shown["outputs"]) or "none"
            inputs = ", ".join(f"`{port['name']}`" for port in shown["inputs"]) or "none"
            body = shown["docs"].split("\n", 2)[2].strip()
            lines += [f"### {shown['label']} (`{kind}`)", "", body, ""]
            per = "once per item" if shown["per_item"] else "once, on all items"
            lines += [f"Inputs: {inputs}. Outputs: {outputs}. Effect: {shown['effect']}. Runs {per}.", ""]
            if shown["fields"]:
                lines += ["| parameter | type | default | |", "| --- | --- | --- | --- |"]
                for field in shown["fields"]:
                    default = "needed" if field["required"] else f"`{field['default']!r}`"
                    options = ", ".join(f"`{option['value']}`" for option in field["options"])
                    note = ". ".join(part for part in (field["help"], options) if part).replace("|", "\\|")
                    lines.append(f"| `{field['name']}` | {field['type']} | {default} | {note} |")
                lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    text = page()
    if "--check" in sys.argv:
        is_current = TARGET.exists() and TARGET.read_text() == text
        sys.exit(0 if is_current else "docs/nodes.md is out of date: run `make docs`")
    TARGET.write_text(text)
