"""Forms of several parts, as RFC 7578 has them: every part is kept, whatever it names and however often.

Django's parser drops parts without a name, reads those without a file's name as text, and knows one file for a name.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent

from core.values.dispositions import base_name, of_form, parameters_of

MOST_HEAD_BYTES = 8 * 1024  # of one part
LONGEST_BOUNDARY = 200


class Malformed(ValueError):
    """The body is no form of several parts."""


@dataclass(frozen=True, slots=True, repr=False)
class Part:
    """One part. `file_name` is None where none was given, and "" where it was given empty or without a name."""

    name: str
    file_name: str | None
    content_type: str
    content: bytes

    @property
    def is_nothing(self) -> bool:
        """Tell whether a browser sent it for a field in which no file was chosen."""
        return self.file_name == "" and not self.content


def parts_of(raw: bytes, boundary: str) -> list[Part]:
    """Return the parts of a body in their order.

    Raises: Malformed, TooManyFieldsSent, TooManyFilesSent.
    """
    if not boundary or len(boundary) > LONGEST_BOUNDARY or not boundary.isascii():
        raise Malformed("its Content-Type names no boundary")
    parts: list[Part] = []
    files = 0
    for section in _sections(raw, boundary.encode()):
        part = _part(section)
        if part.is_nothing:
            continue
        parts.append(part)
        files += part.file_name is not None
        if files > (settings.DATA_UPLOAD_MAX_NUMBER_FILES or files):
            raise TooManyFilesSent("The number of files exceeded what is allowed.")
        if len(parts) > (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS or len(parts)):
            raise TooManyFieldsSent("The number of parts exceeded what is allowed.")
    return parts


def _sections(raw: bytes, boundary: bytes) -> Iterator[bytes]:
    delimiter = re.compile(rb"(?:^|\r\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r\n|$)")
    begin: int | None = None
    for found in delimiter.finditer(raw):
        if found.start() and not raw.startswith(b"\r\n", found.start()):
            continue
        if begin is not None:
            yield raw[begin : found.start()]
        if found[1]:
            return
        begin = found.end() + 2
    raise Malformed("it ends before its last boundary" if begin is not None else "its boundary is not in it")


def _part(section: bytes) -> Part:
    if section.startswith(b"\r\n"):
        head, content = b"", section[2:]
    else:
        head, found, content = section.partition(b"\r\n\r\n")
        if not found:
            raise Malformed("a part has no end of its headers")
    if len(head) > MOST_HEAD_BYTES:
        raise Malformed("the headers of a part are too long")
    headers = _headers(head)
    names = parameters_of(headers.get("content-disposition", ""))
    given = names.get("filename")
    file_name = None if given is None else base_name(of_form(given)) or ""
    kind = headers.get("content-type", "")
    return Part(of_form(names.get("name", "")), file_name, kind, _unwrapped(content, headers))


def _headers(head: bytes) -> dict[str, str]:
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    headers: dict[str, str] = {}
    for line in re.sub(r"\r\n[ \t]+", " ", text).split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    return headers


def _unwrapped(content: bytes, headers: dict[str, str]) -> bytes:
    """Return what a part holds; old programs still wrap it. Raises: Malformed."""
    wrapping = headers.get("content-transfer-encoding", "").strip().lower()
    if wrapping == "quoted-printable":
        return quopri.decodestring(content)
    if wrapping != "base64":
        return content
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error as exc:
        raise Malformed(f"a part is not the base64 it says it is: {exc}") from exc
