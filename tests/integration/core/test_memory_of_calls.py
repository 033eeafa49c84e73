"""What a call brought and what its answer was made of is gone with it, and does not wait for a collection."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from asgiref.testing import ApplicationCommunicator
from rest_framework.test import APIClient

from core.accounts import people
from core.models import User
from tests.builders import chain, node, set_node
from workflow_backend.asgi import application

pytestmark = pytest.mark.django_db
BASE = "/api/orchestrator/workflows/"
PATIENCE_S = 60
Document = dict[str, Any]


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def marked(mark: str) -> Document:
    return {
        "name": str(uuid4()),
        **chain(set_node("a", x=1), node("b", "set", {"assignments": [{"name": mark, "value": "1"}]})),
    }


def left_of(mark: str) -> int:
    return sum(1 for one in gc.get_objects() if type(one) is dict and one.get("name") == mark)


def patched(api: APIClient, url: str, document: Document) -> Any:
    return api.patch(url, {"nodes": document["nodes"][:-1], "edges": []}, format="json")


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize(
    "asked",
    [
        lambda api, url, document: api.post(BASE, {**document, "name": "new"}, format="json"),
        lambda api, url, document: api.put(url, {**document, "description": "else"}, format="json"),
        patched,
        lambda api, url, document: api.get(url),
        lambda api, url, document: api.get(f"{url}versions/1/"),
        lambda api, url, document: api.post(f"{url}clone/", {}, format="json"),
        lambda api, url, document: api.post(f"{url}execute/", {"input": document}, format="json"),
        lambda api, url, document: api.post("/api/compile/validate/", document, format="json"),
        lambda api, url, document: api.post(BASE, {**document, "name": 1, "nodes": 1}, format="json"),
    ],
)
def test_nothing_of_a_call_is_left(api: APIClient, asked: Callable[[APIClient, str, Document], Any]) -> None:
    mark = f"m{uuid4().hex}"
    made = api.post(BASE, marked(mark), format="json").json()
    url = f"{BASE}{made['id']}/"
    del made
    gc.collect()
    assert left_of(mark) == 0
    response = asked(api, url, marked(mark))
    assert response.status_code in (200, 201, 202, 400)
    del response
    assert left_of(mark) == 0


async def answered(path: str, key: str) -> int:
    """Ask the whole application, as a server does; returns the status."""
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"x-api-key", key.encode())], "client": ("127.0.0.1", 1),
        "server": ("localhost", 80), "scheme": "http",
    }  # fmt: skip
    line = ApplicationCommunicator(application, scope)
    await line.send_input({"type": "http.request", "body": b"", "more_body": False})
    status = int((await line.receive_output(PATIENCE_S))["status"])
    while (await line.receive_output(PATIENCE_S)).get("more_body"):
        pass
    await line.wait(PATIENCE_S)
    return status


@pytest.mark.usefixtures("uncollected")
@pytest.mark.django_db(transaction=True)
def test_nor_do_threads_and_the_loop_keep_anything_of_it(user: User, api: APIClient) -> None:
    mark, key = f"m{uuid4().hex}", people.create_key(user=user, name="test")[1]
    url = f"{BASE}{api.post(BASE, marked(mark), format='json').json()['id']}/"

    async def ask() -> list[int]:
        return [await answered(url, key) for _ in range(5)]

    assert asyncio.run(ask()) == [200] * 5
    end = time.monotonic() + PATIENCE_S
    while left_of(mark) and time.monotonic() < end:  # a thread lets go of it a moment later
        time.sleep(0.01)
    assert left_of(mark) == 0
