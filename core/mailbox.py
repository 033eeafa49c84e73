"""Reading a mailbox over IMAP, at an address that was checked before. Blocking: for a thread."""

from __future__ import annotations

import imaplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from imap_tools import BaseMailBox, MailMessage, MailMessageFlags
from imap_tools.errors import ImapToolsError

TIMEOUT_S = 30
PORTS = {"ssl": 993, "starttls": 143, "none": 143}


class MailboxFailed(Exception):
    """The mailbox could not be opened or read."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where a mailbox is. `address` is what is connected to, `host` the name that TLS checks."""

    host: str
    port: int
    address: str
    username: str
    password: str
    security: str = "ssl"  # or starttls, none


def where(fields: Mapping[str, str]) -> tuple[str, int]:
    """Return the host and port of an `imap` credential. Raises: ValueError."""
    text = fields.get("port") or str(PORTS.get(fields.get("security") or "ssl", 993))
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise ValueError("The port is no number")
    return fields["host"], int(text)


def server_of(fields: Mapping[str, str], address: str) -> MailServer:
    """Return the server of an `imap` credential, at an address that was checked."""
    host, port = where(fields)
    return MailServer(host, port, address, fields["username"], fields["password"], fields.get("security") or "ssl")


@dataclass(frozen=True, slots=True)
class Folder:
    """How a folder stands: UIDs count up, as long as `uidvalidity` stays."""

    uidvalidity: int
    uidnext: int


class _Pinned(imaplib.IMAP4):
    def __init__(self, server: MailServer) -> None:
        self._server = server
        super().__init__(server.host, server.port, TIMEOUT_S)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return socket.create_connection((self._server.address, self._server.port), timeout)


class _PinnedTls(_Pinned):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = super()._create_socket(timeout)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self._server.host)


class RawMail:
    """A message as it came: reading it is work on a stranger's data, and for somebody else."""

    def __init__(self, fetched: Any) -> None:
        shell = MailMessage.__new__(MailMessage)
        self.raw, shell._raw_uid_data, shell._raw_flag_data = MailMessage._get_message_data_parts(fetched)
        self.uid = int(shell.uid or 0)


class _Box(BaseMailBox):
    """The library's mailbox, on our connection."""

    email_message_class: Any = RawMail

    def __init__(self, server: MailServer) -> None:
        self._server = server
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = _PinnedTls(self._server) if self._server.security == "ssl" else _Pinned(self._server)
        if self._server.security == "starttls":
            client.starttls(ssl.create_default_context())
        return client


class Mailbox:
    """One folder of an open mailbox."""

    def __init__(self, box: Any, folder: str) -> None:
        self._box = box
        status = box.folder.status(folder, ["UIDVALIDITY", "UIDNEXT"])
        self.state = Folder(int(status["UIDVALIDITY"]), int(status["UIDNEXT"]))

    def after(self, uid: int, most: int) -> list[RawMail]:
        """Return the messages with a higher UID, in order."""
        uids = sorted(int(found) for found in self._box.uids(f"UID {uid + 1}:*") if int(found) > uid)
        if not uids:
            return []
        wanted = ",".join(map(str, uids[:most]))
        return sorted(self._box.fetch(f"UID {wanted}", mark_seen=False, bulk=True), key=lambda mail: mail.uid)

    def newest(self, most: int) -> list[RawMail]:
        """Return the newest messages, the newest first."""
        return list(self._box.fetch("ALL", mark_seen=False, limit=most, reverse=True, bulk=True))

    def mark_seen(self, uids: list[str]) -> None:
        self._box.flag(uids, [MailMessageFlags.SEEN], True)


@contextmanager
def opened(server: MailServer, folder: str) -> Iterator[Mailbox]:
    """Log in and choose a folder. Raises: MailboxFailed, here and inside."""
    try:
        box = _Box(server)
        try:
            with box.login(server.username, server.password, initial_folder=folder):
                yield Mailbox(box, folder)
        finally:
            with suppress(OSError):  # a refused log-in leaves the connection open, a log-out closes it
                box.client.shutdown()
    except (ImapToolsError, imaplib.IMAP4.error, OSError, ssl.SSLError) as exc:
        raise MailboxFailed(str(exc)[:300] or type(exc).__name__) from exc
