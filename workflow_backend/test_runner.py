"""`manage.py test [app …]`: the tests of an app, by pytest."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

KINDS = ("unit", "integration", "conformance", "e2e")


class PytestRunner:
    """Django's runner interface, handed on to pytest in a process of its own."""

    def __init__(self, verbosity: int = 1, failfast: bool = False, **options: Any) -> None:
        self.verbosity = verbosity
        self.failfast = failfast

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        """Take no arguments of our own."""

    def run_tests(self, test_labels: list[str], **options: Any) -> int:
        """Run the tests of these apps, or all of them; returns the number of failed runs."""
        tests = Path(settings.BASE_DIR) / "tests"
        paths: list[str] = []
        for label in test_labels:
            found = [str(tests / kind / label) for kind in KINDS if (tests / kind / label).exists()]
            if not found and not (Path(settings.BASE_DIR) / label).is_dir():
                sys.exit(f"there is no app {label!r}")
            paths.extend(found)
        if test_labels and not paths:
            print(f"{', '.join(test_labels)}: no tests yet")  # noqa: T201 (a command's output)
            return 0
        import pytest  # noqa: PLC0415 (only the tests need it)

        code = pytest.main(
            [f"--rootdir={settings.BASE_DIR}", *(paths or [str(tests)]), *(["-x"] if self.failfast else [])]
        )
        return 0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else int(code)
