"""Credentials as parts of an HTTP request."""

from __future__ import annotations

import base64
from urllib.parse import urlencode

from nodes.base import NodeFailed

TYPES = ("http_basic", "http_bearer", "http_header", "http_query")


def applied(
    kind: str, fields: dict[str, str], url: str, headers: list[tuple[str, str]]
) -> tuple[str, list[tuple[str, str]]]:
    """Return (url, headers) with the credential in them. Raises: NodeFailed "credential_invalid"."""
    if kind == "http_basic":
        pair = base64.b64encode(f"{fields.get('username', '')}:{fields.get('password', '')}".encode()).decode()
        return url, _with(headers, "Authorization", f"Basic {pair}")
    if kind == "http_bearer":
        return url, _with(headers, "Authorization", f"Bearer {fields.get('token', '')}")
    if kind == "http_header":
        return url, _with(headers, fields.get("name", ""), fields.get("value", ""))
    if kind == "http_query":
        mark = "&" if "?" in url else "?"
        return f"{url}{mark}{urlencode({fields.get('name', ''): fields.get('value', '')})}", headers
    raise NodeFailed("credential_invalid", f"A credential of type {kind} does not fit an HTTP request")


def _with(headers: list[tuple[str, str]], name: str, value: str) -> list[tuple[str, str]]:
    if any(ord(char) < 32 for char in name + value) or not name:
        raise NodeFailed("credential_invalid", "The credential holds characters that a header cannot carry")
    return [*(pair for pair in headers if pair[0].lower() != name.lower()), (name, value)]
