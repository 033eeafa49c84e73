"""Credentials: kept sealed, never shown, used in the owner's name only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from rest_framework.test import APIClient

from core.models import User
from credentials import vault
from credentials.models import Credential

pytestmark = pytest.mark.django_db
CANARY = "canary-5b1f"


def make(api: APIClient, **changes: object) -> dict[str, object]:
    body = {"name": "Basic", "type": "http_basic", "data": {"username": "ann", "password": CANARY}, **changes}
    return dict(api.post("/api/credentials/", body, format="json").json())


def test_a_secret_is_never_returned_and_lies_sealed(api: APIClient, user: User) -> None:
    made = make(api)

    assert (made["data"], made["secrets_set"]) == ({"username": "ann"}, ["password"])
    for path in ("/api/credentials/", f"/api/credentials/{made['id']}/"):
        assert CANARY not in api.get(path).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT c::text FROM credentials_credential c")
        assert CANARY not in cursor.fetchone()[0]
    revealed = vault.reveal(owner_id=user.pk, credential_id=str(made["id"]))
    assert revealed.fields == {"username": "ann", "password": CANARY}
    assert CANARY not in repr(revealed)


def test_a_sealed_value_copied_to_another_row_does_not_open(api: APIClient, user: User) -> None:
    first, second = make(api), make(api, name="Other", data={"username": "x", "password": "y"})
    row = Credential.objects.get(pk=str(second["id"]))
    row.sealed = Credential.objects.get(pk=str(first["id"])).sealed
    row.save()

    with pytest.raises(vault.CredentialMissing):
        vault.reveal(owner_id=user.pk, credential_id=str(second["id"]))


def test_given_fields_replace_others_stay_and_null_clears(api: APIClient, user: User) -> None:
    made = make(api)
    path = f"/api/credentials/{made['id']}/"

    changed = api.patch(path, {"data": {"username": "bob"}}, format="json").json()
    refused = api.patch(path, {"data": {"password": None}}, format="json")

    assert (changed["data"], changed["secrets_set"]) == ({"username": "bob"}, ["password"])
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "data.password")
    assert vault.reveal(owner_id=user.pk, credential_id=str(made["id"])).fields["password"] == CANARY


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"type": "nope"}, "type"), ({"data": {"username": "a"}}, "data.password"),
     ({"data": {"username": "a", "password": "b", "x": "c"}}, "data.x"), ({"data": {"username": 1, "password": "b"}}, "data.username")],
)  # fmt: skip
def test_bad_fields_are_named(api: APIClient, changes: dict[str, object], field: str) -> None:
    answer = make(api, **changes)

    assert answer["code"] == "validation_error"
    assert field in {error["field"] for error in answer["errors"]}  # type: ignore[attr-defined]
    assert not Credential.objects.exists()


def test_somebody_elses_credential_is_not_there(
    api: APIClient, make_user: Callable[..., User], as_user: Callable[[User], APIClient]
) -> None:
    made = make(api)
    other = as_user(make_user())
    path = f"/api/credentials/{made['id']}/"

    for reply in (
        other.get(path),
        other.patch(path, {}, format="json"),
        other.delete(path),
        other.get(f"{path}usage/"),
    ):
        assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
    assert other.get("/api/credentials/").json()["count"] == 0


def test_types_are_listed(api: APIClient) -> None:
    listed = api.get("/api/credentials/types/").json()

    slugs = {kind["slug"] for kind in listed["results"]}
    assert slugs >= {"http_basic", "http_bearer", "http_header", "http_query", "hmac", "oauth2", "imap", "openai"}
    google = api.get("/api/credentials/types/google_oauth2/").json()
    assert (google["auth_method"], google["oauth"]["pkce"], google["oauth"]["configured"]) == ("oauth2", True, False)
    assert not {"access_token", "refresh_token"} & {field["name"] for field in google["fields"]}
    assert api.get("/api/credentials/types/http_basic/").json()["fields"][1]["secret"] is True
    assert api.get("/api/credentials/types/nope/").status_code == 404
