"""E-mail addresses: letters that only look alike are those of somebody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from core.models import OutboxRow, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
UNDOTTED, LONG_S, KELVIN = "\u0131", "\u017f", "\u212a"
ALIKE = [("mini@example.org", f"m{UNDOTTED}ni@example.org"), ("ross@example.org", f"ro{LONG_S}s@example.org")]


def named(make_user: Callable[..., User], email: str) -> User:
    user = make_user()
    User.objects.filter(pk=user.pk).update(email=email)
    user.refresh_from_db()
    return user


@pytest.mark.parametrize(("plain", "alike"), ALIKE, ids=["undotted i", "long s"])
def test_an_account_is_not_found_by_an_address_that_looks_alike(
    api: APIClient, make_user: Callable[..., User], plain: str, alike: str
) -> None:
    for has, asks in ((plain, alike), (alike, plain)):
        User.objects.filter(email__in=[plain, alike]).delete()
        user = named(make_user, has)
        assert User.objects.of_address(asks).first() is None
        assert User.objects.of_address(has.swapcase() if has.isascii() else has).first() == user
        login = APIClient().post("/api/auth/login/", {"email": asks, "password": PASSWORD}, format="json")
        assert login.status_code in (400, 401)
        asked = APIClient().post("/api/auth/password/forgot/", {"email": asks}, format="json")
        assert asked.status_code == (202 if asks.isascii() else asked.status_code)
        assert not OutboxRow.objects.filter(kind="password_reset", owner_id=user.pk).exists()


@pytest.mark.parametrize("letter", [UNDOTTED, LONG_S, KELVIN], ids=["undotted i", "long s", "Kelvin"])
def test_nobody_registers_with_letters_before_the_at_that_read_as_others(db: None, letter: str) -> None:
    body = {"email": f"a{letter}b@example.org", "password": PASSWORD}
    reply = APIClient().post("/api/auth/register/", body, format="json")
    assert (reply.status_code, [one["field"] for one in reply.json()["errors"]]) == (400, ["email"])
    assert User.objects.count() == 0
