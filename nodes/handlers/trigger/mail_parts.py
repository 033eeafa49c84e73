"""A message by its parts: what is its text, what its HTML, and what comes with it as files.

Text is what is shown: parts of text that are no attachments. All else is a file, whether it says so or not: pictures in
the text, invitations, messages that are attached. Source: RFC 2046, RFC 2183.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any, cast

from core.values.charsets import decoded

ENDINGS = {
    "text/calendar": "ics", "message/rfc822": "eml", "image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf",
}  # fmt: skip
MOST_PARTS = 1000


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    name: str
    kind: str


@dataclass(slots=True)
class Parts:
    """What a message holds. Several texts stand one below the other."""

    texts: list[str] = field(default_factory=list[str])
    htmls: list[str] = field(default_factory=list[str])
    files: list[File] = field(default_factory=list[File])

    @property
    def text(self) -> str:
        return _below(self.texts)

    @property
    def html(self) -> str:
        return _below(self.htmls)


def _below(texts: list[str]) -> str:
    return (
        "\n".join(text.removesuffix("\n").removesuffix("\r") for text in texts[:-1])
        + "\n" * (len(texts) > 1)
        + (texts[-1] if texts else "")
    )


def parts_of(message: Message) -> Parts:
    """Return the parts of a message, those of messages attached to it left in them."""
    made = Parts()
    for at, part in enumerate(_leaves(message)):
        kind = part.get_content_type()
        name = part.get_filename() or ""
        is_shown = kind in ("text/plain", "text/html") and not name and part.get_content_disposition() != "attachment"
        if is_shown:
            (made.texts if kind == "text/plain" else made.htmls).append(text_of(part))
        elif (content := _content(part)) or name:
            made.files.append(File(content, name or _name_of(part, kind, at), kind))
    return made


def _leaves(message: Message) -> Iterator[Message]:
    waiting = [message]
    count = 0
    while waiting and count < MOST_PARTS:
        part = waiting.pop()
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting.extend(reversed(cast("list[Message]", payload)))
        else:
            count += 1
            yield part


def text_of(part: Message) -> str:
    """Return the text of a part. What says it is ASCII, or nothing that is known, may be UTF-8 or Windows' own."""
    charset = part.get_content_charset("utf-8")
    return decoded(_content(part), charset, "utf-8", "windows-1252", "latin-1")


def _content(part: Message) -> bytes:
    payload: Any = part.get_payload()
    if isinstance(payload, list):  # a message, or what was to be several parts
        return b"\n".join(inner.as_bytes() for inner in cast("list[Message]", payload))
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _name_of(part: Message, kind: str, at: int) -> str:
    ending = ENDINGS.get(kind) or (part.get_content_subtype() if part.get_content_maintype() == "image" else "bin")
    return f"attachment_{at}.{ending}"


def moment_of(text: str) -> datetime | None:
    """Return when a message says it was sent; without a zone that is in UTC."""
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
