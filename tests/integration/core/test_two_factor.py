"""A second factor: turned on with a code, asked for at each log-in, no code works twice, guesses run out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from rest_framework.test import APIClient

from core.accounts import two_factor
from core.models import SecondFactor, User
from core.redis.counters import COUNTERS
from core.secrets.sealing import KeyRing, key_ring
from credentials.rotation import rotate
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
URL = "/api/users/me/two-factor/"


def turned_on(session: APIClient) -> tuple[pyotp.TOTP, list[str]]:
    begun = session.post(URL)
    assert begun.status_code == 201
    totp = pyotp.TOTP(begun.json()["secret"])
    reply = session.post(f"{URL}confirm/", {"code": totp.now(), "password": PASSWORD}, format="json")
    assert reply.status_code == 200, reply.json()
    return totp, reply.json()["recovery_codes"]


def log_in(user: User, otp: str = "") -> Any:
    body = {"email": user.email, "password": PASSWORD, "otp": otp}
    return APIClient().post("/api/auth/login/", body, format="json")


@pytest.fixture(autouse=True)
def no_guesses(user: User) -> None:
    COUNTERS.forget(f"heddle:otp:{user.pk}")


def later(totp: pyotp.TOTP, steps: int = 1) -> str:
    return totp.at(datetime.now(UTC) + timedelta(seconds=30 * steps))


def test_a_log_in_needs_the_code(session: APIClient, user: User) -> None:
    assert log_in(user).status_code == 200
    totp, codes = turned_on(session)
    assert session.get(URL).json() == {"is_on": True, "recovery_codes_left": 10}

    assert (log_in(user).status_code, log_in(user).json()["code"]) == (401, "otp_required")
    assert log_in(user, "000000").json()["code"] == "login_failed"
    code = later(totp)
    assert log_in(user, code).status_code == 200
    assert log_in(user, code).json()["code"] == "login_failed", "a code works once"
    assert log_in(user, codes[0].upper()).status_code == 200
    assert log_in(user, codes[0]).status_code == 401
    assert session.get(URL).json()["recovery_codes_left"] == 9
    row = SecondFactor.objects.get()
    assert totp.secret not in str(row.sealed)
    assert codes[1] not in str(row.recovery)
    assert (
        APIClient().post("/api/auth/login/", {"email": user.email, "password": "wrong"}, format="json").json()["code"]
        == "login_failed"
    )


def test_it_counts_once_it_was_confirmed(session: APIClient, user: User) -> None:
    session.post(URL)
    assert log_in(user).status_code == 200
    for password in ("", "not the one"):
        given = {"code": pyotp.TOTP(session.post(URL).json()["secret"]).now(), "password": password}
        refused = session.post(f"{URL}confirm/", given, format="json")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "password")
    assert session.get(URL).json()["is_on"] is False
    wrong = session.post(f"{URL}confirm/", {"code": "123", "password": PASSWORD}, format="json")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "code")
    turned_on(session)
    assert session.post(URL).json()["code"] == "two_factor_on"
    assert (
        session.post(f"{URL}confirm/", {"code": "123", "password": PASSWORD}, format="json").json()["code"]
        == "two_factor_on"
    )


def test_guesses_run_out_and_the_right_code_then_waits_too(session: APIClient, user: User) -> None:
    totp, _ = turned_on(session)
    for _ in range(two_factor.MOST_GUESSES):
        assert log_in(user, "111111").status_code == 401
    assert log_in(user, later(totp)).status_code == 401
    assert session.get("/api/users/me").status_code == 200, "who is in stays in"


def test_it_is_turned_off_with_password_and_code(session: APIClient, user: User) -> None:
    totp, codes = turned_on(session)
    assert session.delete(URL, {"password": "wrong", "code": later(totp)}, format="json").status_code == 400
    assert session.delete(URL, {"password": PASSWORD, "code": "000000"}, format="json").status_code == 401
    assert session.delete(URL, {"password": PASSWORD, "code": codes[3]}, format="json").status_code == 204
    assert log_in(user).status_code == 200


def test_staff_may_have_to_have_one(make_user: Callable[..., User], settings: Any) -> None:
    settings.STAFF_NEEDS_TWO_FACTOR = True
    boss = make_user(is_staff=True)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {log_in(boss).json()['access']}")
    assert client.get("/api/users/").json()["code"] == "two_factor_required"
    turned_on(client)
    assert client.get("/api/users/").status_code == 200


def test_a_new_key_seals_it_again(
    session: APIClient, user: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    totp, _ = turned_on(session)
    settings.CREDENTIAL_KEYS = f"new:{'A' * 43}=,{settings.CREDENTIAL_KEYS}"
    key_ring.cache_clear()
    try:
        assert rotate().done == 1
        assert SecondFactor.objects.get().sealed["key"] == "new"
        only_new = KeyRing(settings.CREDENTIAL_KEYS.split(",")[0])
        assert only_new.open(SecondFactor.objects.get().sealed, two_factor.place_of(user)) == totp.secret
    finally:
        key_ring.cache_clear()
