"""Nobody asks which kind of trigger a node is: its type says how it is armed, and what it does with calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from nodes.registry import builtin_catalogue

APPS = (
    "core", "credentials", "nodes", "compiler", "inference", "mcp_integration", "executor", "orchestrator", "templates",
    "streaming", "logs", "workflow_backend",
)  # fmt: skip
# Documents that are made here, and tables of names; none of them decides anything by a kind.
NAMED = {
    "orchestrator/models.py": "what rows of an earlier release are about",
    "orchestrator/workflows/n8n.py": "what another product calls them",
    "orchestrator/workflows/n8n_nodes.py": "what another product calls them",
}


def named_in(path: Path, kinds: set[str]) -> Iterator[str]:
    for found in ast.walk(ast.parse(path.read_text())):
        value = found.value if isinstance(found, ast.Constant) else None
        if isinstance(found, ast.expr) and isinstance(value, str) and value in {*kinds, "_trigger"}:
            yield f"{path.relative_to(settings.BASE_DIR)}:{found.lineno} {value}"


def test_no_code_beside_its_own_names_a_kind_of_trigger() -> None:
    catalogue = builtin_catalogue()
    kinds = {kind for kind in catalogue.kinds() if (node_type := catalogue.newest(kind)) and node_type.is_trigger}
    assert len(kinds) >= 9
    found: list[str] = []
    for app in APPS:
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            name = str(path.relative_to(settings.BASE_DIR))
            if "migrations" not in path.parts and name not in NAMED:
                own = {path.stem} if path.parent.name == "trigger" else set[str]()
                found += named_in(path, kinds - own)
    assert found == []


def test_every_trigger_says_how_it_is_armed_and_nothing_else_does() -> None:
    types = builtin_catalogue().types.values()
    said = {node_type.kind: node_type.armed for node_type in types}
    assert {kind for kind, armed in said.items() if armed} == {one.kind for one in types if one.is_trigger}
    assert (said["manual_trigger"], said["form_trigger"], said["rss_trigger"]) == ("manual", "webhook", "poll")
    assert (said["schedule_trigger"], said["github_trigger"], said["error_trigger"]) == ("schedule", "push", "failure")
