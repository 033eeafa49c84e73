"""Requests to other services, made of parts: all that call one make their request by `request_of`."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})  # methods that change nothing
# How a message is framed, and where it goes, is said by us alone: with two lengths it would be read in two ways.
FRAMING = frozenset({
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
    "proxy-connection", "proxy-authorization", "http2-settings",
})  # fmt: skip
MOST_REDIRECTS = 10
MOST_BYTES = 32 * 1024 * 1024
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class HttpAuth:
    """A credential as parts of a request. `hosts`: where alone it may go (`hosts.is_named`); empty: anywhere."""

    headers: tuple[Pair, ...] = ()
    query: tuple[Pair, ...] = ()
    hosts: tuple[str, ...] = ()


NO_AUTH = HttpAuth()


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP call. Headers keep their order; `body` is what goes over the wire."""

    method: str
    url: str
    headers: Sequence[Pair] = ()
    body: bytes | None = None
    timeout_s: float = 30
    max_redirects: int = MOST_REDIRECTS  # 0: none is followed
    max_bytes: int = MOST_BYTES  # of the reply
    private_headers: frozenset[str] = frozenset()  # lower-case names: a redirect to another origin drops them
    owner: Hashable = None  # for whom: owners share the connections
    arriving: Callable[[int], None] | None = None  # told of the bytes of a reply as they come


def request_of(
    method: str,
    url: str,
    *,
    headers: Iterable[Pair] = (),
    body: bytes | None = None,
    content_type: str = "",
    idempotency_key: str = "",
    auth: HttpAuth = NO_AUTH,
    timeout_s: float = 30,
    max_redirects: int = MOST_REDIRECTS,
    max_bytes: int = MOST_BYTES,
) -> Request:
    """Return a request. Headers that are named win over those made of other parts, those of `auth` over all.

    A key goes with calls that change something. What `auth` adds is dropped on the way to another origin.
    """
    sent = list(headers)
    named = {name.lower() for name, _ in sent}
    if content_type and "content-type" not in named:
        sent.append(("Content-Type", content_type))
    if idempotency_key and method not in SAFE and "idempotency-key" not in named:
        sent.append(("Idempotency-Key", idempotency_key))
    private = frozenset(name.lower() for name, _ in auth.headers)
    sent = [*(pair for pair in sent if pair[0].lower() not in private), *auth.headers]
    return Request(method, with_query(url, auth.query), tuple(sent), body, timeout_s, max_redirects, max_bytes, private)


def with_query(url: str, query: Sequence[Pair]) -> str:
    """Return a URL with parameters added."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url
