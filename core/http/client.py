"""The guarded HTTP client: resolves once, connects to the address it checked, checks every redirect again."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import httpcore
import httpx

from core.fairness.loop_places import FairPlaces
from core.http import resolve as hosts
from core.http.pacing import Exchange, PacedStream, exchange
from core.http.requests import FRAMING, Request
from core.http.resolve import BlockedAddress, UnknownHost, checked_address
from core.http.unpacking import Damaged, TooMuch, pieces_of, unpacked

MOST_CONNECTIONS = 200
MOST_KEPT = 50  # idle connections; each one is looked at for each request
TAKES_BODY = frozenset({"POST", "PUT", "PATCH"})  # these say how long their body is, also that there is none
REDIRECTS = frozenset({301, 302, 303, 307, 308})
DROPPED_ON_NEW_ORIGIN = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key", "idempotency-key"})


class Unreachable(Exception):
    """No reply came."""


class NotConnected(Unreachable):
    """Nobody has taken the request."""


class TooManyRedirects(Unreachable):
    """It leads on and on: another try would, too."""


class ResponseTooLarge(Exception):
    """The reply is larger than allowed."""


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    url: str
    cookies: tuple[str, ...] = ()  # the values of Set-Cookie, each by itself


@dataclass(frozen=True, slots=True)
class Streamed:
    """A reply that is still coming: `pieces` of its body, unpacked, within the cap of its request.

    Reading them raises Unreachable, ResponseTooLarge.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes]


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens sockets to checked addresses only, and paces what they answer. TLS still verifies the name asked for."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._turns = FairPlaces(1)
        self._allowed = allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's interface)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            address = await checked_address(host, port, self._allowed)
        except UnknownHost as exc:
            raise httpcore.ConnectError(str(exc)) from exc
        stream = await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
        return PacedStream(stream, self._turns)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 (the signature is httpcore's)
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise BlockedAddress("Local sockets are not reachable")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def guarded_pool(allowed_hosts: Sequence[str], *, most: int, kept: int) -> httpcore.AsyncConnectionPool:
    """Return connections to checked addresses: at most so many, and so many idle ones kept."""
    return httpcore.AsyncConnectionPool(
        ssl_context=ssl.create_default_context(),
        max_connections=most,
        max_keepalive_connections=kept,
        keepalive_expiry=15,
        network_backend=_GuardedBackend(hosts.allowed_hosts(allowed_hosts)),
    )


class GuardedClient:
    """One per event loop. No environment proxies, no cookies, no redirects without a check."""

    def __init__(self, allowed_hosts: Sequence[str] = (), *, kept: int = MOST_KEPT) -> None:
        self.places = FairPlaces(MOST_CONNECTIONS)
        self._pool = guarded_pool(allowed_hosts, most=MOST_CONNECTIONS, kept=kept)

    async def send(self, request: Request) -> Response:
        """Send a request, when it is its owner's turn, and read the reply.

        Raises: BlockedAddress, Unreachable, ResponseTooLarge.
        """
        async with self.places.place(request.owner):
            return await self._sent(request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[Streamed]:
        """Send a request, when it is its owner's turn, and hand its reply on while it comes; no redirect is followed.

        Its time limit holds for each wait; what it takes in all is for the caller to limit. Raises: BlockedAddress,
        Unreachable.
        """
        async with self.places.place(request.owner):
            with _as_ours(request):
                reply = await self._begun(request.method, request.url, request.headers, request.body, request)
            try:
                headers = _by_name(reply.headers)
                yield Streamed(reply.status, _reason(reply), headers, _pieces(reply, headers, request))
            finally:
                await reply.aclose()

    async def _sent(self, request: Request) -> Response:
        try:
            with _as_ours(request):
                async with asyncio.timeout(request.timeout_s):
                    return await self._follow(request)
        except TimeoutError as exc:
            raise Unreachable(f"{_host(request.url)} did not answer in {request.timeout_s:g} s") from exc

    async def _follow(self, request: Request) -> Response:
        method, url, headers, body = request.method, request.url, list(request.headers), request.body
        for hop in range(request.max_redirects + 1):
            response = await self._once(method, url, headers, body, request)
            location = response.headers.get("location")
            if response.status not in REDIRECTS or not location or not request.max_redirects:
                return response
            if hop == request.max_redirects:
                times = "once" if hop == 1 else f"{hop} times"
                raise TooManyRedirects(f"{_host(request.url)} redirected more than {times}")
            target = _joined(url, location)
            if _origin(target) != _origin(url):
                dropped = DROPPED_ON_NEW_ORIGIN | request.private_headers
                headers = [pair for pair in headers if pair[0].lower() not in dropped]
            if response.status == 303 or (response.status in (301, 302) and method == "POST"):
                method, body = "GET", None
                headers = [pair for pair in headers if pair[0].lower() not in ("content-type", "content-length")]
            url = target
        return response

    async def _once(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes | None, limits: Request
    ) -> Response:
        reply = await self._begun(method, url, headers, body, limits)
        try:
            return await _read(reply, url, limits)
        finally:
            await reply.aclose()

    async def _begun(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes | None, limits: Request
    ) -> httpcore.Response:
        """Send one request; returns its reply as soon as its head is there. Whoever gets it closes it."""
        parsed = _parsed(url)
        wire = [(b"Host", parsed.netloc)]
        wire += [
            (name.encode("latin-1"), value.encode("utf-8")) for name, value in headers if name.lower() not in FRAMING
        ]
        names = {name.lower() for name, _ in headers}
        wire += [(b"Accept", b"*/*")] if "accept" not in names else []
        wire += [(b"Accept-Encoding", b"gzip, deflate")] if "accept-encoding" not in names else []
        wire += [(b"User-Agent", b"Heddle")] if "user-agent" not in names else []
        if body is not None or method in TAKES_BODY:
            body = body or b""
            wire.append((b"Content-Length", str(len(body)).encode()))
        request = httpcore.Request(
            method.encode(),
            httpcore.URL(scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path),
            headers=wire,
            content=body,
            extensions={
                "timeout": {"connect": 10.0, "read": limits.timeout_s, "write": limits.timeout_s, "pool": 10.0}
            },
        )
        current = Exchange(limits.owner)
        exchange.set(current)
        reply = await self._pool.handle_async_request(request)
        current.is_head = False
        return reply

    async def close(self) -> None:
        await self._pool.aclose()


@contextmanager
def _as_ours(request: Request) -> Iterator[None]:
    """Raise what goes wrong on the way as Unreachable; TimeoutError stays what it is."""
    try:
        yield
    except TimeoutError:
        raise
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
        raise NotConnected(f"{_host(request.url)} cannot be reached: {str(exc) or type(exc).__name__}") from exc
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as exc:
        raise Unreachable(f"{_host(request.url)} cannot be reached: {str(exc) or type(exc).__name__}") from exc


async def _pieces(reply: httpcore.Response, headers: Mapping[str, str], request: Request) -> AsyncIterator[bytes]:
    """Yield the body of a reply. Raises: Unreachable, ResponseTooLarge."""
    try:
        with _as_ours(request):
            packing = headers.get("content-encoding", "")
            async for piece in pieces_of(reply.aiter_stream(), packing, request.max_bytes):
                yield piece
    except TooMuch as exc:
        raise ResponseTooLarge(f"The reply of {_host(request.url)} is larger than {request.max_bytes} bytes") from exc
    except Damaged as exc:
        raise Unreachable(f"{_host(request.url)} sent a body that cannot be decompressed") from exc


def _reason(reply: httpcore.Response) -> str:
    reason = reply.extensions.get("reason_phrase", b"")
    return reason.decode("latin-1") if isinstance(reason, bytes) else ""


async def _read(reply: httpcore.Response, url: str, limits: Request) -> Response:
    """Read and decompress within the cap, so that a small bomb is stopped while it unfolds."""
    headers = _by_name(reply.headers)
    try:
        packing = headers.get("content-encoding", "")
        body = await unpacked(reply.aiter_stream(), packing, limits.max_bytes, limits.arriving)
    except TooMuch as exc:
        raise ResponseTooLarge(f"The reply of {_host(url)} is larger than {limits.max_bytes} bytes") from exc
    except Damaged as exc:
        raise Unreachable(f"{_host(url)} sent a body that cannot be decompressed") from exc
    return Response(
        reply.status,
        _reason(reply),
        headers,
        body,
        url,
        tuple(_text(value) for name, value in reply.headers if name.lower() == b"set-cookie"),
    )


def _by_name(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by their names in lower case; values of one name are joined. Linear in their number."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(_text(name).lower(), []).append(_text(value))
    return {name: ", ".join(several) for name, several in values.items()}


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as exc:
        raise Unreachable(f"{_host(url)} leads to an address that cannot be read") from exc


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, ValueError) as exc:
        reason = "" if "@" in url else f": {exc}"  # it may hold a password
        raise BlockedAddress(f"The URL cannot be read{reason}") from exc
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise BlockedAddress("The URL must begin with http:// or https://")
    if parsed.userinfo:
        raise BlockedAddress("A URL with a user name in it is refused; use a credential")
    return parsed


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host or "the host"
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return "the host"


def _origin(url: str) -> tuple[str, str, int | None]:
    parsed = _parsed(url)
    return parsed.scheme, parsed.host, parsed.port
