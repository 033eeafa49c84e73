"""Accounts, tokens and keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from rest_framework.test import APIClient

from core.accounts import password_reset, people
from core.models import ApiKey, User
from core.outbox.kinds import NOBODY
from core.version import VERSION
from tests.conftest import PASSWORD
from tests.integration.outbox.working import hurry, left, work_off

pytestmark = pytest.mark.django_db


def post(path: str, body: dict[str, Any], client: APIClient | None = None) -> Any:
    return (client or APIClient()).post(path, body, format="json")


def tokens(email: str) -> dict[str, Any]:
    return dict(post("/api/auth/login/", {"email": email, "password": PASSWORD}).json())


def bearer(access: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def test_register_gives_tokens_that_work() -> None:
    reply = post("/api/auth/register/", {"email": "New@Example.org", "password": PASSWORD, "name": "New"})

    assert reply.status_code == 201
    me = bearer(reply.json()["access"]).get("/api/users/me")
    assert (me.json()["email"], me.json()["tier"], me.json()["credits"]) == ("New@example.org", "free", 1000)
    again = post("/api/auth/register/", {"email": "new@example.org", "password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")


def test_weak_passwords_are_refused_with_the_field() -> None:
    reply = post("/api/auth/register/", {"email": "a@example.org", "password": "1234567890"})

    assert (reply.status_code, reply.json()["code"]) == (400, "validation_error")
    assert {error["field"] for error in reply.json()["errors"]} == {"password"}
    assert not User.objects.filter(email="a@example.org").exists()


def test_unknown_and_wrong_read_the_same(user: User) -> None:
    replies = [
        post("/api/auth/login/", {"email": email, "password": "wrong password"}).json()
        for email in (user.email, "nobody@example.org")
    ]

    assert {(reply["code"], reply["detail"]) for reply in replies} == {
        ("login_failed", "E-mail address or password is wrong")
    }


def test_a_refresh_token_works_once(user: User) -> None:
    first = tokens(user.email)

    second = post("/api/auth/refresh/", {"refresh": first["refresh"]})

    assert second.status_code == 200
    again = post("/api/auth/refresh/", {"refresh": first["refresh"]})
    assert (again.status_code, again.json()["code"]) == (401, "token_invalid")
    assert bearer(second.json()["access"]).get("/api/users/me").status_code == 200


def test_log_out_kills_the_refresh_token(user: User) -> None:
    first = tokens(user.email)

    assert post("/api/auth/logout/", {"refresh": first["refresh"]}, bearer(first["access"])).status_code == 204
    assert post("/api/auth/refresh/", {"refresh": first["refresh"]}).status_code == 401


def test_the_cookie_stands_in_for_the_token_on_our_own_origin_only(user: User) -> None:
    client = APIClient()
    reply = post("/api/auth/login/", {"email": user.email, "password": PASSWORD, "cookie": True}, client)
    assert reply.json()["refresh"] is None
    assert client.cookies["heddle_refresh"]["httponly"]

    foreign = client.post("/api/auth/refresh/", {}, format="json", HTTP_ORIGIN="https://evil.example")
    own = client.post("/api/auth/refresh/", {}, format="json", HTTP_ORIGIN="http://testserver")

    assert (foreign.status_code, own.status_code) == (403, 200)


def test_a_new_password_kills_all_tokens(user: User) -> None:
    first = tokens(user.email)
    client = bearer(first["access"])

    wrong = post("/api/users/password", {"current_password": "x", "new_password": "another good one"}, client)
    right = post("/api/users/password", {"current_password": PASSWORD, "new_password": "another good one"}, client)

    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "current_password")
    assert right.status_code == 204
    assert client.get("/api/users/me").status_code == 401
    assert post("/api/auth/refresh/", {"refresh": first["refresh"]}).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_a_forgotten_password_is_set_by_mail_once(user: User) -> None:
    assert post("/api/auth/password/forgot/", {"email": "nobody@example.org"}).status_code == 202
    assert post("/api/auth/password/forgot/", {"email": user.email}).status_code == 202
    assert mail.outbox == [], "no mail leaves within a request: known and unknown addresses take the same time"
    work_off()
    [letter] = mail.outbox
    token = letter.body.split("Token: ")[1].split()[0]

    assert post("/api/auth/password/reset/", {"token": token, "password": "a brand new one"}).status_code == 204
    assert post("/api/auth/password/reset/", {"token": token, "password": "yet another one"}).status_code == 400
    assert post("/api/auth/login/", {"email": user.email, "password": "a brand new one"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_an_address_gets_three_mails_an_hour_whoever_asks(user: User) -> None:
    for _ in range(9):
        for address in (user.email, user.email.upper(), f" {user.email}", "nobody@example.org"):
            assert post("/api/auth/password/forgot/", {"email": address}).status_code == 202
        work_off()
    assert [letter.to for letter in mail.outbox] == [[user.email]] * 3
    assert [row.state for row in left()] == ["later"] * 6, "known and unknown ones alike"
    hurry()
    work_off()
    assert left() == []
    assert post("/api/auth/password/forgot/", {"email": user.email}).status_code == 202
    work_off()
    assert len(mail.outbox) == 4


def test_an_accounts_wish_for_a_password_waits_for_nobody_elses_and_counts_however_it_is_spelled() -> None:
    ada, bob = (User.objects.create_user(email) for email in ("kim.ada@example.org", "bob@example.org"))
    for address in ("kim.ada@example.org", "KIM.ADA@example.org", "\u212aim.ada@example.org", "k\u0131m.ada@example.org",
                    "bob@example.org", "nobody@example.org", "none@example.org"):  # fmt: skip
        for _ in range(2):
            password_reset.ask(email=address, page_url="https://heddle.example/app/reset")
    found = Counter(row.owner_id for row in left())
    assert (found[ada.pk], found[bob.pk]) == (3, 2)
    strangers = found.total() - 5
    assert found[NOBODY] == strangers, "those of which nothing comes wait for each other"


def test_a_key_is_shown_once_and_stored_as_a_hash(user: User) -> None:
    client = bearer(tokens(user.email)["access"])

    made = post("/api/keys/", {"name": "ci"}, client).json()

    stored = ApiKey.objects.get(pk=made["id"])
    assert made["key"].startswith(f"hdl_{stored.prefix}_")
    assert made["key"].split("_", 2)[2] not in str(vars(stored))
    assert "key" not in client.get(f"/api/keys/{made['id']}").json()
    program = APIClient()
    program.credentials(HTTP_X_API_KEY=made["key"])
    assert program.get("/api/users/me").json()["id"] == str(user.pk)
    assert client.get("/api/keys/").json()["results"][0]["last_used_at"] is not None


def test_rotated_disabled_expired_and_deleted_keys_are_refused(user: User) -> None:
    def use(key: str) -> Any:
        return APIClient(HTTP_X_API_KEY=key).get("/api/users/me")

    row, key = people.create_key(user=user, name="one")
    _, rotated = people.rotate_key(key=row)
    assert (use(key).status_code, use(key).json()["code"], use(rotated).status_code) == (401, "api_key_invalid", 200)
    people.update_key(key=row, is_active=False)
    assert use(rotated).status_code == 401
    people.update_key(key=row, is_active=True, expires_at=timezone.now() - timedelta(seconds=1))
    assert use(rotated).status_code == 401
    for text in ("", "hdl_", "hdl_x_y", "nonsense", "hdl__"):
        assert use(text).status_code == 401


def test_somebody_elses_key_is_not_there(
    user: User, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    row, _ = people.create_key(user=user, name="mine")
    other = as_user(make_user())

    for reply in (
        other.get(f"/api/keys/{row.pk}"),
        other.delete(f"/api/keys/{row.pk}"),
        other.post(f"/api/keys/{row.pk}/rotate"),
    ):
        assert reply.status_code == 404
    assert ApiKey.objects.filter(pk=row.pk).exists()


def test_staff_routes_are_for_staff(
    api: APIClient, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    staff = as_user(make_user(is_staff=True))
    body = {"email": "made@example.org", "password": PASSWORD, "tier": "pro", "with_api_key": True}

    assert api.get("/api/users/").status_code == 403
    assert api.post("/api/users/", body, format="json").status_code == 403
    made = staff.post("/api/users/", body, format="json")
    assert (made.status_code, made.json()["tier"]) == (201, "pro")
    assert APIClient(HTTP_X_API_KEY=made.json()["api_key"]).get("/api/users/me").status_code == 200
    changed = staff.patch(f"/api/users/{made.json()['id']}", {"is_active": False}, format="json")
    assert changed.json()["is_active"] is False
    assert APIClient(HTTP_X_API_KEY=made.json()["api_key"]).get("/api/users/me").status_code == 401


def test_every_answer_has_an_id_and_the_security_headers() -> None:
    reply = APIClient(HTTP_X_REQUEST_ID="my-id").get("/api/users/me")

    assert reply.status_code == 401
    assert reply["WWW-Authenticate"] == "Bearer"
    assert reply["Content-Type"].startswith("application/problem+json")
    assert (reply["X-Request-ID"], reply.json()["request_id"]) == ("my-id", "my-id")
    assert (reply["X-Content-Type-Options"], reply["X-Frame-Options"]) == ("nosniff", "DENY")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "malformed_json"),
        (b'"a\\u0000"', "malformed_json"),
        (b"[]", "validation_error"),
        (b"\xff", "malformed_json"),
    ],
)
def test_what_is_no_json_object_is_refused(body: Any, code: str) -> None:
    reply = APIClient().generic("POST", "/api/auth/login/", body, content_type="application/json")

    assert (reply.status_code, reply.json()["code"]) == (400, code)


def test_unknown_routes_and_methods_are_problems_too(api: APIClient) -> None:
    assert api.get("/api/nothing/here/").json()["code"] == "not_found"
    wrong = api.delete("/api/users/me")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert "PATCH" in wrong["Allow"]


def test_health_tells_what_is_missing(db: None) -> None:
    body = APIClient().get("/api/health/").json()

    assert body["status"] == "unhealthy", "no worker claims and commits here"
    assert body["version"] == VERSION
    assert set(body["components"]) == {"database", "redis", "workers", "sandbox", "beat"}
    assert APIClient().get("/api/health/ready/").json() == {"status": "ready"}
    assert APIClient().get("/api/health/live/").json() == {"status": "alive"}
