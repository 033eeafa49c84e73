"""OAuth credentials against a real HTTP server: log-in with PKCE, renewal by one process at a time, refusals."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import OAuthState, User
from core.outbox import queue as outbox
from core.outbox.lanes import LANES
from core.outbox.worker import Room
from credentials import vault
from credentials.models import Credential, CredentialAccess
from executor.models import NodeRun
from executor.process.engine_thread import EngineThread
from tests.builders import chain, node
from tests.conftest import Peer
from tests.integration.credentials.conftest import stored
from tests.integration.executor.running import finished, queue, run
from tests.integration.outbox.working import hurry, left, work_off

pytestmark = pytest.mark.django_db(transaction=True)
START, CALLBACK = "/api/credentials/oauth/start/", "/api/credentials/oauth/callback/"


def client_of(api: APIClient, peer: Peer, **more: str) -> dict[str, Any]:
    return stored(
        api, "oauth2", client_id="our id", client_secret="our secret", token_url=f"{peer.url}/token",
        authorize_url="https://id.example.com/authorize?x=1", **more,
    )  # fmt: skip


def grants(peer: Peer, *answers: dict[str, Any], status: int = 200) -> None:
    peer.answer(
        "/token", *((status, {"Content-Type": "application/json"}, json.dumps(one).encode()) for one in answers)
    )


def asked(peer: Peer) -> list[dict[str, str]]:
    return [
        {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
        for call in peer.calls
        if call.path == "/token"
    ]


def begun(api: APIClient, made: dict[str, Any], **more: Any) -> dict[str, str]:
    reply = api.post(START, {"type": made["type"], "credential_id": made["id"], **more}, format="json")
    assert reply.status_code == 200, reply.json()
    return {name: values[0] for name, values in parse_qs(urlsplit(reply.json()["authorization_url"]).query).items()}


def logged_in(credential_id: str, *, ends_in_s: float, refresh_token: str = "refresh-one") -> None:
    """Give a credential tokens, as a log-in does."""
    row = Credential.objects.get(pk=credential_id)
    row.sealed = {**row.sealed, "access_token": vault.seal(row, "access_token", "access-one")}
    if refresh_token:
        row.sealed["refresh_token"] = vault.seal(row, "refresh_token", refresh_token)
    row.token_expires_at = timezone.now() + timedelta(seconds=ends_in_s)
    row.save()


def test_a_log_in_with_pkce(api: APIClient, user: User, peer: Peer, settings: Any, client: Any) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    grants(
        peer, {"access_token": "at-canary", "refresh_token": "rt-canary", "expires_in": 3600, "token_type": "Bearer"}
    )
    made = client_of(api, peer)
    there = begun(api, made, scopes=["read", "write"], return_to="/app/done?x=1")
    assert there["redirect_uri"] == "http://testserver/api/credentials/oauth/callback/"
    assert (there["scope"], there["code_challenge_method"], there["x"]) == ("read write", "S256", "1")

    back = client.get(CALLBACK, {"code": "the code", "state": there["state"]})

    assert (back.status_code, back["Location"]) == (302, f"/app/done?x=1&credential_id={made['id']}")
    sent = asked(peer)[0]
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == there["code_challenge"]
    assert (sent["grant_type"], sent["code"], sent["client_id"], sent["client_secret"]) == (
        "authorization_code", "the code", "our id", "our secret",
    )  # fmt: skip
    shown = api.get(f"/api/credentials/{made['id']}/")
    assert (shown.json()["verified"], shown.json()["health"]) == (True, "ok")
    assert "canary" not in shown.content.decode()
    assert vault.reveal(owner_id=user.pk, credential_id=made["id"]).fields["access_token"] == "at-canary"
    again = client.get(CALLBACK, {"code": "the code", "state": there["state"]})
    assert (again.status_code, again.json()["errors"][0]["field"]) == (400, "state")
    assert len(asked(peer)) == 1


def test_a_type_with_a_server_of_its_own_needs_a_client(api: APIClient, settings: Any) -> None:
    body = {"type": "google_oauth2", "name": "Mine"}
    assert api.post(START, body, format="json").json()["code"] == "oauth_not_configured"
    settings.OAUTH_CLIENTS = {"GOOGLE": ("google id", "google secret")}
    reply = api.post(START, body, format="json").json()
    asked_for = parse_qs(urlsplit(reply["authorization_url"]).query)
    assert (asked_for["client_id"], asked_for["access_type"]) == (["google id"], ["offline"])
    assert "google secret" not in str(reply)
    assert api.get("/api/credentials/types/google_oauth2/").json()["oauth"]["configured"] is True


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        ({"error": "invalid_grant", "error_description": "no"}, 400, "invalid_grant"),
        ({"what": 1}, 200, "missing_token"),
    ],
)
def test_a_log_in_that_comes_to_nothing_changes_nothing(
    api: APIClient, peer: Peer, settings: Any, client: Any, answer: dict[str, Any], status: int, error: str
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    grants(peer, answer, status=status)
    made = client_of(api, peer)
    back = client.get(CALLBACK, {"code": "c", "state": begun(api, made)["state"]})
    assert back["Location"] == f"/app/credentials?error={error}"
    refused = client.get(CALLBACK, {"error": "access_denied", "state": begun(api, made)["state"]})
    assert refused["Location"] == "/app/credentials?error=access_denied"
    assert (Credential.objects.get(pk=made["id"]).verified, OAuthState.objects.count()) == (False, 0)


@pytest.mark.parametrize("state", ["", "nonsense", "x:y:z"])
def test_a_state_that_we_never_gave_is_refused(client: Any, db: None, state: str) -> None:
    assert client.get(CALLBACK, {"code": "c", "state": state}).status_code == 400


def test_a_state_dies_with_its_time(api: APIClient, peer: Peer, client: Any) -> None:
    state = begun(api, client_of(api, peer))["state"]
    OAuthState.objects.update(expires_at=timezone.now())
    assert client.get(CALLBACK, {"code": "c", "state": state}).status_code == 400


@pytest.mark.parametrize(
    "address", ["https://evil.example.com/", "//evil.example.com", "/\\evil.example.com", "javascript:x"]
)
def test_nobody_is_sent_elsewhere_afterwards(api: APIClient, peer: Peer, address: str) -> None:
    made = client_of(api, peer)
    reply = api.post(START, {"type": "oauth2", "credential_id": made["id"], "return_to": address}, format="json")
    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (400, "return_to")


def test_somebody_elses_credential_gets_no_log_in(api: APIClient, other_api: APIClient, peer: Peer) -> None:
    made = client_of(api, peer)
    reply = other_api.post(START, {"type": "oauth2", "credential_id": made["id"]}, format="json")
    assert (reply.status_code, OAuthState.objects.count()) == (404, 0)


# -- renewal -----------------------------------------------------------------------------------------------------------
def calling(peer: Peer, credential_id: str, **data: Any) -> dict[str, Any]:
    params = {"url": f"{peer.url}/api"}
    return chain(node("call", "http_request", params, credentials={"auth": credential_id}, **data))


def test_many_runs_renew_a_token_once(api: APIClient, user: User, peer: Peer, near: EngineThread) -> None:
    peer.answer("/api", (200, {}, b"{}"))
    grants(peer, {"access_token": "access-two", "refresh_token": "refresh-two", "expires_in": 3600})
    peer.delay_s = 0.3
    made = client_of(api, peer)
    logged_in(made["id"], ends_in_s=-5)
    started = [queue(calling(peer, made["id"]), owner=user.pk) for _ in range(6)]
    for execution_id in started:
        near.ring(str(execution_id))
    ended = [finished(execution_id) for execution_id in started]

    assert [execution.state.status for execution in ended] == ["completed"] * 6, ended[0].error
    assert [one["grant_type"] for one in asked(peer)] == ["refresh_token"]
    assert asked(peer)[0]["refresh_token"] == "refresh-one"
    sent = {call.headers["authorization"] for call in peer.calls if call.path == "/api"}
    assert sent == {"Bearer access-two"}
    row = Credential.objects.get(pk=made["id"])
    assert vault.opened(row).fields["refresh_token"] == "refresh-two"
    assert row.refreshing_until is None
    assert CredentialAccess.objects.filter(action="refresh").count() == 1


def test_a_refused_renewal_is_the_nodes_error_and_shows(
    api: APIClient, user: User, peer: Peer, near: EngineThread
) -> None:
    grants(peer, {"error": "invalid_grant"}, status=400)
    made = client_of(api, peer)
    logged_in(made["id"], ends_in_s=10)
    execution = run(near, calling(peer, made["id"]), owner=user.pk)
    assert execution.error["code"] == "credential_invalid"
    assert api.get(f"/api/credentials/{made['id']}/").json()["health"] == "failing"
    assert not [call for call in peer.calls if call.path == "/api"]


def test_a_silent_token_server_is_asked_again(api: APIClient, user: User, peer: Peer, near: EngineThread) -> None:
    good = json.dumps({"access_token": "access-two", "expires_in": 60000}).encode()
    peer.answer("/token", (503, {}, b"busy"), (200, {}, good))
    peer.answer("/api", (200, {}, b"{}"))
    made = client_of(api, peer)
    logged_in(made["id"], ends_in_s=10)
    settings = {"retry": {"max_attempts": 2, "delay_s": 0.01}}
    execution = run(near, calling(peer, made["id"], settings=settings), owner=user.pk)
    assert execution.state.status == "completed", execution.error
    assert len(NodeRun.objects.get(execution_id=execution.pk, node_id="call").attempts) == 1
    assert Credential.objects.get(pk=made["id"]).last_error is None


def test_a_client_gets_a_token_for_itself(api: APIClient, user: User, peer: Peer, near: EngineThread) -> None:
    grants(peer, {"access_token": "machine-token", "expires_in": 3600})
    peer.answer("/api", (200, {}, b"{}"))
    made = stored(
        api, "oauth2", client_id="m", client_secret="machine secret", token_url=f"{peer.url}/token",
        grant="client_credentials", client_auth="basic", scopes="a b",
    )  # fmt: skip
    execution = run(near, calling(peer, made["id"]), owner=user.pk)
    assert execution.state.status == "completed", execution.error
    assert asked(peer) == [{"grant_type": "client_credentials", "scope": "a b"}]
    call = next(call for call in peer.calls if call.path == "/token")
    assert call.headers["authorization"] == f"Basic {base64.b64encode(b'm:machine%20secret').decode()}"
    assert peer.calls[-1].headers["authorization"] == "Bearer machine-token"


def test_nobody_logged_in(api: APIClient, user: User, peer: Peer, near: EngineThread) -> None:
    execution = run(near, calling(peer, client_of(api, peer)["id"]), owner=user.pk)
    assert (execution.error["code"], peer.calls) == ("credential_invalid", [])


def test_tokens_in_use_are_renewed_ahead(api: APIClient, peer: Peer, settings: Any) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    grants(peer, {"access_token": "access-two", "refresh_token": "refresh-two", "expires_in": 3600})
    made = client_of(api, peer)
    logged_in(made["id"], ends_in_s=3000)
    api.post(f"/api/credentials/{made['id']}/refresh/")
    [row] = left()
    assert (row.kind, row.state) == ("renew_token", "later")
    assert row.due_at is not None
    assert 2900 < (row.due_at - timezone.now()).total_seconds() < 3010, "ten minutes before its end"

    Credential.objects.update(token_expires_at=timezone.now() + timedelta(seconds=120), last_used_at=None)
    hurry()
    work_off()
    assert (len(asked(peer)), left()) == (1, []), "nobody uses it"

    Credential.objects.update(last_used_at=timezone.now())
    outbox.add("renew_token", owner_id=uuid4(), payload={"credential_id": made["id"]}, key=row.key)
    work_off()
    assert len(asked(peer)) == 2
    assert [row.state for row in left()] == ["later"], "the new token has its own"
    found = vault.opened(Credential.objects.get(pk=made["id"]))
    assert (found.fields["access_token"], found.fields["refresh_token"]) == ("access-two", "refresh-two")


def test_a_token_server_that_hangs_keeps_no_other_token_waiting(
    api: APIClient, user: User, other_api: APIClient, peer: Peer, settings: Any
) -> None:
    grants(peer, {"access_token": "access-two", "expires_in": 3600})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host, address]
        for number in range(LANES["calls"].places):
            slow = stored(
                api,
                "oauth2",
                f"slow {number}",
                client_id="a",
                client_secret="b",
                authorize_url=f"https://{address}/a",
                token_url=f"http://{address}/token",
            )
            logged_in(slow["id"], ends_in_s=120)
            outbox.add("renew_token", owner_id=user.pk, payload={"credential_id": slow["id"]})
        made = client_of(other_api, peer)
        logged_in(made["id"], ends_in_s=120)
        Credential.objects.update(last_used_at=timezone.now())
        outbox.add("renew_token", owner_id=uuid4(), payload={"credential_id": made["id"]})
        room = Room()
        room.start()
        end = time.monotonic() + 8
        while not asked(peer) and time.monotonic() < end:
            time.sleep(0.02)
        room.stop(0)
    assert len(asked(peer)) == 1


def test_a_token_is_renewed_on_demand(api: APIClient, peer: Peer, settings: Any) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    grants(peer, {"access_token": "access-two", "expires_in": 3600})
    made = client_of(api, peer)
    url = f"/api/credentials/{made['id']}/refresh/"
    assert api.post(url).json()["code"] == "credential_invalid"
    logged_in(made["id"], ends_in_s=3000)
    before = Credential.objects.get(pk=made["id"]).token_expires_at
    reply = api.post(url)
    assert (reply.status_code, reply.json()["secrets_set"]) == (200, ["access_token", "client_secret", "refresh_token"])
    assert Credential.objects.get(pk=UUID(made["id"])).token_expires_at > before  # type: ignore[operator]
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = []
    assert (api.post(url).status_code, api.post(url).json()["code"]) == (502, "connection_failed")
    basic = stored(api, "http_bearer", "other", token="abcd")
    assert api.post(f"/api/credentials/{basic['id']}/refresh/").status_code == 400
