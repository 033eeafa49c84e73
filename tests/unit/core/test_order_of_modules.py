"""Inside a room the ways in stand on top: views and tasks know services, never the other way round."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("core", "nodes", "credentials", "executor", "orchestrator", "streaming", "templates", "logs", "inference",
        "mcp_integration")  # fmt: skip
WAYS_IN = ("views", "pages", "page", "consumers", "sockets", "urls", "admin")
MODULES = sorted(
    path
    for app in APPS
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts and path.name != "__init__.py"
)


def rank(module: str) -> int:
    """Return how high a module stands by its name: 2 for ways in, 1 for wire forms, 0 for the rest."""
    name = module.rpartition(".")[2]
    is_tasks = name == "tasks" and module.count(".") == 1  # Celery's, of an app
    if name.rpartition("_")[2] in WAYS_IN or ".page." in module or ".views." in module or is_tasks:
        return 2
    return 1 if name.rpartition("_")[2] == "serializers" else 0


def imported(path: Path) -> Iterator[str]:
    for found in ast.walk(ast.parse(path.read_text())):
        if isinstance(found, ast.ImportFrom) and found.module and found.module.split(".")[0] in APPS:
            for alias in found.names:
                full = f"{found.module}.{alias.name}"
                yield full if (ROOT / f"{full.replace('.', '/')}.py").exists() else found.module


def test_no_module_knows_the_ways_in_to_it() -> None:
    found = {
        module: above
        for path in MODULES
        for module in [".".join(path.relative_to(ROOT).with_suffix("").parts)]
        if not module.endswith((".urls", ".outbox")) and ".management." not in module
        for above in [[one for one in imported(path) if rank(one) > rank(module)]]
        if above
    }
    assert not found
    assert rank("orchestrator.executions.views") > rank("orchestrator.executions.serializers") > rank("core.clock")
