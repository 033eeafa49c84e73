"""People who share workflows, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rest_framework.test import APIClient

from core.models import User
from tests.builders import chain, node

O = "/api/orchestrator/"  # noqa: E741 (as in the table of permissions)


@dataclass
class Person:
    user: User
    api: APIClient


def made(owner: Person, name: str = "Orders", document: dict[str, Any] | None = None) -> str:
    body = {"name": name, **(document or chain(node("x")))}
    return str(owner.api.post(f"{O}workflows/", body, format="json").json()["id"])


def invited(owner: Person, workflow_id: str, email: str, role: str = "viewer") -> dict[str, Any]:
    reply = owner.api.post(f"{O}workflows/{workflow_id}/collaborators/", {"email": email, "role": role}, format="json")
    assert reply.status_code in (200, 201), reply.json()
    return dict(reply.json())


def joined(owner: Person, workflow_id: str, guest: Person, role: str) -> str:
    """Share a workflow with somebody who accepts; returns the collaborator's id."""
    row = invited(owner, workflow_id, guest.user.email, role)
    assert guest.api.post(f"{O}invitations/{row['id']}/accept/").status_code == 200
    return str(row["id"])
