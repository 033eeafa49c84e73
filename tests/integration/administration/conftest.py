"""Who signs in to the administration site, and how."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from core.accounts import people
from core.models import User
from tests.conftest import PASSWORD

LOGIN = "/admin/login/"
CSRF = "heddle_admin_csrf"


def sign_in(user: User, client: Client | None = None, **given: Any) -> tuple[Client, Any]:
    """Send the form of the log-in as a browser does; returns the browser and the answer."""
    browser = client or Client(enforce_csrf_checks=True)
    browser.get(LOGIN)
    form = {"username": user.email, "password": PASSWORD, "otp": "", "next": "/admin/", **given}
    return browser, send(browser, LOGIN, form)


def send(browser: Client, url: str, form: dict[str, Any], **more: Any) -> Any:
    """Send a form with the token that its page has."""
    return browser.post(url, {**form, "csrfmiddlewaretoken": browser.cookies[CSRF].value}, **more)


def is_in(browser: Client) -> bool:
    return browser.get("/admin/").status_code == 200


@pytest.fixture
def superuser(db: None) -> User:
    """Somebody whose tries at the log-in nobody counted before."""
    return people.register(email=f"{uuid4().hex}@example.org", password=PASSWORD, is_staff=True, is_superuser=True)


@pytest.fixture
def browser(superuser: User) -> Client:
    """A browser in which a superuser has signed in."""
    client, answer = sign_in(superuser)
    assert answer.status_code == 302
    return client


@pytest.fixture
def stranger() -> Client:
    """A browser in a network nobody had before."""
    address = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"
    return Client(enforce_csrf_checks=True, REMOTE_ADDR=address)
