"""Reading a mailbox over IMAP, at an address that was checked before. Blocking: for a thread."""

from __future__ import annotations

import imaplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from imap_tools import BaseMailBox, MailMessageFlags
from imap_tools.errors import ImapToolsError

from core.mail.session_time import SessionTime
from core.mail.taking import MOST_TRIES, WHAT_SERVERS_CAUSE, Batch, RawMail, Taking, Unread

TIMEOUT_S = 30  # for one answer's next bytes
OPENING_S = 20  # from the first packet until a folder is chosen
SESSION_S = 30  # for all that is then asked of a mailbox at a time: the first message has it all
MOST_SESSION_BYTES = 96 * 2**20  # whatever a server sends
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
    def __init__(self, server: MailServer, watch: SessionTime) -> None:
        self._server = server
        self._watch = watch
        self._left = MOST_SESSION_BYTES
        super().__init__(server.host, server.port, TIMEOUT_S)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        limit = min(TIMEOUT_S if timeout is None else timeout, self._watch.left_s())
        made = socket.create_connection((self._server.address, self._server.port), limit)
        made.settimeout(timeout)
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
            self._watch.is_too_much = True
            raise self.abort(f"it sends more than {MOST_SESSION_BYTES // 2**20} MiB")


class _PinnedTls(_Pinned):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = super()._create_socket(timeout)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self._server.host)


class _Box(BaseMailBox):
    """The library's mailbox, on our connection."""

    email_message_class: Any = RawMail

    def __init__(self, server: MailServer, watch: SessionTime) -> None:
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

    def __init__(self, box: Any, folder: str, watch: SessionTime) -> None:
        self._box = box
        self._watch = watch
        status = box.folder.status(folder, ["UIDVALIDITY", "UIDNEXT"])
        self.state = Folder(int(status["UIDVALIDITY"]), int(status["UIDNEXT"]))

    def after(self, uid: int, most: int, tries: Mapping[int, int]) -> Batch:
        """Return the messages with a higher UID, in order, as many as fit and come in time.

        `tries` are those of the last batch: one that failed often enough is `Unread`, and those behind it are reached.
        """
        uids = sorted(int(found) for found in self._box.uids(f"UID {uid + 1}:*") if int(found) > uid)
        taking = Taking(self._box, self._watch, tries)
        looked_at = taking.take(uids[:most])
        last = uids[looked_at - 1] if looked_at else uid
        left = {one: count for one, count in taking.tries.items() if one > last}
        has_more = len(uids) > looked_at and not taking.failure
        return Batch(taking.taken, last, has_more, taking.failure, left)

    def newest(self, most: int) -> list[RawMail | Unread]:
        """Return the newest messages, the newest first, as many as fit and come in time. Raises: MailboxFailed."""
        uids = sorted((int(found) for found in self._box.uids("ALL")), reverse=True)[:most]
        taking = Taking(self._box, self._watch, dict.fromkeys(uids, MOST_TRIES - 1))
        taking.take(uids)
        if taking.failure and not taking.taken:
            raise MailboxFailed(taking.failure)
        return taking.taken

    def mark_seen(self, uids: list[str]) -> None:
        self._box.flag(uids, [MailMessageFlags.SEEN], True)


@contextmanager
def opened(server: MailServer, folder: str, limit_s: float | None = None) -> Iterator[Mailbox]:
    """Log in and choose a folder; `limit_s`, where it is not the usual, is for that and again for what follows.

    Raises: MailboxFailed, here and inside."""
    watch = SessionTime(limit_s or OPENING_S)
    try:
        box = _Box(server, watch)
        try:
            box.login(server.username, server.password, initial_folder=folder)
            mailbox = Mailbox(box, folder, watch)
            watch.goes_on(limit_s or SESSION_S)
            yield mailbox
            with suppress(*WHAT_SERVERS_CAUSE):  # what was read is read, however the good-bye goes
                box.logout()
        finally:
            with suppress(OSError):  # a refused log-in leaves the connection open, a log-out closes it
                box.client.shutdown()
    except (ImapToolsError, imaplib.IMAP4.error, OSError) as exc:
        late = f"It did not answer in {watch.limit_s:g} s" if watch.is_late else ""
        raise MailboxFailed(late or str(exc)[:300] or type(exc).__name__) from exc
    except (AttributeError, LookupError, TypeError, ValueError) as exc:
        raise MailboxFailed("It answers what no mail server answers") from exc
    finally:
        watch.end()
