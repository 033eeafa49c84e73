"""What a call of a webhook brought: its body as its Content-Type says, and its files.

packed bytes ─▶ bytes ─▶ JSON │ fields │ fields and files │ text │ one file
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest

from core.errors import MalformedJson, TooLarge, UnsupportedMediaType
from core.http.unpacking import Damaged, TooMuch, UnknownPacking, unpacked_at_once
from core.json import MAX_DEPTH, loads
from core.storage.blobs import NewFile
from core.values import text_encoding
from core.values.charsets import known_charset
from core.values.dispositions import file_name_of, parameters_of
from core.web.multipart import Part, parts_of

JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
IS_TEXT = frozenset({
    "application/xml", "application/javascript", "application/ecmascript", "application/yaml", "application/x-yaml",
    "application/graphql", "application/x-ndjson", "application/jsonl", "application/toml", "application/sql",
    "application/x-sh", "application/csv", "image/svg+xml",
})  # fmt: skip
WHOLE, UNNAMED, RAW = "data", "file", "raw_body"  # names of files that have none of their own
MOST_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Body:
    """What a body says. `charset` is the one it was read in where nothing said which, and UTF-8 did not fit."""

    value: Any
    files: dict[str, NewFile] = field(default_factory=dict[str, NewFile])
    guessed: str | None = None


class Files:
    """Files by names that are free: what is sent again under a name gets a number behind it."""

    def __init__(self) -> None:
        self.by_name: dict[str, NewFile] = {}

    def put(self, name: str, file: NewFile) -> None:
        wanted = name.removesuffix("[]") or UNNAMED
        free, number = wanted, 0
        while free in self.by_name:
            number += 1
            free = f"{wanted}_{number}"
        self.by_name[free] = file


def body_of(request: HttpRequest) -> Body:
    """Return what a call brought.

    Raises: TooLarge, UnsupportedMediaType, MalformedJson, TooHeavy, NotStorable, ValueError, TooManyFieldsSent,
    TooManyFilesSent.
    """
    given = request.headers.get("Content-Type", "")
    raw = _unpacked(request.body, request.headers.get("Content-Encoding", ""))
    kind, charset = given.partition(";")[0].strip().lower(), parameters_of(given).get("charset")
    if kind == MULTIPART:
        return _of_parts(parts_of(raw, parameters_of(given).get("boundary", "")), charset)
    if kind == JSON or kind.endswith("+json"):
        read = text_encoding.decode(raw, charset, "json")
        return Body(loads(read.text, depth=MAX_DEPTH) if read.text.strip() else {}, guessed=_guessed(read))
    if kind == FORM:
        return _of_fields(raw, charset)
    return _of_text_or_file(raw, kind, charset, request)


def raw_file(request: HttpRequest) -> NewFile:
    """Return a body as it came over the wire, for who checks a signature over it."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return NewFile.named(request.body, RAW, kind or None)


def _unpacked(raw: bytes, content_encoding: str) -> bytes:
    limit = settings.WEBHOOK_BODY_MAX_BYTES
    try:
        return unpacked_at_once(raw, content_encoding, limit) if content_encoding and raw else raw
    except TooMuch as exc:
        raise TooLarge("The body is too large once it is unpacked", limit_bytes=limit) from exc
    except UnknownPacking as exc:
        raise UnsupportedMediaType(f"A body with the Content-Encoding {exc} is not read") from exc
    except Damaged as exc:
        raise MalformedJson("The body is not what its Content-Encoding says") from exc


def _of_fields(raw: bytes, charset: str | None) -> Body:
    read = text_encoding.decode(raw, charset)
    last = raw.rpartition(b"_charset_=")[2].partition(b"&")[0].decode("latin-1") if b"_charset_=" in raw else None
    named = charset or (last if last and known_charset(last) else None)
    encoding = (text_encoding.meant_by(named) if named else None) or "utf-8"
    try:
        pairs = parse_qsl(read.text, True, encoding=encoding, errors="strict", max_num_fields=MOST_FIELDS)
        guessed = _guessed(read)
    except UnicodeError:
        pairs = parse_qsl(read.text, True, encoding="cp1252", errors="replace", max_num_fields=MOST_FIELDS)
        guessed = "windows-1252"
    return Body(_by_name(pairs), guessed=guessed)


def _of_parts(parts: list[Part], charset: str | None) -> Body:
    named = next((part.content.decode("latin-1") for part in parts if part.name == "_charset_"), charset)
    files, pairs, guesses = Files(), list[tuple[str, str]](), list[str]()
    for part in parts:
        read = _text_of(part, named)
        if read is None or not part.name:
            files.put(part.name, _file_of(part))
            continue
        pairs.append((part.name, read.text))
        guesses += [guess] if (guess := _guessed(read)) else []
    if len(pairs) > MOST_FIELDS:
        raise TooManyFieldsSent("The number of fields exceeded what is allowed.")
    return Body(_by_name(pairs), files.by_name, guesses[0] if guesses else None)


def _text_of(part: Part, charset: str | None) -> text_encoding.Decoded | None:
    """Return a part that is a field as text, or None for a file: one with a file's name, or that is no text."""
    if part.file_name is not None:
        return None
    kind = part.content_type.partition(";")[0].strip().lower()
    if kind and not (is_text(kind) or kind in (JSON, FORM) or kind.endswith("+json")):
        return None
    read = text_encoding.decode(part.content, parameters_of(part.content_type).get("charset") or charset)
    if "\x00" in read.text or (read.is_guess and not kind and not _may_be_text(part.content)):
        return None
    return read


def _may_be_text(raw: bytes) -> bool:
    """Tell whether bytes that are no UTF-8 may be an old text: those have no control characters in them."""
    return not any(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in raw[:4096])


def _file_of(part: Part) -> NewFile:
    kind = part.content_type.partition(";")[0].strip().lower()
    return NewFile.named(part.content, part.file_name or _name_for(part.name.removesuffix("[]") or UNNAMED, kind), kind)


def _of_text_or_file(raw: bytes, kind: str, charset: str | None, request: HttpRequest) -> Body:
    if not raw:
        return Body({})
    if is_text(kind) or not kind:
        form: text_encoding.Kind = "html" if "html" in kind else "xml" if kind.endswith("xml") else "text"
        read = text_encoding.decode(raw, charset, form)
        if "\x00" not in read.text and (kind or not read.is_guess):
            return Body(read.text, guessed=_guessed(read))
    name = file_name_of(request.headers.get("Content-Disposition")) or _name_for(WHOLE, kind)
    return Body({}, {WHOLE: NewFile.named(raw, name, kind or None)})


def is_text(kind: str) -> bool:
    """Tell whether a media type is that of a text."""
    return kind.startswith("text/") or kind.endswith(("+xml", "+yaml")) or kind in IS_TEXT


def _name_for(name: str, kind: str) -> str:
    return f"{name}{mimetypes.guess_extension(kind) or ''}"


def _guessed(read: text_encoding.Decoded) -> str | None:
    return read.name if read.is_guess else None


def _by_name(pairs: list[tuple[str, str]]) -> Mapping[str, Any]:
    """Return fields by their names in the order they came in, a list where a name came several times."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: several[0] if len(several) == 1 else several for name, several in values.items()}
