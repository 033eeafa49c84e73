"""Sending mails of users through servers of their own, at an address that was checked before."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage

from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

PORTS = {"ssl": 465, "starttls": 587, "none": 25}
SESSION_S = 50.0  # from the first packet until the server has taken the mail
TEMPORARY = range(400, 500)  # what a server may take later


class NotSent(Exception):
    """The server took the mail for nobody. `retryable`: it may do so later; `code`: what SMTP calls it, 0 for none."""

    def __init__(self, message: str, *, retryable: bool, code: int = 0) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.code = code


@dataclass(frozen=True, slots=True)
class OutgoingServer:
    """Where mails are given to. `address` is what is connected to, `host` the name that TLS checks."""

    host: str
    port: int
    address: str
    security: str  # ssl, starttls or none
    username: str = ""
    password: str = ""


def where(fields: Mapping[str, str]) -> tuple[str, int]:
    """Return the host and port of an `smtp` credential. Raises: ValueError."""
    text = fields.get("port") or str(PORTS[security_of(fields)])
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise ValueError("The port is no number")
    return fields["host"].strip(), int(text)


def security_of(fields: Mapping[str, str]) -> str:
    """Return how an `smtp` credential is protected on its way. Raises: ValueError."""
    security = fields.get("security") or "starttls"
    if security not in PORTS:
        raise ValueError(f"The security is one of {', '.join(PORTS)}")
    return security


def server_of(fields: Mapping[str, str], address: str) -> OutgoingServer:
    """Return the server of an `smtp` credential, at an address that was checked. Raises: ValueError."""
    host, port = where(fields)
    username, password = fields.get("username") or "", fields.get("password") or ""
    return OutgoingServer(host, port, address, security_of(fields), username, password)


async def send(server: OutgoingServer, message: EmailMessage, sender: str, recipients: Sequence[str]) -> dict[str, str]:
    """Give a mail to a server; return whom it refused, by address, with its words. Raises: NotSent."""
    async with _Session(server) as client:
        refused, _ = await client.send_message(message, sender=sender, recipients=list(recipients))
    return {address: f"{answer.code} {answer.message}"[:300] for address, answer in refused.items()}


async def log_in(server: OutgoingServer) -> None:
    """Find out whether a server is there and takes the log-in. Raises: NotSent."""
    async with _Session(server):
        pass


class _Session:
    """A log-in at a server that ends in time; SMTP's ways to fail become one."""

    def __init__(self, server: OutgoingServer) -> None:
        self._server = server
        self._client: SMTP | None = None
        self._time = asyncio.timeout(SESSION_S)

    async def __aenter__(self) -> SMTP:
        await self._time.__aenter__()
        try:
            return await self._opened()
        except BaseException as exc:
            await self.__aexit__(type(exc), exc, exc.__traceback__)
            raise

    async def _opened(self) -> SMTP:
        server = self._server
        line = socket.socket(socket.AF_INET6 if ":" in server.address else socket.AF_INET)
        line.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(line, (server.address, server.port))
        except BaseException:
            line.close()
            raise
        self._client = SMTP(
            hostname=server.host, sock=line, timeout=SESSION_S, use_tls=server.security == "ssl",
            start_tls=server.security == "starttls", tls_context=ssl.create_default_context(),
            username=server.username or None, password=server.password or None, local_hostname="localhost",
        )  # fmt: skip
        await self._client.connect()
        return self._client

    async def __aexit__(self, kind: type[BaseException] | None, exc: BaseException | None, trace: object) -> None:
        if self._client is not None:
            if exc is None:
                with suppress(SMTPException, OSError, TimeoutError):  # what was taken is taken
                    await self._client.quit(timeout=2)
            self._client.close()
        try:
            await self._time.__aexit__(kind, exc, None)
        except TimeoutError as late:
            raise NotSent(f"The server did not answer in {SESSION_S:g} s", retryable=True) from late
        if isinstance(exc, SMTPException | OSError | ValueError):
            raise _told(exc) from exc


def _told(exc: Exception) -> NotSent:
    if isinstance(exc, SMTPRecipientsRefused):
        codes = [one.code for one in exc.recipients]
        words = "; ".join(f"{one.recipient}: {one.code} {one.message}" for one in exc.recipients)
        return NotSent(words[:1000], retryable=all(code in TEMPORARY for code in codes), code=codes[0] if codes else 0)
    if isinstance(exc, SMTPResponseException):
        return NotSent(f"{exc.code} {exc.message}"[:1000], retryable=exc.code in TEMPORARY, code=exc.code)
    lost = isinstance(exc, OSError | SMTPException) and not isinstance(exc, ssl.SSLCertVerificationError)
    return NotSent(str(exc)[:1000] or type(exc).__name__, retryable=lost)
