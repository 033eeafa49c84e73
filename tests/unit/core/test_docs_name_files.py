"""The documentation names what there is: files, folders, tests and pages it leads to."""

from __future__ import annotations

import os
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "frontend" / "README.md"])
IN_BACKTICKS = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"]\(([^)\s]+)\)")
PATH = re.compile(r"[\w.-]+(/[\w.-]+)*/?")
FILE = re.compile(r"[\w-]*[\w-]\.(py|md|toml|tsx?|mjs|cjs|ya?ml|txt|json)|Makefile|Dockerfile")
TEST = re.compile(r"test_\w+")
MADE = {".data", ".venv", "dist", "node_modules", "__pycache__"}  # folders that commands make
TO_BE_WRITTEN = {
    "nodes/handlers/transform/shorten.py",
    "nodes/handlers/trigger/page_trigger.py",
    "acme_tickets.py",
}  # by who follows a page
FIELDS = {"test_report", "test_url"}  # of the API, which are called as tests are


@cache
def files() -> frozenset[str]:
    """Return the paths of all files of the checkout, without what commands made."""
    found: set[str] = set()
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in MADE and (not name.startswith(".") or name == ".ci")]
        found.update(str((Path(folder) / name).relative_to(ROOT)) for name in names)
    return frozenset(found)


@cache
def tails() -> frozenset[str]:
    """Return each file and folder by its whole path, and by each shorter end of that."""
    whole = {*files(), *(str(folder) for name in files() for folder in Path(name).parents)}
    return frozenset("/".join(path.split("/")[start:]) for path in whole for start in range(path.count("/") + 1))


@cache
def known_tests() -> frozenset[str]:
    """Return the names of all tests, and of the files they are in."""
    named = {Path(name).stem for name in files() if name.startswith("tests/")}
    for name in files():
        if name.startswith("tests/") and name.endswith(".py"):
            named.update(re.findall(r"^\s*(?:async )?def (test_\w+)", (ROOT / name).read_text(), re.MULTILINE))
    return frozenset(named)


def is_of_ours(name: str) -> bool:
    """Whether a name says that it is a file or a folder of this repository."""
    first, *others = name.rstrip("/").split("/")
    if not PATH.fullmatch(name) or MADE & {first, *others}:
        return False
    return FILE.fullmatch([first, *others][-1]) is not None or ("/" in name and first != "" and (ROOT / first).is_dir())


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_each_file_that_a_page_names_is_there(page: Path) -> None:
    written = {name.split("::")[0] for name in IN_BACKTICKS.findall(FENCED.sub("", page.read_text()))}
    named = {name for name in written if is_of_ours(name)}

    assert sorted(name for name in named - TO_BE_WRITTEN if name.rstrip("/") not in tails()) == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_each_test_that_a_page_names_is_there(page: Path) -> None:
    named = {name for name in IN_BACKTICKS.findall(page.read_text()) if TEST.fullmatch(name)}

    assert sorted(named - known_tests() - FIELDS) == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_each_link_of_a_page_leads_to_something(page: Path) -> None:
    targets = {target.split("#")[0] for target in LINK.findall(FENCED.sub("", page.read_text()))}
    here = {target for target in targets if target and "://" not in target and not target.startswith("mailto:")}

    assert sorted(target for target in here if not (page.parent / target).exists()) == []


def test_the_index_of_the_documentation_leads_to_every_page() -> None:
    docs = ROOT / "docs"
    led_to = {(docs / target.split("#")[0]).resolve() for target in LINK.findall((docs / "README.md").read_text())}
    pages = set(docs.glob("*.md")) | set((docs / "how-to").glob("*.md")) | set((docs / "adr").glob("*.md"))

    assert sorted(ids(page) for page in pages - led_to - {docs / "README.md"}) == []


@pytest.mark.parametrize("app", ["core", "executor", "orchestrator"])
def test_the_rooms_of_an_app_are_those_of_the_architecture(app: str) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    told = re.findall(rf"^\| `({app}/\w+)` \|", page, re.MULTILINE)
    there = [str(file.parent.relative_to(ROOT)) for file in (ROOT / app).glob("*/__init__.py") if file.read_text()]

    assert sorted(told) == sorted(room for room in there if not room.endswith(("/migrations", "/management")))
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["name"] == f"Rooms of {app}")
    assert f"{app}: {' ▸ '.join(layers)}" in " ".join(re.sub(r"[`*]", "", page).split())
