"""Large bodies: looked through a few at a time, fairly among owners, and small ones wait for none of them."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from inspect import iscoroutinefunction
from types import SimpleNamespace
from typing import Any, ClassVar, Self, cast
from uuid import UUID, uuid4

import pytest
from asgiref.sync import ThreadSensitiveContext
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import resolve
from rest_framework.response import Response

from core.asgi import large_bodies
from core.asgi.large_bodies import reads_documents, takes_large_bodies
from core.asgi.open_calls import CALL, OpenCall, OpenCalls
from core.asgi.owners import IN_SCOPE, Caller
from core.fairness.loop_places import FairPlaces
from core.redis.run_ends import can_wait
from orchestrator import urls
from orchestrator.executions.verb_views import ExecutionSignalView
from orchestrator.executions.views import ExecuteView
from orchestrator.people.views import RespondView
from orchestrator.repair.views import PartialExecuteView, RetryView
from orchestrator.starting.call import Call
from orchestrator.testing.views import WorkflowTestStart
from orchestrator.triggers import webhook_views
from orchestrator.workflows.compile_views import CompileView, ValidateView
from orchestrator.workflows.file_views import ImportView
from orchestrator.workflows.views import WorkflowsView, WorkflowView

ID = UUID(int=7)
LARGE, SMALL = (
    RequestFactory().post("/", data=b"x" * size, content_type="text/plain") for size in (large_bodies.LARGE_BYTES, 100)
)


def test_large_bodies_are_worked_on_a_few_at_a_time_and_small_ones_at_once() -> None:
    async def check() -> None:
        one, other = uuid4(), uuid4()
        inside: list[UUID] = []
        go_on = asyncio.Event()

        async def worked_on(owner: UUID) -> None:
            async def work() -> None:
                inside.append(owner)
                await go_on.wait()

            await large_bodies.in_turn(LARGE, owner, work)

        tasks = [asyncio.create_task(worked_on(one)) for _ in range(10)]
        tasks.append(asyncio.create_task(worked_on(other)))
        for _ in range(5):
            await asyncio.sleep(0)
        assert Counter(inside) == {one: 1, other: 1}, "both places, and of one owner never both"
        async with asyncio.timeout(5):
            assert await large_bodies.in_turn(SMALL, one, small) == "small"
        tasks.pop(5).cancel()
        go_on.set()
        await asyncio.gather(*tasks)
        assert len(inside) == 10
        assert large_bodies.PLACES.is_at_rest

    asyncio.run(check())


def test_a_caller_who_hangs_up_leaves_the_place_of_his_body_when_its_thread_is_done() -> None:
    async def check() -> None:
        owner, begun, go_on, done = uuid4(), threading.Event(), threading.Event(), threading.Event()

        def in_a_thread() -> None:
            begun.set()
            go_on.wait(30)
            done.set()

        task = asyncio.create_task(large_bodies.in_turn(LARGE, owner, lambda: asyncio.to_thread(in_a_thread)))
        await asyncio.to_thread(begun.wait, 30)
        for _ in range(2):  # he hangs up, and the server stops
            task.cancel()
            for _ in range(3):
                await asyncio.sleep(0)
            assert large_bodies.PLACES.held_by(owner) == 1
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert done.is_set()
        assert large_bodies.PLACES.is_at_rest

    asyncio.run(check())


@pytest.mark.parametrize(
    ("path", "view"),
    [("workflows/", WorkflowsView), (f"workflows/{ID}/", WorkflowView), ("workflows/import/", ImportView),
     (f"workflows/{ID}/execute/", ExecuteView), (f"workflows/{ID}/partial-execute/", PartialExecuteView),
     (f"workflows/{ID}/test/", WorkflowTestStart), (f"executions/{ID}/retry/", RetryView),
     (f"executions/{ID}/signals/a/", ExecutionSignalView), (f"hitl/{ID}/respond/", RespondView),
     ("/api/compile/", CompileView), ("/api/compile/validate/", ValidateView)],
)  # fmt: skip
def test_each_door_that_takes_large_json_is_asked_in_turn(path: str, view: Any) -> None:
    door: Any = resolve(path if path.startswith("/") else f"/api/orchestrator/{path}").func
    assert door.view_class is view
    assert iscoroutinefunction(door), "else its thread is taken before it has a place"


@pytest.mark.parametrize("wrapped", [takes_large_bodies, can_wait])
def test_of_one_user_one_large_body_is_worked_on_at_once(wrapped: Any) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def worked_on(_: HttpRequest) -> HttpResponse:
        begun.release()
        go_on.wait(30)
        return HttpResponse()

    async def check() -> None:
        tasks = [asyncio.create_task(asked(wrapped(worked_on), user)) for user in ("one", "one", "one", "other")]
        for _ in range(2):
            assert await asyncio.to_thread(begun.acquire, timeout=30)
        assert not begun.acquire(blocking=False)
        assert (large_bodies.PLACES.held_by("one"), large_bodies.PLACES.held_by("other")) == (1, 1)
        go_on.set()
        await asyncio.gather(*tasks)
        assert large_bodies.PLACES.is_at_rest

    asyncio.run(check())


def test_every_way_to_a_stored_workflow_is_taken_a_few_at_a_time() -> None:
    """So that a new one is found; those that read no document at all may be named here."""
    ways: dict[str, Any] = {str(one.pattern): one.callback for one in [*urls.urlpatterns, *urls.compile_urlpatterns]}
    without = [route for route, view in ways.items() if not getattr(view, "reads_documents", False)]
    assert [route for route in without if "workflow_id" in route] == []
    assert [route for route in ways if "definition" in route and route in without] == []


@pytest.mark.parametrize("wrapped", [takes_large_bodies, can_wait])
def test_of_one_user_all_but_one_place_for_documents_are_taken_at_most(
    wrapped: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_bodies, "DOCUMENTS", FairPlaces(3))
    begun, go_on = threading.Semaphore(0), threading.Event()

    def worked_on(_: HttpRequest) -> HttpResponse:
        begun.release()
        go_on.wait(30)
        return HttpResponse()

    async def check() -> None:
        view = wrapped(reads_documents(worked_on))
        tasks = [asyncio.create_task(asked(view, user, b"")) for user in ("one", "one", "one", "one", "other")]
        for _ in range(3):
            assert await asyncio.to_thread(begun.acquire, timeout=30)
        assert not begun.acquire(blocking=False)
        places = large_bodies.DOCUMENTS
        assert (places.held_by("one"), places.held_by("other")) == (2, 1)
        go_on.set()
        await asyncio.gather(*tasks)
        assert places.is_at_rest

    asyncio.run(check())


class Late(Response):
    """An answer that notes how many places for documents are held while it is written."""

    held: ClassVar[list[int]] = []

    def render(self) -> Self:
        self.held.append(large_bodies.DOCUMENTS.held_by("one"))
        self.content = b"x" * large_bodies.LARGE_BYTES
        return self


def test_an_answer_is_written_in_the_turn_of_its_call_and_what_it_is_made_of_goes() -> None:
    answers: list[Any] = []

    async def check() -> None:
        await asked(takes_large_bodies(reads_documents(lambda _: Late({"a": 1}))), "one", b"", answers)

    asyncio.run(check())
    assert Late.held == [1]
    assert (answers[0].content, answers[0].data) == (b"x" * large_bodies.LARGE_BYTES, None)


async def asked(view: Any, user: str, body: bytes = b"x" * large_bodies.LARGE_BYTES, answers: Any = None) -> None:
    request: Any = RequestFactory().post("/", data=body, content_type="text/plain")
    request.scope = {IN_SCOPE: Caller("192.0.2.1", user=user)}
    async with ThreadSensitiveContext():
        answer = await view(request)
    if answers is not None:
        answers.append(answer)


def test_who_waits_for_the_end_of_a_run_is_not_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, busy = OpenCalls(), []
    request: Any = RequestFactory().post("/")
    request.scope = {CALL: OpenCall(calls, "owner")}

    async def waits(*_: Any) -> HttpResponse:
        busy.append((calls.open["owner"], calls.busy["owner"]))
        return HttpResponse()

    monkeypatch.setattr(webhook_views, "_answer_of", waits)
    asyncio.run(webhook_views._wait(request, cast("Call", SimpleNamespace(owner_id=uuid4())), uuid4(), None))
    assert busy == [(1, 0)]


async def small() -> str:
    return "small"
