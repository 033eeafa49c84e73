"""Trying credentials, lending them, and the log of who did what with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from core.models import User
from credentials import vault
from credentials.access import Visitor
from credentials.models import Credential, CredentialAccess
from executor.process.engine_thread import EngineThread
from tests.builders import chain, node
from tests.conftest import Peer
from tests.integration.credentials.conftest import stored
from tests.integration.executor.running import run

pytestmark = pytest.mark.django_db(transaction=True)
AUDIT = "/api/credentials/audit/"


def calling(url: str, credential_id: str, **data: Any) -> dict[str, Any]:
    return chain(node("call", "http_request", {"url": url}, credentials={"auth": credential_id}, **data))


# -- live tests --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("type", "data", "header"),
    [("http_basic", {"username": "ann", "password": "pw12"}, ("authorization", "Basic YW5uOnB3MTI=")),
     ("http_bearer", {"token": "tk12"}, ("authorization", "Bearer tk12")),
     ("http_header", {"name": "X-Key", "value": "v12"}, ("x-key", "v12"))],
)  # fmt: skip
def test_a_credential_is_tried_live(
    api: APIClient, peer: Peer, settings: Any, type: str, data: dict[str, str], header: tuple[str, str]
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    peer.answer("/me", (200, {}, b"{}"), (401, {}, b"no"), (503, {}, b"busy"))
    body = {"name": "tried", "type": type, "data": {**data, "test_url": f"{peer.url}/me"}}
    made = api.post("/api/credentials/", body, format="json").json()
    url = f"/api/credentials/{made['id']}/verify/"

    assert api.post(url).json()["verified"] is True
    assert peer.calls[0].headers[header[0]] == header[1]
    refused = api.post(url)
    assert (refused.status_code, refused.json()["verified"], refused.json()["message"]) == (
        200, False, "The service answered 401",
    )  # fmt: skip
    assert api.get(f"/api/credentials/{made['id']}/").json()["health"] == "failing"
    silent = api.post(url)
    assert (silent.status_code, silent.json()["code"]) == (502, "connection_failed")


def test_what_cannot_be_tried_says_so(api: APIClient) -> None:
    for type, data in (("hmac", {"secret": "abcd"}), ("http_bearer", {"token": "abcd"})):
        made = stored(api, type, type, **data)
        reply = api.post(f"/api/credentials/{made['id']}/verify/")
        assert (reply.status_code, reply.json()["verified"]) == (200, False)


def test_a_model_providers_key_is_tried_at_its_address(api: APIClient, peer: Peer, settings: Any) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    peer.answer("/v1/models", (200, {}, b'{"data": []}'))
    made = stored(api, "openai", api_key="sk-own", base_url=f"{peer.url}/v1/")
    assert api.post(f"/api/credentials/{made['id']}/verify/").json()["verified"] is True
    assert peer.calls[0].headers["authorization"] == "Bearer sk-own"


# -- lending -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def borrower(make_user: Callable[..., User]) -> User:
    return make_user()


@pytest.fixture
def theirs(borrower: User, as_user: Callable[[User], APIClient]) -> APIClient:
    return as_user(borrower)


def lent(api: APIClient, borrower: User, peer: Peer) -> dict[str, Any]:
    data = {"name": "X-Key", "value": "lent-canary", "allowed_hosts": peer.url}
    made = api.post("/api/credentials/", {"name": "lent", "type": "http_header", "data": data}, format="json").json()
    reply = api.post(f"/api/credentials/{made['id']}/shares/", {"email": borrower.email}, format="json")
    assert reply.status_code == 201, reply.json()
    return dict(made)


def test_a_borrower_uses_it_and_never_sees_it(
    api: APIClient, theirs: APIClient, borrower: User, peer: Peer, near: EngineThread
) -> None:
    peer.answer("/api", (200, {}, b"{}"))
    made = lent(api, borrower, peer)
    url = f"/api/credentials/{made['id']}/"

    execution = run(near, calling(f"{peer.url}/api", made["id"]), owner=borrower.pk)

    assert execution.state.status == "completed", execution.error
    assert peer.calls[0].headers["x-key"] == "lent-canary"
    shown = theirs.get(url)
    assert (shown.json()["my_role"], "lent-canary" in shown.content.decode()) == ("user", False)
    assert [row["my_role"] for row in theirs.get("/api/credentials/").json()["results"]] == ["user"]
    for refused in (
        theirs.patch(url, {"data": {"allowed_hosts": ""}}, format="json"), theirs.delete(url), theirs.get(f"{url}shares/"),
        theirs.post(f"{url}verify/"), theirs.get(f"{url}usage/"), theirs.post(f"{url}shares/", {"email": "a@b.cd"}, format="json"),
    ):  # fmt: skip
        assert refused.status_code == 404
    definition = calling(f"{peer.url}/api", made["id"])
    assert theirs.post("/api/compile/validate/", definition, format="json").json()["valid"] is True


def test_a_host_alone_means_https_at_its_own_port(
    api: APIClient, borrower: User, peer: Peer, near: EngineThread
) -> None:
    made = lent(api, borrower, peer)
    fields = {"data": {"allowed_hosts": f"127.0.0.1, 127.0.0.1:{peer.url.rpartition(':')[2]}, http://127.0.0.1"}}
    assert api.patch(f"/api/credentials/{made['id']}/", fields, format="json").status_code == 200

    execution = run(near, calling(f"{peer.url}/api", made["id"]), owner=borrower.pk)

    assert (execution.error["code"], peer.calls) == ("credential_invalid", [])


def test_the_compiler_warns_of_an_address_that_a_credential_is_not_for(api: APIClient) -> None:
    made = stored(api, "http_bearer", token="tk12", allowed_hosts="erp.internal, http://old.internal:8080")

    def warned(url: str) -> list[tuple[str, str, str]]:
        reply = api.post("/api/compile/validate/", calling(url, made["id"]), format="json").json()
        assert reply["valid"] is True
        found = [one for one in reply["diagnostics"] if one["code"] == "credential_host_mismatch"]
        return [(one["node_id"], one["field"], one["severity"]) for one in found]

    for url in (
        "http://erp.internal:8080/x",
        "http://erp.internal/",
        "https://erp.internal:8443/",
        "https://other.net/",
    ):
        assert warned(url) == [("call", "credentials.auth", "warning")], url
    for url in ("https://erp.internal/x", "http://old.internal:8080/", "{{ $json.url }}", "https://{{ $json.host }}/"):
        assert warned(url) == [], url


def test_a_borrower_cannot_send_it_to_himself(api: APIClient, borrower: User, peer: Peer, near: EngineThread) -> None:
    made = lent(api, borrower, peer)
    elsewhere = peer.url.replace("127.0.0.1", "localhost")
    execution = run(near, calling(f"{elsewhere}/api", made["id"]), owner=borrower.pk)
    assert (execution.error["code"], peer.calls) == ("credential_invalid", [])
    peer.answer("/away", (302, {"Location": f"{elsewhere}/api"}, b""))
    peer.answer("/api", (200, {}, b"{}"))
    run(near, calling(f"{peer.url}/away", made["id"]), owner=borrower.pk)
    assert [("x-key" in call.headers, call.path) for call in peer.calls] == [(True, "/away"), (False, "/api")]


def test_what_goes_anywhere_cannot_be_lent(api: APIClient, borrower: User) -> None:
    made = stored(api, "http_bearer", token="abcd")
    url = f"/api/credentials/{made['id']}/"
    refused = api.post(f"{url}shares/", {"email": borrower.email}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "data.allowed_hosts")
    api.patch(url, {"data": {"allowed_hosts": "api.example.com"}}, format="json")
    assert api.post(f"{url}shares/", {"email": borrower.email}, format="json").status_code == 201
    assert api.patch(url, {"data": {"allowed_hosts": None}}, format="json").status_code == 400
    assert Credential.objects.get().data["allowed_hosts"] == "api.example.com"
    for nobody in ("nobody@example.org", "not an address"):
        assert api.post(f"{url}shares/", {"email": nobody}, format="json").status_code == 400


def test_a_loan_to_an_address_that_nobody_has_shown_to_be_his_is_refused_as_one_to_nobody(
    api: APIClient, make_user: Callable[..., User]
) -> None:
    url = f"/api/credentials/{stored(api, 'http_bearer', token='tk12', allowed_hosts='a.example.org')['id']}/"
    emails = (make_user(email_verified_at=None).email, "nobody@example.org")
    replies = [api.post(f"{url}shares/", {"email": email}, format="json") for email in emails]
    assert [reply.status_code for reply in replies] == [400, 400]
    assert replies[0].json()["errors"] == replies[1].json()["errors"]


def test_a_share_is_taken_back(
    api: APIClient, theirs: APIClient, borrower: User, peer: Peer, near: EngineThread
) -> None:
    made = lent(api, borrower, peer)
    url = f"/api/credentials/{made['id']}/"
    assert [row["email"] for row in api.get(f"{url}shares/").json()["results"]] == [borrower.email]
    assert api.delete(f"{url}shares/{borrower.pk}/").status_code == 204
    assert api.delete(f"{url}shares/{borrower.pk}/").status_code == 404
    execution = run(near, calling(f"{peer.url}/api", made["id"]), owner=borrower.pk)
    assert (execution.error["code"], peer.calls) == ("credential_missing", [])
    assert theirs.get(url).status_code == 404
    tries = api.get(AUDIT, {"action": "denied"}).json()["results"]
    assert {row["user_id"] for row in tries} == {str(borrower.pk)}
    assert {row["execution_id"] for row in tries} == {str(execution.pk), None}
    assert theirs.get(AUDIT, {"action": "denied"}).json()["count"] == 0


# -- the log -----------------------------------------------------------------------------------------------------------
def test_every_access_is_a_line(
    api: APIClient, user: User, other_api: APIClient, peer: Peer, near: EngineThread
) -> None:
    peer.answer("/api", (200, {}, b"{}"))
    made = stored(api, "http_bearer", token="log-canary")
    url = f"/api/credentials/{made['id']}/"
    api.get(url)
    api.patch(url, {"name": "renamed"}, format="json")
    execution = run(near, calling(f"{peer.url}/api", made["id"]), [{"n": at} for at in range(3)], owner=user.pk)
    other_api.get(url)
    api.delete(url)

    listed = api.get(AUDIT, {"ordering": "at"}).json()
    assert [row["action"] for row in listed["results"]] == ["create", "read", "update", "use", "denied", "delete"]
    use = listed["results"][3]
    assert (use["execution_id"], use["times"], use["user_id"]) == (str(execution.pk), 3, str(user.pk))
    assert listed["results"][0]["ip"] == "127.0.0.1"
    assert "log-canary" not in json.dumps(listed)
    assert api.get(AUDIT, {"credential_id": made["id"], "action": "use,read"}).json()["count"] == 2
    assert other_api.get(AUDIT).json()["count"] == 0
    assert api.get(AUDIT, {"action": "nonsense"}).status_code == 400
    assert CredentialAccess.objects.count() == 6


def test_uses_outside_of_runs_are_a_line_a_day(api: APIClient, user: User) -> None:
    made = stored(api, "http_bearer", token="abcd")
    workflows = [uuid4(), uuid4()]
    for workflow_id in (workflows[0], workflows[0], workflows[1], None, None):
        vault.reveal(owner_id=user.pk, credential_id=made["id"], visitor=Visitor(user.pk, workflow_id=workflow_id))
    rows = api.get(AUDIT, {"action": "use", "ordering": "at"}).json()["results"]
    assert [(row["workflow_id"], row["times"]) for row in rows] == [
        (str(workflows[0]), 2),
        (str(workflows[1]), 1),
        (None, 2),
    ]
