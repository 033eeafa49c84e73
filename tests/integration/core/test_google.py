"""Signing in with Google, against an HTTP server that speaks its endpoints."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from rest_framework.test import APIClient

from core.models import User
from tests.conftest import PASSWORD, Peer

pytestmark = pytest.mark.django_db
INIT, CALLBACK = "/api/auth/google/init/", "/api/auth/google/callback/"
PAGE = {"redirect_uri": "http://testserver/app/google"}
ADA = {"sub": "1001", "email": "ada@example.org", "email_verified": True, "name": "Ada"}


@pytest.fixture(autouse=True)
def google(peer: Peer, settings: Any) -> Peer:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = [peer.host]
    settings.OAUTH_CLIENTS = {"GOOGLE": ("client-1", "secret-1")}
    settings.GOOGLE_ENDPOINTS = {
        "authorize": "https://accounts.google.com/o/oauth2/v2/auth", "token": f"{peer.url}/token", "userinfo": f"{peer.url}/me",
    }  # fmt: skip
    peer.answer("/token", (200, {}, json.dumps({"access_token": "at-1", "token_type": "Bearer"}).encode()))
    says(peer, ADA)
    return peer


def says(peer: Peer, told: dict[str, Any]) -> None:
    peer.answer("/me", (200, {"Content-Type": "application/json"}, json.dumps(told).encode()))


def signed_in(client: APIClient | None = None, **more: Any) -> Any:
    client = client or APIClient()
    state = client.post(INIT, PAGE, format="json").json()["state"]
    return client.post(CALLBACK, {"code": "code-1", "state": state, **more}, format="json")


def test_a_stranger_becomes_a_user_and_comes_back_as_the_same(google: Peer) -> None:
    begun = APIClient().post(INIT, PAGE, format="json").json()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun["authorization_url"]).query).items()}
    assert (asked["state"], asked["scope"], asked["code_challenge_method"]) == (
        begun["state"], "openid email profile", "S256",
    )  # fmt: skip
    reply = signed_in()
    assert (reply.status_code, reply.json()["user"]["email"], reply.json()["user"]["credits"]) == (
        200, "ada@example.org", 1000,
    )  # fmt: skip
    assert google.calls[-1].headers["authorization"] == "Bearer at-1"
    says(google, {**ADA, "email": "new@example.org"})
    assert signed_in().json()["user"]["email"] == "ada@example.org", "the subject counts, not the address"
    assert User.objects.count() == 1
    me = APIClient().get("/api/users/me", HTTP_AUTHORIZATION=f"Bearer {reply.json()['access']}")
    assert me.json()["name"] == "Ada"
    assert APIClient().post("/api/auth/login/", {"email": ADA["email"], "password": ""}, format="json").status_code in (
        400, 401,
    )  # fmt: skip


def test_an_account_that_is_there_is_joined_only_by_its_owner(session: APIClient, user: User, google: Peer) -> None:
    says(google, {**ADA, "email": user.email.upper()})
    refused = signed_in()
    assert (refused.status_code, refused.json()["code"]) == (409, "email_taken")
    assert User.objects.get(pk=user.pk).google_sub is None
    assert signed_in(session).status_code == 200
    assert signed_in().json()["user"]["id"] == str(user.pk)
    assert APIClient().post(
        "/api/auth/login/", {"email": user.email, "password": PASSWORD}, format="json"
    ).status_code == 200  # fmt: skip
    says(google, {**ADA, "sub": "1002"})
    assert signed_in(session).status_code == 409


@pytest.mark.parametrize(
    "told", [{**ADA, "email_verified": False}, {**ADA, "sub": ""}, {"error": "x"}, {**ADA, "email": None}]
)
def test_what_google_does_not_vouch_for_is_nobody(google: Peer, told: dict[str, Any]) -> None:
    says(google, told)
    assert (signed_in().json()["code"], User.objects.count()) == ("login_failed", 0)


def test_what_goes_wrong_there(google: Peer, settings: Any) -> None:
    google.answer("/token", (400, {}, b'{"error": "invalid_grant"}'))
    assert signed_in().json()["code"] == "login_failed"
    google.answer("/token", (200, {}, b'{"access_token": "a"}'))
    google.answer("/me", (200, {}, b"<html>"))
    assert signed_in().json()["code"] == "connection_failed"
    state = APIClient().post(INIT, PAGE, format="json").json()["state"]
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = []
    body = {"code": "c", "state": state}
    reply = APIClient().post(CALLBACK, body, format="json")
    assert (reply.status_code, reply.json()["code"]) == (502, "connection_failed")
    assert APIClient().post(CALLBACK, body, format="json").status_code == 400, "a state works once"
    assert User.objects.count() == 0


def test_a_switched_off_account_stays_out(google: Peer) -> None:
    signed_in()
    User.objects.update(is_active=False)
    assert signed_in().json()["code"] == "login_failed"


def test_init_asks_for_a_page_of_ours_and_a_client(settings: Any) -> None:
    for address in ("https://evil.example.com/x", "http://testserver.evil.example.com/"):
        reply = APIClient().post(INIT, {"redirect_uri": address}, format="json")
        assert (reply.status_code, reply.json()["errors"][0]["field"]) == (400, "redirect_uri")
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    assert APIClient().post(INIT, {"redirect_uri": "https://app.example.com/back"}, format="json").status_code == 200
    settings.OAUTH_CLIENTS = {"GOOGLE": ("", "")}
    reply = APIClient().post(INIT, PAGE, format="json")
    assert (reply.status_code, reply.json()["code"]) == (503, "oauth_not_configured")


def test_a_browser_gets_its_refresh_token_as_a_cookie() -> None:
    reply = signed_in(cookie=True)
    assert reply.json()["refresh"] is None
    assert reply.cookies["heddle_refresh"]["httponly"]
