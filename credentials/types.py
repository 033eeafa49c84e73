"""What a credential type says of itself: its fields, how it enters a request, how it is tried, its OAuth server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class CredentialField:
    """A field of the form. A `managed` one is written by a log-in elsewhere and stands in no form."""

    name: str
    label: str
    secret: bool = False
    required: bool = True
    help: str = ""
    options: tuple[str, ...] = ()
    default: str | None = None
    placeholder: str = ""
    managed: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": "select" if self.options else "string",
            "label": self.label,
            "required": self.required,
            "default": self.default,
            "options": [{"value": value, "label": value.replace("_", " ")} for value in self.options],
            "placeholder": self.placeholder,
            "help": self.help,
            "group": "main" if self.required or self.secret else "advanced",
            "show_if": None,
            "expression": False,
            "language": None,
            "secret": self.secret,
        }


@dataclass(frozen=True, slots=True)
class Place:
    """Where a credential goes in an HTTP request. `{field}` in both texts stands for a field's value."""

    part: Literal["header", "query", "basic"]
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class LiveTest:
    """A harmless call that only a valid credential gets an answer to; `ok_field` of the answer must be true."""

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    ok_field: str = ""


@dataclass(frozen=True, slots=True)
class OAuthSettings:
    """An OAuth server. Empty URLs are the credential's own fields; the client may be the installation's."""

    authorize_url: str = ""
    token_url: str = ""
    scopes: tuple[str, ...] = ()
    pkce: bool = True
    client_auth: Literal["body", "basic"] = "body"
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    client: str = ""  # whose client id and secret the installation may have: `<CLIENT>_CLIENT_ID` …


@dataclass(frozen=True, slots=True)
class CredentialType:
    slug: str
    label: str
    auth_method: Literal["api_key", "oauth2", "basic", "bearer", "custom"]
    fields: tuple[CredentialField, ...]
    icon: str = "key"
    docs: str = ""
    places: tuple[Place, ...] = ()
    hosts: tuple[str, ...] = ()  # the only ones an HTTP request may take it to; none: those in `allowed_hosts`, or any
    test: LiveTest | None = None
    oauth: OAuthSettings | None = None

    @property
    def secrets(self) -> frozenset[str]:
        return frozenset(each.name for each in self.fields if each.secret)
