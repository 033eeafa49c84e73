"""Credential types in their wire form."""

from __future__ import annotations

from typing import Any

from credentials.oauth import is_configured
from credentials.types import CredentialType


def presented(kind: CredentialType) -> dict[str, Any]:
    oauth = kind.oauth
    return {
        "slug": kind.slug,
        "label": kind.label,
        "icon": kind.icon,
        "auth_method": kind.auth_method,
        "fields": [field.as_dict() for field in kind.fields if not field.managed],
        "oauth": None
        if oauth is None
        else {"scopes": list(oauth.scopes), "pkce": oauth.pkce, "configured": is_configured(oauth)},
        "docs": kind.docs,
    }
