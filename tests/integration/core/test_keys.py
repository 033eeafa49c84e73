"""What API keys may do, and what ends with a log-in: keys make no keys, a traded token that comes again ends its family."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
from rest_framework.test import APIClient

from core.accounts import people, two_factor
from core.models import ApiKey, User
from tests.builders import chain, node
from tests.conftest import PASSWORD
from tests.integration.core.test_people import bearer, post, tokens

pytestmark = pytest.mark.django_db


def key(user: User, *scopes: str) -> APIClient:
    return APIClient(HTTP_X_API_KEY=people.create_key(user=user, name="k", scopes=scopes)[1])


def test_a_key_makes_and_changes_no_keys(api: APIClient, user: User) -> None:
    mine = ApiKey.objects.get(user=user)
    refused = [
        api.post("/api/keys/", {"name": "another"}, format="json"),
        api.patch(f"/api/keys/{mine.pk}", {"expires_at": None, "scopes": ["admin"]}, format="json"),
        api.post(f"/api/keys/{mine.pk}/rotate"),
        api.delete(f"/api/keys/{mine.pk}"),
        api.post("/api/users/me/two-factor/"),
        api.post(
            "/api/users/password", {"current_password": PASSWORD, "new_password": "another good one"}, format="json"
        ),
    ]
    assert [(reply.status_code, reply.json()["code"]) for reply in refused] == [(403, "session_required")] * 6
    assert (ApiKey.objects.count(), user.check_password(PASSWORD)) == (1, True)


def test_a_key_does_what_its_scopes_say(session: APIClient, user: User) -> None:
    document = chain(node("a", "no_op"))
    made = session.post("/api/orchestrator/workflows/", {"name": "w", **document}, format="json").json()
    url = f"/api/orchestrator/workflows/{made['id']}/"
    reads, runs = key(user, "read"), key(user, "run")

    assert reads.get(url).status_code == 200
    assert reads.post("/api/compile/", document, format="json").status_code == 200
    refused = reads.post(f"{url}execute/", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert (refused.json()["scope"], refused.json()["scopes"]) == ("run", ["read"])
    assert runs.post(f"{url}execute/", {}, format="json").status_code == 202
    assert runs.patch(url, {"description": "x"}, format="json").json()["scope"] == "edit"
    assert key(user, "edit").patch(url, {"description": "x"}, format="json").status_code == 200


def test_scopes_are_chosen_when_a_key_is_made_and_only_taken_away_later(session: APIClient) -> None:
    all_of_them = post("/api/keys/", {"name": "all"}, session).json()
    some = post("/api/keys/", {"name": "some", "scopes": ["run", "read", "run"]}, session).json()
    assert (all_of_them["scopes"], some["scopes"]) == (["read", "run", "edit", "admin"], ["read", "run"])
    for wrong in ([], ["write"], "read"):
        assert post("/api/keys/", {"name": "x", "scopes": wrong}, session).status_code == 400
    url = f"/api/keys/{some['id']}"
    more = session.patch(url, {"scopes": ["read", "edit"]}, format="json")
    assert (more.status_code, more.json()["errors"][0]["code"]) == (400, "more_scopes")
    assert session.patch(url, {"scopes": ["read"]}, format="json").json()["scopes"] == ["read"]
    assert APIClient(HTTP_X_API_KEY=some["key"]).get("/api/users/me").status_code == 200


def test_the_second_factor_of_staff_holds_against_keys(settings: Any, make_user: Callable[..., User]) -> None:
    settings.STAFF_NEEDS_TWO_FACTOR = True
    staff = make_user(is_staff=True)
    client = bearer(people.tokens_for(staff)[0])

    assert key(staff, "admin").get("/api/users/").json()["code"] == "two_factor_required"
    assert post("/api/keys/", {"name": "k"}, client).json()["code"] == "two_factor_required"
    assert post("/api/keys/", {"name": "k", "scopes": ["read"]}, client).status_code == 201

    totp = pyotp.TOTP(client.post("/api/users/me/two-factor/").json()["secret"])
    assert (
        client.post(
            "/api/users/me/two-factor/confirm/", {"code": totp.now(), "password": PASSWORD}, format="json"
        ).status_code
        == 200
    )
    without = post("/api/keys/", {"name": "k", "scopes": ["admin"]}, client)
    assert (without.status_code, without.json()["errors"][0]) == (
        400, {"field": "otp", "code": "otp_required", "message": "A code of your second factor is needed for the scope admin."},
    )  # fmt: skip
    wrong = post("/api/keys/", {"name": "k", "scopes": ["admin"], "otp": "000000"}, client)
    assert wrong.json()["errors"][0]["code"] == "otp_wrong"
    code = totp.at(int(datetime.now(UTC).timestamp()) + two_factor.STEP_S)
    made = post("/api/keys/", {"name": "k", "scopes": ["admin"], "otp": code}, client)
    assert made.status_code == 201
    assert APIClient(HTTP_X_API_KEY=made.json()["key"]).get("/api/users/").status_code == 200
    User.objects.filter(pk=staff.pk).update(is_staff=False)
    assert APIClient(HTTP_X_API_KEY=made.json()["key"]).get("/api/users/").status_code == 403


@pytest.mark.parametrize("revokes", [True, False])
def test_a_new_password_takes_the_keys_where_one_says_so(user: User, api: APIClient, revokes: bool) -> None:
    client = bearer(tokens(user.email)["access"])
    body = {"current_password": PASSWORD, "new_password": "another good one", "revoke_keys": revokes}
    assert post("/api/users/password", body, client).status_code == 204
    assert api.get("/api/users/me").status_code == (401 if revokes else 200)


@pytest.mark.parametrize("revokes", [True, False])
def test_a_reset_takes_the_keys_where_one_says_so(user: User, api: APIClient, revokes: bool) -> None:
    from django.contrib.auth.tokens import default_token_generator
    from django.utils.http import urlsafe_base64_encode

    token = f"{urlsafe_base64_encode(str(user.pk).encode())}.{default_token_generator.make_token(user)}"
    body = {"token": token, "password": "a brand new one", "revoke_keys": revokes}
    assert post("/api/auth/password/reset/", body).status_code == 204
    assert api.get("/api/users/me").status_code == (401 if revokes else 200)


def refreshed(refresh: str) -> Any:
    return post("/api/auth/refresh/", {"refresh": refresh})


def test_a_traded_token_that_comes_again_ends_its_family_and_no_other(user: User) -> None:
    stolen, elsewhere = tokens(user.email)["refresh"], tokens(user.email)["refresh"]
    second = refreshed(stolen).json()["refresh"]
    third = refreshed(second).json()["refresh"]

    assert refreshed(stolen).status_code == 401

    assert (refreshed(third).status_code, refreshed(third).json()["code"]) == (401, "token_invalid")
    assert refreshed(elsewhere).status_code == 200, "another log-in of his goes on"


def test_what_nobody_signed_ends_nothing(user: User) -> None:
    living = tokens(user.email)["refresh"]
    head, body, signature = living.split(".")
    access = tokens(user.email)["access"]
    for forged in (f"{head}.{body}.{signature[::-1]}", access, "nonsense"):
        assert refreshed(forged).status_code == 401
    assert refreshed(living).status_code == 200
