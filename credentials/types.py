"""Credential types, declared in code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CredentialField:
    name: str
    label: str
    secret: bool = False
    required: bool = True
    help: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "type": "string",
            "label": self.label,
            "required": self.required,
            "default": None,
            "options": [],
            "placeholder": "",
            "help": self.help,
            "group": "main",
            "show_if": None,
            "expression": False,
            "language": None,
            "secret": self.secret,
        }


@dataclass(frozen=True, slots=True)
class CredentialType:
    slug: str
    label: str
    auth_method: str
    fields: tuple[CredentialField, ...]
    icon: str = "key"
    docs: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "slug": self.slug,
            "label": self.label,
            "icon": self.icon,
            "auth_method": self.auth_method,
            "fields": [field.as_dict() for field in self.fields],
            "oauth": None,
            "docs": self.docs,
        }


TYPES = {
    kind.slug: kind
    for kind in (
        CredentialType(
            "http_basic",
            "HTTP Basic",
            "basic",
            (CredentialField("username", "User name"), CredentialField("password", "Password", secret=True)),
            docs="Sent as `Authorization: Basic …`; for a webhook, what a caller must send.",
        ),
        CredentialType(
            "http_bearer",
            "HTTP Bearer token",
            "bearer",
            (CredentialField("token", "Token", secret=True),),
            docs="Sent as `Authorization: Bearer …`.",
        ),
        CredentialType(
            "http_header",
            "HTTP header",
            "api_key",
            (CredentialField("name", "Header name"), CredentialField("value", "Value", secret=True)),
            docs="One header with a secret value, such as `X-Api-Key`.",
        ),
        CredentialType(
            "http_query",
            "HTTP query parameter",
            "api_key",
            (CredentialField("name", "Parameter name"), CredentialField("value", "Value", secret=True)),
            docs="One query parameter with a secret value.",
        ),
        CredentialType(
            "hmac",
            "HMAC signature",
            "custom",
            (CredentialField("secret", "Shared secret", secret=True),),
            docs="A webhook's body must carry `X-Signature-256` or `X-Hub-Signature-256`: `sha256=<hex "
            "HMAC of the body>`.",
        ),
        CredentialType(
            "imap",
            "IMAP mailbox",
            "basic",
            (
                CredentialField("host", "Server"),
                CredentialField("username", "User name"),
                CredentialField("password", "Password", secret=True, help="Often one made for this app alone."),
                CredentialField("port", "Port", required=False, help="993, or 143 without SSL."),
                CredentialField("security", "Security", required=False, help="ssl, starttls or none"),
            ),
            icon="mail",
            docs="A mailbox that is read over IMAP.",
        ),
    )
}
