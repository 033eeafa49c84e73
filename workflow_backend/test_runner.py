"""`manage.py test [app | file …]`: tests by pytest, which starts PostgreSQL and Valkey where none are named."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

TESTS = Path("tests")
KINDS = ("unit", "integration", "conformance", "e2e")
# Tests that are no app's own folder.
ALSO = {
    "core": ("integration/administration", "integration/outbox"),
    "executor": ("integration/sandbox", "chaos"),
    "nodes": ("integration/nodes",),
    "orchestrator": ("e2e/journeys",),
    "workflow_backend": ("integration/processes", "browser"),
}


class PytestRunner:
    """Django's runner interface, handed on to pytest in a process of its own."""

    def __init__(self, verbosity: int = 1, failfast: bool = False, names: str = "", **options: Any) -> None:
        self.verbosity = verbosity
        self.names = names
        self.failfast = failfast

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        parser.add_argument("-k", dest="names", default="", help="only tests whose names fit, as pytest has it")

    def run_tests(self, test_labels: list[str], **options: Any) -> int:
        """Run the tests of these apps, folders or files, or all of them; returns the number of failed runs."""
        paths = [path for label in test_labels for path in paths_of(label)] if test_labels else [str(TESTS)]
        if not paths:
            print(f"{', '.join(test_labels)}: no tests yet")  # noqa: T201 (a command's output)
            return 0
        print(f"pytest {' '.join(paths)}")  # noqa: T201 (a command's output)
        try:
            import pytest  # noqa: PLC0415 (only the tests need it)
        except ModuleNotFoundError:
            sys.exit("the tests need `pip install -r requirements-dev.txt`")

        os.chdir(settings.BASE_DIR)
        wanted = [*(["-x"] if self.failfast else []), *(["-k", self.names] if self.names else [])]
        verbose = ["-v"] if self.verbosity > 1 else []
        code = pytest.main([f"--rootdir={settings.BASE_DIR}", *paths, *wanted, *verbose])
        return 0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else int(code)


def paths_of(label: str) -> list[str]:
    """Return where the tests of an app are, or the folder or file that was named, with dots or slashes."""
    root = Path(settings.BASE_DIR)
    path = TESTS.joinpath(*label.removeprefix("tests.").split(".")) if "/" not in label else Path(label.split("::")[0])
    if label.startswith("tests") and (root / path).exists():
        return [label if "/" in label else str(path)]
    if label.startswith("tests") and (root / path).with_suffix(".py").exists():
        return [str(path.with_suffix(".py"))]
    found = [TESTS / kind / label for kind in KINDS] + [TESTS / one for one in ALSO.get(label, ())]
    there = list(dict.fromkeys(str(one) for one in found if (root / one).exists()))
    if not there and not (root / label).is_dir():
        sys.exit(f"there is no app {label!r}")
    return there
