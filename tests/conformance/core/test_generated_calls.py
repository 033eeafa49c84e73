"""Generated calls of the whole OpenAPI document: well-formed and broken ones; nothing may fail on our side.

What answers well must look as the document says.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import response_schema_conformance

from tests.conformance.core.conftest import World
from tests.conformance.core.openapi import document
from tests.thoroughness import examples

pytestmark = pytest.mark.django_db
SCHEMA = schemathesis.openapi.from_dict(document())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]
EXAMPLES = examples(20)  # of each operation
ELSEWHERE = {502, 503, 504}  # another service, or a part of ours, is not there: said so with its code
ALMOST_IDS = ("node_id", "name", "number", "slug", "kind", "ip", "token")  # texts: generated ones are worth trying too


def rooms() -> dict[str, list[Any]]:
    """Return the operations by the room of their path; what deletes comes last in each."""
    found: dict[str, list[Any]] = {}
    for operation in OPERATIONS:
        parts = operation.path.strip("/").split("/")
        found.setdefault("/".join(parts[1 : 3 if parts[1] == "orchestrator" else 2]), []).append(operation)
    return {room: sorted(each, key=lambda one: one.method == "delete") for room, each in sorted(found.items())}


ROOMS = rooms()


def url_of(case: Case[Any], world: World, *, real: bool) -> str:
    known = {**world.ids, "node_id": "hook"}

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name in known and (real or name not in ALMOST_IDS):
            return known[name]
        return (
            str(case.path_parameters.get(name, "x")).replace("/", "%2F").replace("?", "%3F").replace("#", "%23") or "x"
        )

    return re.sub(r"\{(\w+)\}", value, case.path)


def answered(client: Any, case: Case[Any], url: str) -> Any:
    query = case.query if isinstance(case.query, dict) else {}
    headers = {
        f"HTTP_{name.upper().replace('-', '_')}": re.sub(r"[\r\n]", " ", str(value))
        for name, value in dict(case.headers or {}).items()
        if name.lower() not in ("authorization", "x-api-key", "content-type", "cookie")
    }
    params = [
        (str(name), str(one))
        for name, value in query.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    prepared = requests.Request("GET", "http://x/", params=params).prepare().url or ""
    wire = f"{url}?{prepared.partition('?')[2]}"
    is_empty = type(case.body).__name__ == "NotSet"
    method = case.method.lower()
    if is_empty:
        return client.generic(method.upper(), wire, **headers)
    if case.media_type == "multipart/form-data":
        return client.generic(method.upper(), wire, "--x--", content_type="multipart/form-data; boundary=x", **headers)
    raw = case.body if isinstance(case.body, bytes) else json.dumps(case.body, default=str).encode("utf-8", "replace")
    return client.generic(method.upper(), wire, raw, content_type="application/json", **headers)


def check(case: Case[Any], reply: Any, url: str) -> None:
    status = reply.status_code
    said = b"" if reply.streaming else reply.content
    assert status < 500 or status in ELSEWHERE, (case.method, url, case.query, case.body, status, said[:500])
    if reply.streaming:
        return
    kind = reply.headers.get("Content-Type", "")
    if status >= 400 and not (status == 503 and url.startswith("/api/health/")):  # what is wrong is its body there
        assert kind.startswith("application/problem+json"), (case.method, url, status, kind)
    elif kind.startswith("application/json"):
        request = requests.Request(case.method, f"http://testserver{url}").prepare()
        headers = {name.lower(): [value] for name, value in reply.headers.items()}
        response = Response(status, headers, said, request, 0.01, verify=True)
        try:
            case.validate_response(response, checks=[response_schema_conformance])
        except FailureGroup as exc:
            raise AssertionError(f"{case.method} {url}: {exc.exceptions} {said[:600]!r}") from exc


def test_an_answer_that_is_not_as_documented_is_seen(api: APIClient) -> None:
    me = next(one for one in OPERATIONS if (one.method, one.path) == ("get", "/api/users/me"))
    case, reply = me.Case(), api.get("/api/users/me")
    check(case, reply, "/api/users/me")
    reply.content = reply.content.replace(b'"tier":"free"', b'"tier":7')
    with pytest.raises(AssertionError, match="tier"):
        check(case, reply, "/api/users/me")


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_fails_on_our_side(world: World, as_user: Any, room: str) -> None:
    world.owner.is_staff = True
    world.owner.save()
    client = as_user(world.owner)
    client.raise_request_exception = False
    for operation in ROOMS[room]:
        modes = [
            operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        ]

        @settings(
            max_examples=EXAMPLES, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=st.one_of(modes), real=st.booleans())
        def go(case: Case[Any], real: bool) -> None:
            url = url_of(case, world, real=real)
            check(case, answered(client, case, url), url)

        go()
