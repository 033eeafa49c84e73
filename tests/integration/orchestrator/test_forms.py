"""Form triggers: a page for everybody, checks by its schema, one run for each form that is sent."""

from __future__ import annotations

import asyncio
import gzip
import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import AsyncClient
from rest_framework.test import APIClient

from executor.models import Execution
from orchestrator.models import Webhook
from tests.builders import edge, node

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/api/orchestrator/workflows/"
FORM: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 2},
        "age": {"type": "integer"},
        "cv": {"type": "string", "format": "binary"},
    },
}


def make(api: APIClient, **params: Any) -> dict[str, Any]:
    trigger = node("form", "form_trigger", {"path": "apply", "title": "<Apply>", "form": FORM, **params})
    document = {"name": "w", "nodes": [trigger, node("z")], "edges": [edge("form", "z")]}
    reply = api.post(BASE, document, format="json")
    assert reply.status_code == 201, reply.json()
    return dict(reply.json())


def deployed(api: APIClient, **params: Any) -> str:
    workflow = make(api, **params)
    reply = api.post(f"{BASE}{workflow['id']}/deploy/", {}, format="json")
    assert reply.status_code == 200, reply.json()
    (trigger,) = reply.json()["triggers"]
    assert (trigger["active"], trigger["methods"]) == (True, ["GET", "HEAD", "POST"])
    return str(trigger["url"]).removeprefix("http://testserver")


def call(method: str, url: str, data: Any = None, **options: Any) -> Any:
    """Call as a browser would: nobody is logged in."""

    async def ask() -> Any:
        try:
            return await getattr(AsyncClient(), method)(url, data, **options)
        finally:
            await sync_to_async(connections.close_all)()  # of the thread that answered

    return asyncio.run(ask())


def test_the_page_shows_the_fields_and_a_sent_form_starts_a_run(api: APIClient) -> None:
    url = deployed(api)
    page = call("get", f"{url}?name=Ada")
    text = page.content.decode()
    assert page.status_code == 200
    assert "&lt;Apply&gt;" in text
    assert 'name="name" type="text" value="Ada" minlength="2" required' in text
    assert 'enctype="multipart/form-data"' in text
    policy = page["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'none'; style-src 'nonce-")
    assert "form-action 'self'; base-uri 'none'" in policy
    assert not Execution.objects.exists(), "looking starts nothing"

    key = re.search(r'name="submission_id" value="([^"]+)"', text)
    assert key is not None
    sent = {"name": "Ada", "age": "36", "submission_id": key[1],
            "cv": SimpleUploadedFile("cv.txt", b"all of it", "text/plain")}  # fmt: skip
    reply = call("post", url, sent)
    assert (reply.status_code, "Thank you" in reply.content.decode()) == (200, True)
    run: Any = Execution.objects.get()
    assert (run.trigger, run.mode, run.input["fields"]) == ("form", "production", {"name": "Ada", "age": 36})
    assert run.input["$binary"]["cv"]["file_name"] == "cv.txt"

    assert call("post", url, {"name": "Ada", "age": "36", "submission_id": key[1]}).status_code == 200
    assert Execution.objects.count() == 1, "the same page sent twice"


def test_what_does_not_fit_comes_back_with_what_was_typed(api: APIClient) -> None:
    url = deployed(api)
    reply = call("post", url, {"name": "A", "age": "old"})
    text = reply.content.decode()
    assert reply.status_code == 400
    assert 'value="old"' in text
    assert text.count('class="problem"') == 3
    assert not Execution.objects.exists()


def test_programs_post_json(api: APIClient) -> None:
    url = deployed(api)
    reply = call("post", url, {"fields": {"name": "Ada"}}, content_type="application/json")
    assert (reply.status_code, reply.json()["status"]) == (202, "pending")
    assert (Execution.objects.get().input or {})["fields"] == {"name": "Ada"}
    for body, field in (({"fields": {}}, "name"), ({"name": "Ada"}, "fields"), ([], "fields")):
        reply = call("post", url, body, content_type="application/json")
        assert (reply.status_code, reply.json()["errors"][0]["field"]) == (400, field)
    broken = call("post", url, "{", content_type="application/json")
    assert (broken.status_code, broken.json()["code"]) == (400, "malformed_json")
    assert call("put", url).status_code == 405
    assert Execution.objects.count() == 1


def test_a_needed_file_and_a_page_afterwards(api: APIClient) -> None:
    form = {**FORM, "required": ["name", "cv"]}
    url = deployed(api, form=form, redirect_url="https://example.org/thanks")
    assert "https://example.org" in call("get", url)["Content-Security-Policy"]
    assert "A file is needed." in call("post", url, {"name": "Ada"}).content.decode()
    reply = call("post", url, {"name": "Ada", "cv": SimpleUploadedFile("a", b"b")})
    assert (reply.status_code, reply["Location"]) == (302, "https://example.org/thanks")


def test_the_test_url_takes_one_answer(api: APIClient) -> None:
    workflow = make(api)
    listening = api.post(f"{BASE}{workflow['id']}/triggers/form/listen/", {}, format="json")
    assert listening.status_code == 202, listening.json()
    url = listening.json()["test_url"].removeprefix("http://testserver")
    assert call("get", url).status_code == 200
    assert call("post", url, {"name": "Ada"}).status_code == 200
    assert Execution.objects.get().mode == "test"
    assert call("get", url).status_code == 404
    assert call("get", url.replace("webhooks-test", "webhooks")).json()["code"] == "webhook_not_registered"


