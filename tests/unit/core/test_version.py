"""The version of the product: one place, and who tells it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from django.conf import settings

from core.health.report import body_of
from core.version import VERSION

ROOT = Path(__file__).resolve().parents[3]


def test_health_and_the_openapi_document_tell_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["version"] == VERSION
    assert body_of("healthy", {})["version"] == VERSION
    assert settings.SPECTACULAR_SETTINGS["VERSION"] == VERSION


def test_the_page_has_no_version_of_its_own() -> None:
    assert '"version"' not in (ROOT / "frontend" / "package.json").read_text()


def test_the_changelog_begins_with_the_version_or_what_comes_next() -> None:
    headings = re.findall(r"^## \[([^]]+)]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert headings[0] in ("Unreleased", VERSION)
    assert VERSION in headings
