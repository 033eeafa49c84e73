"""Every moment that the API tells has milliseconds and is in UTC."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from core.values.times import wire_time
from core.web.rendering import JsonRenderer, plain
from tests.conformance.core.conftest import World
from tests.conformance.core.matrix import ANYBODY, MATRIX

pytestmark = pytest.mark.django_db
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
AS_AGREED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
READ = [path for path, methods in MATRIX.items() if methods.get("get", ANYBODY) != ANYBODY]


def moments_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from moments_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from moments_in(one)
    elif isinstance(value, str) and MOMENT.match(value):
        yield value


def told_at(world: World, as_user: Any, path: str) -> list[str]:
    shown = as_user(world.owner).get(world.url(path))
    return list(moments_in(shown.json())) if "json" in shown.get("Content-Type", "") else []


@pytest.mark.parametrize("path", READ)
def test_every_moment_of_an_answer_is_written_as_agreed(world: World, as_user: Any, path: str) -> None:
    assert [one for one in told_at(world, as_user, path) if not AS_AGREED.fullmatch(one)] == []


def test_most_answers_tell_moments(world: World, as_user: Any) -> None:
    told = sum(bool(told_at(world, as_user, path)) for path in READ if path.endswith("_id>/"))
    assert told >= 8, "else the test above looks at nothing"


def test_what_is_no_answer_is_written_in_the_same_way(world: World) -> None:
    made = world.owner.created_at
    assert plain({"at": made}) == {"at": wire_time(made)}
    assert JsonRenderer().render([made]) == f'["{wire_time(made)}"]'.encode()
