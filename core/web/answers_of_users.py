"""What a workflow answers comes from the address of the editor: it may neither run there, nor send forms.

A browser believes the type and the headers of an answer. So headers pass by an allow-list, a type that is not surely
JSON or plain text is shown in a sandbox of its own, and a redirect leads to an address that can be read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http.cookies import Morsel
from urllib.parse import urlsplit

SANDBOX = "sandbox; default-src 'none'; form-action 'none'"
NO_TYPE = "application/octet-stream"
# Exactly these: browsers read odd spellings, several types and further parameters each in their own way.
PLAIN = re.compile(r"(?:application/json|application/problem\+json|text/plain)(?:; ?charset=[A-Za-z0-9_-]{1,40})?")
READABLE = re.compile(
    r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?: *; *[A-Za-z0-9_.-]+=(?:\"[^\"\\\r\n,]*\"|[^\s\",;]+))*"
)
PASSED = frozenset({
    "allow", "cache-control", "content-disposition", "content-language", "content-type", "deprecation", "etag",
    "expires", "last-modified", "retry-after", "sunset", "vary", "access-control-allow-headers",
    "access-control-allow-methods", "access-control-allow-origin", "access-control-expose-headers",
    "access-control-max-age",
})  # fmt: skip
# Names of their own pass; these are read by browsers and by proxies, as the one that sends a file of the server's.
RESERVED = (
    "x-accel", "x-sendfile", "x-lighttpd", "x-litespeed", "x-frame", "x-content", "x-xss", "x-request", "x-permitted",
    "x-dns", "x-download", "x-ua", "x-webkit", "x-forwarded", "x-original", "x-rewrite", "x-real", "x-ratelimit",
    "x-sourcemap", "x-http", "x-csrf", "x-envoy", "x-amz", "x-proxy", "x-reproxy", "x-middleware", "x-nextjs",
)  # fmt: skip
NAME = re.compile(r"[A-Za-z0-9-]{1,100}")
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # of a cookie


def passed(headers: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return (the headers that an answer may have, the names of the others)."""
    kept = {name: value for name, value in headers.items() if _passes(name.lower())}
    return kept, [name for name in headers if name not in kept]


def cookie_of(given: str, path: str) -> Morsel[str] | None:
    """Return a cookie that an answer may set, or None. It is for what lies under `path` alone.

    Only where answers have a host of their own: on the editor's, it would be a cookie of the editor. And none for a
    domain: that could hold the editor, or what another tenant's workflow answers.
    """
    if not given.isascii() or not given.isprintable():
        return None
    pair, *attributes = [part.strip() for part in given.split(";")]
    name, equals, value = pair.partition("=")
    if not equals or not TOKEN.fullmatch(name.strip()) or name.strip().lower().startswith(("__host-", "heddle")):
        return None
    cookie: Morsel[str] = Morsel()
    cookie.set(name.strip(), value.strip(), value.strip())
    cookie["path"] = path
    for attribute in attributes:
        key, _, said = (part.strip() for part in attribute.partition("="))
        if key.lower() == "domain":
            return None
        if key.lower() == "path" and said.startswith(path):
            cookie["path"] = said
        elif key.lower() in ("expires", "max-age", "samesite"):
            cookie[key.lower()] = said
        elif key.lower() in ("secure", "httponly"):
            cookie[key.lower()] = True
    return cookie


def _passes(name: str) -> bool:
    if not NAME.fullmatch(name):
        return False
    return name in PASSED or (name.startswith("x-") and not name.startswith(RESERVED))


def readable_type(given: str) -> str:
    """Return a content type as it may be sent: one that is none is bytes."""
    text = " ".join(given.split())
    return text if READABLE.fullmatch(text) else NO_TYPE


def is_plain(content_type: str) -> bool:
    """Tell whether a browser shows this as mere text, however it reads it."""
    return PLAIN.fullmatch(content_type.lower()) is not None


def redirect_target(given: str) -> str | None:
    """Return an address that a redirect may name, or None: another site's, or a path of this one."""
    if not given.isprintable() or " " in given or "\\" in given:
        return None
    try:
        parts = urlsplit(given)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme in ("http", "https"):
        return given if host and "@" not in parts.netloc else None
    return given if not parts.scheme and given.startswith("/") and not given.startswith("//") else None
