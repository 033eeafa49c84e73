"""The administration site's door: staff alone, by the rules of the API's log-in, for as long as these log-ins last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from core import tasks
from core.accounts import people, two_factor
from core.accounts.password_pace import FREE_TRIES
from core.models import BlockedIp, User
from core.web import abuse
from tests.conftest import PASSWORD
from tests.integration.administration.conftest import CSRF, LOGIN, is_in, send, sign_in

pytestmark = pytest.mark.django_db


def with_second_factor(user: User) -> pyotp.TOTP:
    """Turn a second factor on; the code of the last half minute was used for that."""
    totp = pyotp.TOTP(two_factor.begin(user=user)[0])
    before = timezone.now() - timedelta(seconds=30)
    two_factor.confirm(user=user, code=totp.at(before), now=before)
    return totp


def test_a_superuser_signs_in_with_cookies_that_go_to_the_site_alone(superuser: User) -> None:
    browser, answer = sign_in(superuser)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    for name in ("heddle_admin", CSRF):
        cookie = browser.cookies[name]
        assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/admin/", "Strict", True), name
    page = browser.get("/admin/")
    assert page.status_code == 200
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert page["Cache-Control"] == "no-store" or "no-store" in page["Cache-Control"]


def test_nobody_and_nobody_but_staff_gets_in(superuser: User, user: User) -> None:
    assert Client().get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    browser, answer = sign_in(user)
    assert answer.status_code == 200
    assert b"E-mail address or password is wrong" in answer.content
    assert not is_in(browser)
    browser, answer = sign_in(superuser, password="not this one")
    assert b"E-mail address or password is wrong" in answer.content
    assert not is_in(browser)
    key = APIClient()
    key.credentials(HTTP_X_API_KEY=people.create_key(user=superuser, name="k")[1])
    assert key.get("/admin/").status_code == 302, "keys and tokens are the API's"


def test_staff_see_what_their_groups_allow(make_user: Callable[..., User]) -> None:
    from django.contrib.auth.models import Permission

    staff = make_user(is_staff=True)
    browser, answer = sign_in(staff)
    assert answer.status_code == 302
    assert browser.get("/admin/executor/execution/").status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="view_execution"))
    assert browser.get("/admin/executor/execution/").status_code == 200
    assert browser.get("/admin/core/user/").status_code == 403


def test_the_session_opens_nothing_of_the_api(browser: Client) -> None:
    assert browser.get("/api/users/me").status_code == 401
    assert browser.get("/api/users/").status_code == 401


def test_forms_without_the_token_are_refused(superuser: User, browser: Client) -> None:
    outside = Client(enforce_csrf_checks=True)
    assert outside.post(LOGIN, {"username": superuser.email, "password": PASSWORD}).status_code == 403
    for path in (
        "/admin/logout/",
        f"/admin/core/user/{superuser.pk}/change/",
        "/admin/executor/execution/",
        "/admin/password_change/",
    ):
        assert browser.post(path, {"name": "x"}).status_code == 403, path
    assert is_in(browser)


def test_a_second_factor_is_asked_for_and_staff_without_one_are_kept_out_where_they_must_have_it(
    superuser: User, settings: Any
) -> None:
    settings.STAFF_NEEDS_TWO_FACTOR = True
    browser, answer = sign_in(superuser)
    assert answer.status_code == 403
    assert b"Staff need a second factor here" in answer.content
    assert not is_in(browser)

    totp = with_second_factor(superuser)
    browser, answer = sign_in(superuser)
    assert b"A code of your second factor is needed" in answer.content
    assert b"The code is wrong" in sign_in(superuser, browser, otp="000000")[1].content
    assert sign_in(superuser, browser, otp=totp.now())[1].status_code == 302
    assert is_in(browser)


def test_a_session_that_was_begun_without_the_second_factor_ends_when_there_is_one(
    superuser: User, settings: Any
) -> None:
    browser, _ = sign_in(superuser)
    assert is_in(browser)
    settings.STAFF_NEEDS_TWO_FACTOR = True
    assert not is_in(browser)
    settings.STAFF_NEEDS_TWO_FACTOR = False
    assert is_in(browser)
    with_second_factor(superuser)
    assert not is_in(browser)


@pytest.mark.parametrize("how", ["changed", "reset", "by command", "switched off", "no staff any more"])
def test_a_session_ends_with_what_it_stands_on(superuser: User, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("other@example.org", PASSWORD, is_staff=True)  # the last one stays
    browser, _ = sign_in(superuser)
    access, _refresh = people.tokens_for(superuser)
    if how == "changed":
        people.change_password(actor=superuser, current=PASSWORD, new="another long password")
    elif how == "reset":
        superuser.set_password("another long password")
        superuser.save(update_fields=["password"])
    elif how == "by command":
        monkeypatch.setattr("getpass.getpass", lambda **_: "another long password")
        call_command("changepassword", superuser.email, verbosity=0)
    elif how == "switched off":
        people.update_user(user=superuser, is_active=False)
    else:
        people.update_user(user=superuser, is_staff=False)
    assert not is_in(browser)
    bearer = APIClient()
    bearer.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    assert bearer.get("/api/users/me").status_code == (200 if how == "no staff any more" else 401)


def test_changing_the_password_on_the_site_keeps_that_session_and_ends_the_others(superuser: User) -> None:
    here, _ = sign_in(superuser)
    there, _ = sign_in(superuser)
    url = "/admin/password_change/"
    new = {"new_password1": "another long password", "new_password2": "another long password"}
    assert here.get(url).status_code == 200
    assert send(here, url, {"old_password": "wrong", **new}).status_code == 200
    assert is_in(there)
    assert send(here, url, {"old_password": PASSWORD, **new}).status_code == 302
    assert is_in(here)
    assert not is_in(there)


def test_signing_out_ends_the_session_and_the_table_opens_none(browser: Client) -> None:
    cookie = browser.cookies["heddle_admin"].value
    stored = list(Session.objects.values_list("session_key", flat=True))
    assert stored
    assert cookie not in stored
    thief = Client()
    thief.cookies["heddle_admin"] = stored[0]
    assert not is_in(thief)
    assert is_in(browser)
    assert send(browser, "/admin/logout/", {}).status_code == 200
    back = Client()
    back.cookies["heddle_admin"] = cookie
    assert not is_in(back)


def test_failed_log_ins_block_the_address_as_at_the_api(superuser: User, stranger: Client, settings: Any) -> None:
    settings.RATE_LIMITS = True
    for _ in range(abuse.MOST["login_failed"] - 1):
        assert sign_in(superuser, stranger, password="wrong")[1].status_code == 200
        stranger.cookies.clear()
    address = stranger.defaults["REMOTE_ADDR"]
    body = {"email": superuser.email, "password": "wrong"}
    assert APIClient().post("/api/auth/login/", body, format="json", REMOTE_ADDR=address).status_code in (401, 429)
    assert BlockedIp.objects.count() == 1
    refused = sign_in(superuser, stranger)[1]
    assert (refused.status_code, b"Too much was tried from your address" in refused.content) == (403, True)
    assert int(refused["Retry-After"]) > 0


def test_tries_beyond_the_api_s_limit_are_refused_before_the_password_is_looked_at(
    superuser: User, stranger: Client, settings: Any
) -> None:
    settings.RATE_LIMITS = True
    address = stranger.defaults["REMOTE_ADDR"]
    for _ in range(200):
        body = {"email": "nobody@example.org"}
        if APIClient().post("/api/auth/login/", body, format="json", REMOTE_ADDR=address).status_code == 429:
            break
    refused = sign_in(superuser, stranger)[1]
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert not is_in(stranger)


def test_wrong_passwords_slow_the_account_down_at_both_doors(superuser: User, settings: Any) -> None:
    settings.RATE_LIMITS = True
    for number in range(FREE_TRIES):
        with pytest.raises(people.LoginFailed):
            people.log_in(email=superuser.email, password="wrong", ip=f"2001:db8:1:{number:x}::1", now=timezone.now())
    _, answer = sign_in(superuser)
    assert answer.status_code == 429
    assert b"Wrong passwords slow this account down" in answer.content


def test_expired_sessions_are_cleaned_up(browser: Client) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    tasks.clean_up()
    assert not Session.objects.exists()
    assert not is_in(browser)


def test_createsuperuser_takes_its_answers_from_the_environment(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "root@example.org")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", verbosity=0)
    made = User.objects.get(email="root@example.org")
    assert (made.is_staff, made.is_superuser, made.check_password(PASSWORD)) == (True, True, True)
    assert is_in(sign_in(made)[0])


def test_what_staff_may_do_through_the_api_makes_nobody_a_superuser(
    make_user: Callable[..., User], as_user: Callable[[User], APIClient], user: User
) -> None:
    staff = as_user(make_user(is_staff=True))
    staff.patch(f"/api/users/{user.pk}", {"is_staff": True, "is_superuser": True}, format="json")
    user.refresh_from_db()
    assert not user.is_superuser