def test_two_forms_cannot_have_one_path_and_what_is_no_form_is_said(api: APIClient) -> None:
    deployed(api)
    workflow = api.post(BASE, {"name": "two", "nodes": [node("h", "webhook_trigger", {"path": "apply"}), node("z")],
                               "edges": [edge("h", "z")]}, format="json").json()  # fmt: skip
    reply = api.post(f"{BASE}{workflow['id']}/deploy/", {}, format="json")
    assert reply.json()["code"] == "webhook_path_taken"
    nodes = [node("f", "form_trigger", {"path": "x", "form": {"type": "nonsense"}}), node("z")]
    found = api.post("/api/compile/validate/", {"nodes": nodes, "edges": [edge("f", "z")]}, format="json").json()
    assert [(one["code"], one["field"]) for one in found["diagnostics"]] == [("invalid_config", "params.form")]


def test_a_form_that_nobody_can_check_is_refused_when_it_is_saved(api: APIClient) -> None:
    parts: dict[str, Any] = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 4} for n in range(8)}
    form = {"type": "object", "$defs": {**parts, "a8": {}}, "properties": {"x": {"$ref": "#/$defs/a0"}}}
    workflow = make(api, form=form)
    reply = api.post(f"{BASE}{workflow['id']}/deploy/", {}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (422, "compilation_failed")
    (found,) = reply.json()["diagnostics"]
    assert (found["node_id"], found["field"]) == ("form", "params.form")
    assert "more than 1000 parts" in found["message"]
    task = node("ask", "human_task", {"type": "clarification", "title": "?", "form": form})
    document = {"nodes": [node("t", "manual_trigger"), task], "edges": [edge("t", "ask")]}
    checked = api.post("/api/compile/validate/", document, format="json").json()
    assert [one["field"] for one in checked["diagnostics"] if one["node_id"] == "ask"] == ["params.form"]


def test_a_form_of_an_earlier_release_that_is_too_much_says_so(api: APIClient) -> None:
    url = deployed(api)
    webhook = Webhook.objects.get()
    webhook.params = {**webhook.params, "form": {"type": "object", "properties": {"x": {"$ref": "#"}}}}
    webhook.save()
    for reply in (call("get", url), call("post", url, {"x": "1"})):
        assert (reply.status_code, reply.json()["code"]) == (422, "form_unusable")
        assert "refers to itself" in reply.json()["detail"]
    assert not Execution.objects.exists()


def test_more_fields_than_are_read_are_refused_and_so_is_json_too_deep(api: APIClient) -> None:
    form = {"type": "object", "properties": {"x": {"type": "object"}}}
    url = deployed(api, form=form)
    many = "&".join(f"f{n}=1" for n in range(20_000))
    reply = call("post", url, many, content_type="application/x-www-form-urlencoded")
    assert (reply.status_code, reply.json()["code"]) == (400, "malformed_request")
    assert call("post", url, {"x": "[" * 50_000}).status_code == 400
    assert not Execution.objects.exists()


@pytest.mark.parametrize("boundary", ["", "; boundary=" + "x" * 5000])
def test_a_body_in_parts_that_cannot_be_told_apart_is_refused_with_that_reason(api: APIClient, boundary: str) -> None:
    reply = call("post", deployed(api), b"--x", content_type=f"multipart/form-data{boundary}")
    assert (reply.status_code, reply.json()["code"]) == (400, "malformed_request")
    assert "boundary" in reply.json()["detail"]
    assert not Execution.objects.exists()


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_a_form_that_was_packed_for_the_way_is_refused(api: APIClient, coding: str) -> None:
    url = deployed(api)
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        sent: dict[str, Any] = {"content_type": kind, "headers": {"Content-Encoding": coding}}
        reply = call("post", url, gzip.compress(b"{}"), **sent)
        assert (reply.status_code, reply.json()["code"]) == (415, "unsupported_media_type")
    assert not Execution.objects.exists()


@pytest.mark.parametrize("coding", ["br", "gzip, br", "compress"])
def test_a_call_that_was_packed_in_a_way_that_is_not_known_is_refused(api: APIClient, coding: str) -> None:
    hook = {"nodes": [node("t", "webhook_trigger", {"path": "packed"}), node("z")], "edges": [edge("t", "z")]}
    workflow = api.post(BASE, {"name": "hook", **hook}, format="json").json()
    triggers = api.post(f"{BASE}{workflow['id']}/deploy/", {}, format="json").json()["triggers"]
    url = triggers[0]["url"].removeprefix("http://testserver")
    sent: dict[str, Any] = {"content_type": "application/json", "headers": {"Content-Encoding": coding}}
    reply = call("post", url, b"{}", **sent)
    assert (reply.status_code, reply.json()["code"]) == (415, "unsupported_media_type")
    assert not Execution.objects.exists()


def test_a_trigger_says_when_what_is_in_service_differs_from_the_working_copy(api: APIClient) -> None:
    workflow = make(api)
    one = f"{BASE}{workflow['id']}/"

    def shown() -> list[tuple[Any, ...]]:
        rows = api.get(f"{one}triggers/").json()["results"]
        return [(row["node_id"], row["active"], row["changed"]) for row in rows]

    def save(*triggers: dict[str, Any]) -> None:
        edges = [edge(trigger["id"], "z") for trigger in triggers]
        reply = api.patch(one, {"nodes": [*triggers, node("z")], "edges": edges}, format="json")
        assert reply.status_code == 200, reply.json()

    assert shown() == [("form", False, False)]
    assert api.post(f"{one}deploy/", {}, format="json").json()["triggers"][0]["changed"] is False
    form = node("form", "form_trigger", {"path": "elsewhere", "title": "<Apply>", "form": FORM})
    save(form, node("clock", "schedule_trigger", {"interval_s": 3600}))
    assert sorted(shown()) == [("clock", False, False), ("form", True, True)]
    api.post(f"{one}deploy/", {}, format="json")
    assert sorted(shown()) == [("clock", True, False), ("form", True, False)]
