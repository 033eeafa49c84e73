"""Reading a mailbox over IMAP, at an address that was checked before. Blocking: for a thread."""

from __future__ import annotations

import imaplib
import os
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from imap_tools import BaseMailBox, MailMessage, MailMessageFlags
from imap_tools.errors import ImapToolsError

TIMEOUT_S = 30  # for one answer's next bytes
SESSION_S = 50  # for all that is asked of a mailbox at a time
MOST_MAIL_BYTES = 32 * 2**20  # of the messages that are taken at a time, and so of one
MOST_SESSION_BYTES = 96 * 2**20  # whatever a server sends
PORTS = {"ssl": 993, "starttls": 143, "none": 143}


_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")


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


class _Watch:
    """Hangs up when the time is over, however a server spreads its bytes: whoever reads sees the connection end."""

    def __init__(self) -> None:
        self.is_late = False
        self._wire: socket.socket | None = None
        self._timer = threading.Timer(SESSION_S, self._over)
        self._timer.daemon = True

    def begin(self, connection: socket.socket) -> None:
        self._wire = socket.socket(fileno=os.dup(connection.fileno()))
        self._timer.start()

    def _over(self) -> None:
        self.is_late = True
        if self._wire is not None:
            with suppress(OSError):
                self._wire.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        self._timer.cancel()
        if self._wire is not None:
            self._wire.close()


class _Pinned(imaplib.IMAP4):
    def __init__(self, server: MailServer, watch: _Watch) -> None:
        self._server = server
        self._watch = watch
        self._left = MOST_SESSION_BYTES
        super().__init__(server.host, server.port, TIMEOUT_S)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        made = socket.create_connection((self._server.address, self._server.port), timeout)
        self._watch.begin(made)
        return made

    def read(self, size: int) -> bytes:
        self._pay(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._pay(len(line))
        return line

    def _pay(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.abort(f"it sends more than {MOST_SESSION_BYTES // 2**20} MiB")


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


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A message that is left where it is."""

    uid: int
    size: int


class _Box(BaseMailBox):
    """The library's mailbox, on our connection."""

    email_message_class: Any = RawMail

    def __init__(self, server: MailServer, watch: _Watch) -> None:
        self._server = server
        self._watch = watch
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        kind = _PinnedTls if self._server.security == "ssl" else _Pinned
        client = kind(self._server, self._watch)
        if self._server.security == "starttls":
            client.starttls(ssl.create_default_context())
        return client


class Mailbox:
    """One folder of an open mailbox."""

    def __init__(self, box: Any, folder: str) -> None:
        self._box = box
        status = box.folder.status(folder, ["UIDVALIDITY", "UIDNEXT"])
        self.state = Folder(int(status["UIDVALIDITY"]), int(status["UIDNEXT"]))

    def after(self, uid: int, most: int) -> tuple[list[RawMail | TooLarge], bool]:
        """Return the messages with a higher UID, in order, as many as fit; and whether there are more."""
        uids = sorted(int(found) for found in self._box.uids(f"UID {uid + 1}:*") if int(found) > uid)
        sizes = self._sizes(uids[:most])
        taken: list[RawMail | TooLarge] = []
        looked_at = total = 0
        for one in uids[:most]:
            size = sizes.get(one, 0)
            if size > MOST_MAIL_BYTES:
                taken.append(TooLarge(one, size))
            elif total + size > MOST_MAIL_BYTES:
                break
            else:
                total += size
                taken.extend(self._box.fetch(f"UID {one}", mark_seen=False))  # none, if it is gone meanwhile
            looked_at += 1
        return taken, len(uids) > looked_at

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Return the sizes of messages, in bytes, as far as the server tells them."""
        if not uids:
            return {}
        _, lines = self._box.client.uid("fetch", ",".join(map(str, uids)), "(UID RFC822.SIZE)")
        told = (line for line in lines if isinstance(line, bytes))
        pairs = ((_UID.search(line), _SIZE.search(line)) for line in told)
        return {int(uid[1]): int(size[1]) for uid, size in pairs if uid and size}

    def newest(self, most: int) -> list[RawMail]:
        """Return the newest messages, the newest first."""
        return list(self._box.fetch("ALL", mark_seen=False, limit=most, reverse=True, bulk=True))

    def mark_seen(self, uids: list[str]) -> None:
        self._box.flag(uids, [MailMessageFlags.SEEN], True)


@contextmanager
def opened(server: MailServer, folder: str) -> Iterator[Mailbox]:
    """Log in and choose a folder. Raises: MailboxFailed, here and inside."""
    watch = _Watch()
    try:
        box = _Box(server, watch)
        try:
            with box.login(server.username, server.password, initial_folder=folder):
                yield Mailbox(box, folder)
        finally:
            with suppress(OSError):  # a refused log-in leaves the connection open, a log-out closes it
                box.client.shutdown()
    except (ImapToolsError, imaplib.IMAP4.error, OSError, ssl.SSLError) as exc:
        late = f"It did not answer in {SESSION_S} s" if watch.is_late else ""
        raise MailboxFailed(late or str(exc)[:300] or type(exc).__name__) from exc
    except (AttributeError, LookupError, TypeError, ValueError) as exc:
        raise MailboxFailed("It answers what no mail server answers") from exc
    finally:
        watch.end()
