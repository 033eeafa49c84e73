"""How a credential enters an HTTP request, and which hosts may be sent it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote

from core.http.requests import HttpAuth
from core.values.hosts import readable_parts
from credentials.types import CredentialType


class CredentialUnfit(Exception):
    """The credential does not belong into such a request; the message says why."""


def placed(kind: CredentialType, fields: Mapping[str, str]) -> HttpAuth:
    """Return a credential as parts of a request. Raises: CredentialUnfit."""
    headers: list[tuple[str, str]] = []
    query: list[tuple[str, str]] = []
    if not kind.places:
        raise CredentialUnfit(f"A credential of type {kind.slug} does not fit an HTTP request")
    for place in kind.places:
        name, value = filled(place.name, kind, fields), filled(place.value, kind, fields)
        if place.part == "basic":
            pair = base64.b64encode(f"{name}:{value}".encode()).decode()
            name, value = "Authorization", f"Basic {pair}"
        elif kind.slug == "ollama" and not fields.get("token"):
            continue
        if any(ord(char) < 32 for char in name + value) or not name:
            raise CredentialUnfit("The credential holds characters that a header cannot carry")
        (query if place.part == "query" else headers).append((name, value))
    return HttpAuth(tuple(headers), tuple(query), hosts_of(kind, fields))


def filled(text: str, kind: CredentialType, fields: Mapping[str, str], *, in_url: bool = False) -> str:
    """Return a text with the values of fields in place of `{field}`; in a URL all but addresses are quoted."""
    for each in kind.fields:
        value = fields.get(each.name) or each.default or ""
        if in_url and not each.name.endswith("url"):
            value = quote(value, safe=":")
        text = text.replace(f"{{{each.name}}}", value.rstrip("/") if each.name == "base_url" else value)
    return text


def hosts_of(kind: CredentialType, fields: Mapping[str, str]) -> tuple[str, ...]:
    """Return where a credential may be sent, in lower case, as `hosts.is_named` reads it; empty: anywhere."""
    if kind.hosts:
        return kind.hosts
    defaults = {each.name: each.default or "" for each in kind.fields}
    if "base_url" in defaults:
        parts = readable_parts(fields.get("base_url") or defaults["base_url"])
        return (f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower(),)
    return tuple(part.strip().lower() for part in fields.get("allowed_hosts", "").split(",") if part.strip())
