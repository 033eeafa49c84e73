"""Taking messages out of an open mailbox, and telling a message that fails from a server that fails.

A message that fails keeps those behind it back for three tries: then it is `Unread`, and they are reached. It is given
up only while the server gives another one; where it gives none at all, nothing is, and all of them are tried again.
One that is the only one in its folder is given up as well, as no other tells of the server, unless that says "later".
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from imap_tools import MailMessage
from imap_tools.errors import ImapToolsError, MailboxFetchError

MOST_MAIL_BYTES = 32 * 2**20  # of the messages that are taken at a time, and so of one
MOST_TRIES = 3
PROBED = 5  # other messages that are asked for at a time
WHAT_SERVERS_CAUSE = (
    ImapToolsError, imaplib.IMAP4.error, OSError, AttributeError, LookupError, TypeError, ValueError,
)  # fmt: skip
_FOR_NOW = re.compile(rb"\[(UNAVAILABLE|INUSE|LIMIT|THROTTLED|OVERQUOTA|SERVERBUG)\b", re.IGNORECASE)
_LATER = re.compile(rb"\[(UNAVAILABLE|INUSE|LIMIT|THROTTLED|OVERQUOTA)\b", re.IGNORECASE)
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")


class Watch(Protocol):
    """What is known of a session's limits."""

    is_late: bool
    is_too_much: bool
    limit_s: float


class RawMail:
    """A message as it came: reading it is work on a stranger's data, and for somebody else."""

    uid = 0  # what was asked for: a server may answer another one

    def __init__(self, fetched: Any) -> None:
        parts: tuple[bytes, Any, Any] = MailMessage._get_message_data_parts(fetched)
        self.raw: bytes = parts[0]


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that is left where it is, and why."""

    uid: int
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages in order, the UID up to which was looked, and whether there are more that may be asked for at once.

    `failure`: why it ends before the next message, if that is no matter of room; `tries`: how often messages behind
    `last_uid` have failed so far.
    """

    messages: Sequence[RawMail | Unread]
    last_uid: int
    has_more: bool
    failure: str = ""
    tries: Mapping[int, int] = field(default_factory=dict)


class Taking:
    """Takes messages in one session of a mailbox, as many as fit and come in time."""

    def __init__(self, box: Any, watch: Watch, tries: Mapping[int, int]) -> None:
        self._box = box
        self._watch = watch
        self.tries = dict(tries)
        self.taken: list[RawMail | Unread] = []
        self.failure = ""
        self._came = self._bytes = 0
        self._gives_others = self._is_over = False
        self._counted: set[int] = set()

    def take(self, uids: Sequence[int]) -> int:
        """Take messages in order; returns with how many it is done, those that are gone meanwhile among them."""
        sizes = self._sizes(uids)
        for at, uid in enumerate(uids):
            if self._is_over or not self._is_done_with(uid, sizes.get(uid, 0), uids[at + 1 :]):
                return at
        return len(uids)

    def _is_done_with(self, uid: int, size: int, behind: Sequence[int]) -> bool:
        if size > MOST_MAIL_BYTES:
            self.taken.append(too_large(uid, f"{size} bytes"))
            return True
        if self._bytes + size > MOST_MAIL_BYTES and self._came:
            return False
        if uid in self._counted:
            return self._is_given_up(uid, "The server does not give this message")
        try:
            return self._is_fetched(uid, behind)
        except WHAT_SERVERS_CAUSE as exc:
            self._is_over = True  # nothing more can be asked on this connection
            return self._is_passed(uid, exc)

    def _is_fetched(self, uid: int, behind: Sequence[int]) -> bool:
        if self.tries.get(uid, 0) >= MOST_TRIES - 1 and not self._came:
            self._gives_others = self._gives_others or self._gives_another_than(uid)
        try:
            mail = next(iter(self._box.fetch(uid_list=str(uid), mark_seen=False)), None)
        except MailboxFetchError as exc:
            return self._is_refused_alone(uid, exc, behind)
        if mail is not None:
            mail.uid = uid
            self._came += 1
            self._bytes += len(mail.raw)
            fits = len(mail.raw) <= MOST_MAIL_BYTES
            self.taken.append(mail if fits else too_large(uid, f"{len(mail.raw)} bytes"))
        return True

    def _is_refused_alone(self, uid: int, exc: MailboxFetchError, behind: Sequence[int]) -> bool:
        """Count a refusal, and those of the messages directly behind it, unless the server gives nothing more now."""
        self.failure = str(exc)[:300]
        said = repr(exc.command_result).encode()
        if (self._came and _FOR_NOW.search(said)) or (_LATER.search(said) and not self._others_than(uid)):
            return False
        refused = [uid]
        for other in behind:
            if self._gives(other):
                break
            refused.append(other)
        if len(refused) > len(behind) and not self._gives_another_than(*refused):
            return False
        self._gives_others = True
        self._counted.update(refused)
        for one in refused:
            self.tries[one] = self.tries.get(one, 0) + 1
        return self._is_given_up(uid, "The server does not give this message")

    def _is_passed(self, uid: int, exc: Exception) -> bool:
        """Tell whether a message that ended its session is given up."""
        if self._came:
            return False  # the next session begins with it
        if self._watch.is_too_much:
            self.taken.append(too_large(uid, "more bytes than a session may send"))
            return True
        late = self._watch.is_late or isinstance(exc, TimeoutError)
        limit = f"The message does not come in the {self._watch.limit_s:g} s that it may take"
        if uid not in self._counted:
            self.tries[uid] = self.tries.get(uid, 0) + 1
        return self._is_given_up(uid, limit if late else f"The server fails at this message: {exc}"[:300])

    def _is_given_up(self, uid: int, reason: str) -> bool:
        if self.tries.get(uid, 0) < MOST_TRIES or not self._gives_others:
            self.failure = reason
            return False
        del self.tries[uid]
        self.failure = ""
        self.taken.append(Unread(uid, reason))
        return True

    def _gives_another_than(self, *uids: int) -> bool:
        """Tell whether the server gives any other message: some are asked for, others of them with each try.

        A message that is alone counts as if it did.
        """
        known = self._others_than(*uids)
        others = [one for pair in zip(known, known[::-1], strict=True) for one in pair][: len(known)]
        first = self.tries.get(uids[0], 0) % max(len(others), 1)
        is_alone = len(uids) == 1 and not others
        return is_alone or any(self._gives(one) for one in [*others[first:], *others[:first]][:PROBED])

    def _others_than(self, *uids: int) -> list[int]:
        return sorted({int(found) for found in self._box.uids("ALL")}.difference(uids))

    def _gives(self, uid: int) -> bool:
        """Tell whether the server gives the first byte of a message."""
        try:
            _, parts = self._box.client.uid("fetch", str(uid), "(BODY.PEEK[]<0.1>)")
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            return False
        return any(b"BODY[" in (part[0] if isinstance(part, tuple) else part) for part in parts if part)

    def _sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Return the sizes of messages, in bytes, as far as the server tells them."""
        if not uids:
            return {}
        _, lines = self._box.client.uid("fetch", ",".join(map(str, uids)), "(UID RFC822.SIZE)")
        return dict(_told(lines))


def _told(lines: Sequence[Any]) -> Iterator[tuple[int, int]]:
    for line in lines:
        if isinstance(line, bytes) and (uid := _UID.search(line)) and (size := _SIZE.search(line)):
            yield int(uid[1]), int(size[1])


def too_large(uid: int, size: str) -> Unread:
    """Return a message that is larger than any may be."""
    return Unread(uid, f"The message has {size}, more than the {MOST_MAIL_BYTES // 2**20} MiB allowed")
