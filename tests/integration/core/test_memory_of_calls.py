"""What a call brought and what its answer was made of is gone with it, and does not wait for a collection."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from tests.builders import chain, node, set_node

pytestmark = pytest.mark.django_db
BASE = "/api/orchestrator/workflows/"
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
