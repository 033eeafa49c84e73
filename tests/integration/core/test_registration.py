"""Who may open an account: everybody, who was invited, nobody; and the first one of an installation."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.accounts import google, registration
from core.ids import new_id
from core.models import Collaborator, OAuthState, User
from tests.conftest import PASSWORD
from workflow_backend.lifespan import _tell_setup_link

pytestmark = pytest.mark.django_db
BASE = "http://127.0.0.1:8000"


def register(email: str, **more: Any) -> Any:
    body = {"email": email, "password": PASSWORD, **more}
    return APIClient().post("/api/auth/register/", body, format="json")


def invited(by: User, email: str, **fields: Any) -> Collaborator:
    now = timezone.now()
    given = {"role": "viewer", "invited_by_id": by.pk, "created_at": now, "mailed_at": now, **fields}
    return Collaborator.objects.create(workflow_id=new_id(), email=email, **given)


@pytest.mark.parametrize("mode", ["open", "invite", "closed"])
def test_who_may_register(settings: Any, user: User, mode: str) -> None:
    settings.REGISTRATION = mode
    invited(user, "asked@example.org")

    stranger, asked = register("stranger@example.org"), register("Asked@example.org")

    assert stranger.status_code == (201 if mode == "open" else 403)
    assert asked.status_code == (403 if mode == "closed" else 201)
    if mode != "open":
        assert (stranger.json()["code"], stranger.json()["registration"]) == ("registration_closed", mode)
        assert not User.objects.filter(email="stranger@example.org").exists()
    told = APIClient().get("/api/auth/options/").json()
    assert (told["registration"], told["registration_mode"]) == (mode != "closed", mode)


def test_an_invitation_counts_while_it_is_open_and_who_wrote_it_is_here(
    settings: Any, make_user: Callable[..., User]
) -> None:
    settings.REGISTRATION = "invite"
    now = timezone.now()
    invited(make_user(is_active=False), "one@example.org")
    invited(make_user(), "two@example.org", accepted_at=now)
    invited(make_user(), "three@example.org", role="")

    for name in ("one", "two", "three"):
        assert register(f"{name}@example.org").json()["code"] == "registration_closed"


def test_google_opens_no_account_that_a_form_would_not(settings: Any, user: User) -> None:
    settings.REGISTRATION = "invite"
    invited(user, "asked@example.org")

    with pytest.raises(registration.RegistrationClosed):
        google._joined("sub-1", "stranger@example.org", "", None)
    assert google._joined("sub-2", "asked@example.org", "", None)[1]


def test_staff_make_accounts_whatever_holds(
    settings: Any, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    settings.REGISTRATION = "closed"
    body = {"email": "new@example.org", "password": PASSWORD}
    assert as_user(make_user(is_staff=True)).post("/api/users/", body, format="json").status_code == 201


def token_of(link: str | None) -> str:
    assert link is not None
    return link.partition("#token=")[2]


def test_the_first_account_of_an_installation_is_staff(settings: Any) -> None:
    settings.REGISTRATION = "closed"
    written = io.StringIO()
    with redirect_stderr(written):
        _tell_setup_link()
    link = next(word for word in written.getvalue().split() if word.startswith("http"))
    assert "/app/register#token=" in link

    weak = register("first@example.org", setup=token_of(link), password="1234567890")
    assert (weak.status_code, User.objects.count()) == (400, 0)
    first = register("first@example.org", setup=token_of(link))

    assert (first.status_code, first.json()["user"]["is_staff"]) == (201, True)
    assert User.objects.get().is_superuser
    assert register("second@example.org", setup=token_of(link)).json()["code"] == "setup_link_invalid"
    again = io.StringIO()
    with redirect_stderr(again):
        _tell_setup_link()
    assert again.getvalue() == "", "there is staff now"


def test_a_setup_link_ends_with_its_day_and_with_the_first_staff(make_user: Callable[..., User]) -> None:
    now = timezone.now()
    late, other = (token_of(registration.setup_link(base_url=BASE, now=now)) for _ in range(2))
    forged = late[:-2] + ("aa" if late[-2:] != "aa" else "bb")
    OAuthState.objects.filter(digest__in=list(OAuthState.objects.values_list("digest", flat=True)[:1])).update(
        expires_at=now - timedelta(seconds=1)
    )
    outcomes = [register(f"a{at}@example.org", setup=one).status_code for at, one in enumerate((forged, late, other))]
    assert sorted(outcomes) == [201, 403, 403], "of the two links one is over"
    make_user(is_staff=True)
    assert registration.setup_link(base_url=BASE, now=now) is None
