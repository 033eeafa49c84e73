"""The models that a provider itself lists, asked with a credential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.errors import Invalid
from core.http.client import ResponseTooLarge, Unreachable
from core.http.once import ConnectionFailed, send
from core.http.requests import request_of
from core.http.resolve import BlockedAddress
from core.json import NotStorable, loads
from credentials import vault
from credentials.catalogue import TYPES
from credentials.placing import placed
from inference.models import choosing
from nodes.base import NodeFailed
from nodes.language_models import PROVIDERS

MOST_MODELS = 2_000
MOST_BYTES = 8 * 2**20
TIMEOUT_S = 15.0
_PATHS = {"ollama": "/api/tags"}


def listed(*, actor_id: UUID, credential_id: str) -> tuple[str, list[str]]:
    """Return (provider, names of its models) of a credential. Raises: CredentialMissing, Invalid, ConnectionFailed."""
    secret = vault.reveal(owner_id=actor_id, credential_id=credential_id)
    if secret.type not in PROVIDERS:
        raise Invalid("It is no credential of a provider of models.", field="refresh", reason="invalid")
    try:
        address = choosing.address_of(secret.type, secret.fields.get("base_url")).rstrip("/")
    except NodeFailed as exc:
        raise Invalid(exc.message, field="refresh", reason="invalid") from exc
    request = request_of(
        "GET", f"{address}{_PATHS.get(secret.type, '/models')}", auth=placed(TYPES[secret.type], secret.fields),
        timeout_s=TIMEOUT_S, max_redirects=0, max_bytes=MOST_BYTES,
    )  # fmt: skip
    try:
        reply = send(request)
        value = loads(reply.body) if reply.status == 200 else None
    except (BlockedAddress, Unreachable, ResponseTooLarge, NotStorable) as exc:
        raise ConnectionFailed(f"The provider's list cannot be read: {exc}") from exc
    if not isinstance(value, Mapping):
        raise ConnectionFailed(f"The provider answered {reply.status} and no list of models")
    return secret.type, _names(value)


def _names(value: Mapping[str, Any]) -> list[str]:
    entries = value.get("data") or value.get("models") or []
    found = [entry.get("id") or entry.get("name") for entry in entries if isinstance(entry, Mapping)]
    names = {name.removeprefix("models/") for name in found if isinstance(name, str) and 0 < len(name) <= 200}
    return sorted(names)[:MOST_MODELS]
