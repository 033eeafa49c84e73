"""Who may compile at once: large workflows of some leave the process to the others, by whatever door they come."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from compiler import compiler
from compiler.definition import Definition, read
from core.fairness.blocking_places import BlockingPlaces
from core.models import User
from core.outbox.kinds import Row
from executor.models import Execution, RunState
from nodes.registry import builtin_catalogue
from orchestrator.compiling import admission
from orchestrator.failures import error_runs
from orchestrator.jobs import jobs
from orchestrator.models import ErrorRun, Job
from tests.builders import chain, set_node

ROOT = Path(__file__).parents[3]
BASE = "/api/orchestrator/"
COMPILES = {"check_definition", "compile_definition", "looked_through", "validate", "draw", "own_findings", "findings"}


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PREVIEW_WAIT_S", "START_WAIT_S"):
        monkeypatch.setattr(admission, name, 0.01)
    nothing_is_known()


def nothing_is_known() -> None:
    compiler.GRAPHS.clear()
    compiler.CACHE.clear()


class Watched(BlockingPlaces):
    """Places that note how long whoever asks is ready to wait, and whether in a transaction."""

    def __init__(self, places: int) -> None:
        super().__init__(places)
        self.asked: list[tuple[bool, float]] = []
        self.before_waiting: Callable[[], None] = lambda: None

    def take(self, owner: Hashable, timeout_s: float) -> bool:
        self.asked.append((connection.in_atomic_block, timeout_s))
        if timeout_s:
            self.before_waiting()
        return super().take(owner, timeout_s)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """Watch who waits for a place: nobody may in a transaction, as others would wait behind its rows."""
    places = Watched(admission.PLACES._turns.places)
    monkeypatch.setattr(admission, "PLACES", places)
    yield places
    assert [timeout_s for in_transaction, timeout_s in places.asked if in_transaction and timeout_s] == []


@pytest.fixture
def all_places_taken(watched: Watched) -> Iterator[list[UUID]]:
    owners = [uuid4(), uuid4()]
    assert all(watched.take(owner, 0.0) for owner in owners)
    watched.asked.clear()
    yield owners
    for owner in owners:
        watched.give_back(owner)
    assert watched.is_at_rest


def document(size: int, name: str = "a") -> dict[str, Any]:
    return chain(set_node(name, x="{{ $json.n }}", large="x" * size))


def definition(size: int, name: str = "a") -> Definition:
    return read(document(size, name))


def make(api: APIClient, size: int = 100_000) -> str:
    reply = api.post(f"{BASE}workflows/", {"name": f"w {size}", **document(size)}, format="json")
    assert reply.status_code == 201, reply.json()
    return str(reply.json()["id"])


def ended_run(api: APIClient, workflow: str) -> str:
    started = api.post(f"{BASE}workflows/{workflow}/execute/", {"input": {}}, format="json").json()
    RunState.objects.filter(pk=started["id"]).update(status="completed")
    return str(started["id"])


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
        ("workflows/{id}/partial-execute/", {"node_id": "a", "inputs": {"main": [{"json": {}}]}, "wait_s": 0}),
        ("workflows/{id}/test/", {"input": {}}),
        ("/api/workflows/{id}/compile/", None),
        ("/api/workflows/{id}/validate/", None),
        ("/api/compile/", document(100_000)),
        ("GET workflows/{id}/graph/", None),
        ("executions/{run}/retry/", {"from": "start"}),
        ("workflows/import/", {"document": "heddle: 1\nnodes: []\nname: " + "x" * 100_000}),
    ],
)
def test_each_door_that_compiles_waits_for_a_place(
    request: pytest.FixtureRequest, api: APIClient, door: str, body: Any
) -> None:
    workflows = [make(api), make(api, 10)]
    runs = [ended_run(api, workflow) if "{run}" in door else "" for workflow in workflows]
    nothing_is_known()
    request.getfixturevalue("all_places_taken")
    method, _, path = door.rpartition(" ")

    def asked(at: int) -> Any:
        whole = (path if path.startswith("/") else BASE + path).format(id=workflows[at], run=runs[at])
        return api.get(whole) if method == "GET" else api.post(whole, body, format="json")

    refused = asked(0)

    assert (refused.status_code, refused.json()["code"], refused.json()["scope"]) == (
        429,
        "rate_limited",
        "compilations",
    )
    if "{" in door:
        assert asked(1).status_code in (200, 202)


@pytest.mark.usefixtures("all_places_taken")
def test_reading_a_large_definition_that_was_posted_needs_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[Any] = []
    monkeypatch.setattr(admission, "read", looked_at.append)
    with pytest.raises(admission.TooManyCompilations):
        admission.read_posted(uuid4(), document(100_000))
    assert looked_at == []


@pytest.mark.django_db(transaction=True)
def test_a_large_drawing_waits_for_a_place_though_its_workflow_is_known(
    request: pytest.FixtureRequest, api: APIClient
) -> None:
    """It is made anew each time."""
    workflow = make(api)
    assert api.get(f"{BASE}workflows/{workflow}/graph/").status_code == 200
    request.getfixturevalue("all_places_taken")
    assert api.get(f"{BASE}workflows/{workflow}/graph/").status_code == 429


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_a_place_holds_no_transaction_and_begins_anew(
    all_places_taken: list[UUID], watched: Watched, api: APIClient
) -> None:
    workflow = make(api)

    def one_leaves() -> None:
        assert not connection.in_atomic_block
        watched.give_back(all_places_taken.pop())

    watched.before_waiting = one_leaves
    started = api.post(f"{BASE}workflows/{workflow}/execute/", {"input": {}}, format="json")

    assert started.status_code == 202
    assert [timeout_s for _, timeout_s in watched.asked] == [0.0, admission.START_WAIT_S]
    assert [str(pk) for pk in Execution.objects.values_list("pk", flat=True)] == [started.json()["id"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("all_places_taken")
def test_what_goes_on_behind_the_scenes_waits_with_no_row_locked(user: User, api: APIClient) -> None:
    run = ended_run(api, make(api, 10))
    workflow = make(api)
    Execution.objects.filter(pk=run).update(workflow_id=workflow, error_workflow_id=workflow)
    params = {"ids": [run], "from": "start", "version": "current"}
    job = jobs.create(actor=user, kind="bulk_retry", params=params, total=1, now=timezone.now())
    nothing_is_known()

    with pytest.raises(admission.TooManyCompilations):
        jobs._next(user, job)
    with pytest.raises(admission.TooManyCompilations):
        error_runs.start(Row(uuid4(), error_runs.KIND, user.pk, {"execution_id": run}, None, 1, 0, 0, timezone.now()))

    assert (Job.objects.get().done, ErrorRun.objects.count()) == (0, 0), "it is tried again"


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
