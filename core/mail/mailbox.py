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
from imap_tools.errors import ImapToolsError, MailboxFetchError

TIMEOUT_S = 30  # for one answer's next bytes
OPENING_S = 20  # until a folder is chosen
SESSION_S = 30  # for all that is then asked of a mailbox at a time: the first message has it all
MOST_MAIL_BYTES = 32 * 2**20  # of the messages that are taken at a time, and so of one
MOST_SESSION_BYTES = 96 * 2**20  # whatever a server sends
PORTS = {"ssl": 993, "starttls": 143, "none": 143}


Broken = (imaplib.IMAP4.abort, OSError)  # nothing more can be asked on this connection
WHAT_SERVERS_CAUSE = (
    ImapToolsError, imaplib.IMAP4.error, OSError, AttributeError, LookupError, TypeError, ValueError,
)  # fmt: skip
_FOR_NOW = re.compile(rb"\[(UNAVAILABLE|INUSE|LIMIT|THROTTLED|OVERQUOTA|SERVERBUG)\b", re.IGNORECASE)
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

    def __init__(self, opening_s: float) -> None:
        self.is_late = self.is_too_much = False
        self.limit_s = opening_s
        self._wire: socket.socket | None = None
        self._timer = self._timed()

    def _timed(self) -> threading.Timer:
        timer = threading.Timer(self.limit_s, self._over)
        timer.daemon = True
        return timer

    def begin(self, connection: socket.socket) -> None:
        self._wire = socket.socket(fileno=os.dup(connection.fileno()))
        self._timer.start()

    def goes_on(self, limit_s: float) -> None:
        """Leave so much time for what is asked from now on."""
        self._timer.cancel()
        if not self.is_late:
            self.limit_s = limit_s
            self._timer = self._timed()
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
            self._watch.is_too_much = True
            raise self.abort(f"it sends more than {MOST_SESSION_BYTES // 2**20} MiB")


class _PinnedTls(_Pinned):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = super()._create_socket(timeout)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self._server.host)


class RawMail:
    """A message as it came: reading it is work on a stranger's data, and for somebody else."""

    uid = 0  # what was asked for: a server may answer another one

    def __init__(self, fetched: Any) -> None:
        self.raw, _, _ = MailMessage._get_message_data_parts(fetched)


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that is left where it is, and why."""

    uid: int
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in order, the UID up to which was looked, and whether there are more."""

    messages: Sequence[RawMail | Unread]
    last_uid: int
    has_more: bool


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

    def __init__(self, box: Any, folder: str, watch: _Watch) -> None:
        self._box = box
        self._watch = watch
        status = box.folder.status(folder, ["UIDVALIDITY", "UIDNEXT"])
        self.state = Folder(int(status["UIDVALIDITY"]), int(status["UIDNEXT"]))

    def after(self, uid: int, most: int) -> Batch:
        """Return the messages with a higher UID, in order, as many as fit and come in time.

        One that does not come in a session of its own is `Unread`, so that those behind it are reached.
        """
        uids = sorted(int(found) for found in self._box.uids(f"UID {uid + 1}:*") if int(found) > uid)
        taken, looked_at = self._taken(uids[:most])
        return Batch(taken, uids[looked_at - 1] if looked_at else uid, len(uids) > looked_at)

    def newest(self, most: int) -> list[RawMail | Unread]:
        """Return the newest messages, the newest first, as many as fit and come in time."""
        uids = sorted((int(found) for found in self._box.uids("ALL")), reverse=True)
        return self._taken(uids[:most])[0]

    def _taken(self, uids: Sequence[int]) -> tuple[list[RawMail | Unread], int]:
        """Return what was taken of these, and how many that were with those that are gone meanwhile."""
        sizes = self._sizes(uids)
        taken: list[RawMail | Unread] = []
        refused: MailboxFetchError | None = None
        came = total = 0
        for at, uid in enumerate(uids):
            size = sizes.get(uid, 0)
            if size > MOST_MAIL_BYTES:
                taken.append(_too_large(uid, size))
                continue
            if total + size > MOST_MAIL_BYTES and came:
                return taken, at
            try:
                mail = next(iter(self._box.fetch(uid_list=str(uid), mark_seen=False)), None)
            except MailboxFetchError as exc:
                if _FOR_NOW.search(repr(exc.command_result).encode()):
                    raise
                refused = exc
                taken.append(Unread(uid, "The server does not give this message"))
                continue
            except Broken as exc:
                if came:
                    return taken, at  # the next session begins with it
                taken.append(self._stuck(uid, exc))
                return taken, at + 1
            if mail is not None:
                mail.uid = uid
                came += 1
                total += len(mail.raw)
                taken.append(mail if len(mail.raw) <= MOST_MAIL_BYTES else _too_large(uid, len(mail.raw)))
        if refused is not None and not came:
            raise refused  # it gives nothing at all: that is no message's fault
        return taken, len(uids)

    def _stuck(self, uid: int, exc: Exception) -> Unread:
        """Return what is told of a message that had the session for itself. Raises: the failure, if it is another."""
        if self._watch.is_too_much:
            return _too_large(uid, MOST_SESSION_BYTES)
        if self._watch.is_late or isinstance(exc, TimeoutError):
            return Unread(uid, f"The message does not come in the {self._watch.limit_s:g} s that it may take")
        raise exc

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Return the sizes of messages, in bytes, as far as the server tells them."""
        if not uids:
            return {}
        _, lines = self._box.client.uid("fetch", ",".join(map(str, uids)), "(UID RFC822.SIZE)")
        told = (line for line in lines if isinstance(line, bytes))
        pairs = ((_UID.search(line), _SIZE.search(line)) for line in told)
        return {int(uid[1]): int(size[1]) for uid, size in pairs if uid and size}

    def mark_seen(self, uids: list[str]) -> None:
        self._box.flag(uids, [MailMessageFlags.SEEN], True)


def _too_large(uid: int, size: int) -> Unread:
    most = f"{MOST_MAIL_BYTES // 2**20} MiB"
    return Unread(uid, f"The message has {size} bytes or more, more than the {most} allowed")


@contextmanager
def opened(server: MailServer, folder: str, limit_s: float | None = None) -> Iterator[Mailbox]:
    """Log in and choose a folder; `limit_s`, where it is not the usual, is for that and again for what follows.

    Raises: MailboxFailed, here and inside."""
    watch = _Watch(limit_s or OPENING_S)
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
