"""Who may compile at once: large workflows of some leave the process to the others, by whatever door they come."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from compiler import compiler
from compiler.definition import Definition, read
from nodes.registry import builtin_catalogue
from orchestrator.compiling import admission
from tests.builders import chain, set_node

ROOT = Path(__file__).parents[3]
BASE = "/api/orchestrator/"
COMPILES = {"check_definition", "compile_definition", "looked_through", "validate", "draw", "own_findings", "findings"}


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PREVIEW_WAIT_S", "START_WAIT_S"):
        monkeypatch.setattr(admission, name, 0.0)
    compiler.GRAPHS.clear()
    compiler.CACHE.clear()


@pytest.fixture
def all_places_taken() -> Iterator[None]:
    owners = [uuid4(), uuid4()]
    assert all(admission.PLACES.take(owner, 0.0) for owner in owners)
    yield
    for owner in owners:
        admission.PLACES.give_back(owner)
    assert admission.PLACES.is_at_rest


def document(size: int, name: str = "a") -> dict[str, Any]:
    return chain(set_node(name, x="{{ $json.n }}", large="x" * size))


def definition(size: int, name: str = "a") -> Definition:
    return read(document(size, name))


def make(api: APIClient, size: int = 100_000) -> str:
    reply = api.post(f"{BASE}workflows/", {"name": f"w {size}", **document(size)}, format="json")
    assert reply.status_code == 201, reply.json()
    return str(reply.json()["id"])


def test_nothing_but_the_one_module_compiles() -> None:
    """Whoever takes a short cut compiles without a place, and can take the process whole."""
    found = {
        f"{path.relative_to(ROOT)}: {name.name}"
        for app in ("orchestrator", "templates", "streaming", "logs")
        for path in (ROOT / app).rglob("*.py")
        if path != ROOT / "orchestrator/compiling/admission.py"
        for statement in ast.walk(ast.parse(path.read_text()))
        if isinstance(statement, (ast.Import, ast.ImportFrom))
        for name in statement.names
        if (
            (statement.module in ("compiler.compiler", "compiler.checks") and name.name in COMPILES)
            or (statement.module == "compiler" and name.name in ("compiler", "checks"))
            if isinstance(statement, ast.ImportFrom)
            else name.name in ("compiler", "compiler.compiler", "compiler.checks")
        )
    }
    assert found == set()


def test_of_one_owner_one_large_workflow_is_compiled_at_once_and_small_ones_need_no_place() -> None:
    owner, other, catalogue = uuid4(), uuid4(), builtin_catalogue()
    turns = [admission._Turn(one, 0.0) for one in (owner, owner, other)]
    turns[0].before(definition(100_000), catalogue)
    turns[1].before(definition(10), catalogue)
    with pytest.raises(admission.TooManyCompilations):
        turns[1].before(definition(100_000), catalogue)
    turns[2].before(definition(100_000), catalogue)
    for turn in turns:
        turn.leave()
    assert admission.PLACES.is_at_rest


@pytest.mark.usefixtures("all_places_taken")
def test_many_small_ones_of_one_call_count_together() -> None:
    with admission.one_turn(uuid4(), wait_s=0.0), pytest.raises(admission.TooManyCompilations):  # noqa: PT012 (one of them is refused)
        for number in range(20):
            with admission.one_turn(uuid4()) as turn:
                turn.before(definition(10_000, f"n{number}"), builtin_catalogue())
    with admission.one_turn(uuid4(), wait_s=0.0) as turn:
        turn.before(definition(10_000), builtin_catalogue())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("door", "body"),
    [
        ("workflows/{id}/execute/", {"input": {}}),
        ("workflows/{id}/deploy/", {}),
        ("workflows/{id}/partial-execute/", {"node_id": "a", "inputs": {"main": [{"json": {}}]}}),
        ("workflows/{id}/test/", {"input": {}}),
        ("/api/workflows/{id}/compile/", None),
        ("/api/workflows/{id}/validate/", None),
        ("/api/compile/", document(100_000)),
    ],
)
def test_each_door_that_compiles_waits_for_a_place(
    request: pytest.FixtureRequest, api: APIClient, door: str, body: Any
) -> None:
    workflow = make(api)
    small = make(api, 10)
    request.getfixturevalue("all_places_taken")
    path = door if door.startswith("/") else BASE + door

    refused = api.post(path.format(id=workflow), body, format="json")

    assert (refused.status_code, refused.json()["code"], refused.json()["scope"]) == (
        429,
        "rate_limited",
        "compilations",
    )
    if "{id}" in door:
        assert api.post(path.format(id=small), body, format="json").status_code in (200, 202)


@pytest.mark.django_db(transaction=True)
def test_what_was_compiled_lately_starts_while_every_place_is_taken(
    request: pytest.FixtureRequest, api: APIClient
) -> None:
    workflow = make(api)
    assert api.post(f"{BASE}workflows/{workflow}/execute/", {"input": {}}, format="json").status_code == 202
    request.getfixturevalue("all_places_taken")

    started = api.post(f"{BASE}workflows/{workflow}/execute/", {"input": {}}, format="json")

    assert started.status_code == 202
    assert UUID(started.json()["id"])
