"""Text of bytes as its marks say: a byte order mark, the charset that was named with it, what the text declares.

What nothing of that fits is UTF-8 where it can be, and windows-1252 where it cannot: a guess, and told as one.
Source: RFC 7303 section 3, XML 1.0 section 4.3.3, RFC 8259 section 8.1, and the Encoding standard of WHATWG.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Literal

from core.values.charsets import UTF_8, known_charset

Kind = Literal["text", "xml", "html", "json"]
MARKS = (  # the longer ones first: that of UTF-32 begins as that of UTF-16 does
    (codecs.BOM_UTF32_LE, "utf_32_le"), (codecs.BOM_UTF32_BE, "utf_32_be"), (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF16_LE, "utf_16_le"), (codecs.BOM_UTF16_BE, "utf_16_be"),
)  # fmt: skip
# What the web means by these names: supersets, as their texts were always written in them.
MEANT = {
    "latin_1": "cp1252", "iso8859_9": "cp1254", "tis_620": "cp874", "iso8859_11": "cp874", "gb2312": "gbk",
    "shift_jis": "cp932", "euc_kr": "cp949",
}  # fmt: skip
DECLARED = re.compile(rb"""^\s{0,100}<\?xml\s[^>]{0,200}?encoding\s{0,10}=\s{0,10}["']([A-Za-z0-9._:-]{1,60})["']""")
META = re.compile(
    rb"""<meta\s[^>]{0,300}?charset\s{0,10}=\s{0,10}["']?\s{0,10}([A-Za-z0-9._:-]{1,60})""", re.IGNORECASE
)
LOOKED_AT = 1024  # bytes in which a page has to say its charset
# In windows-1252 five bytes stand for nothing; a browser keeps them, and so do we.
_CP1252 = {at: bytes([at]).decode("cp1252") for at in range(0x80, 0xA0) if at not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the charset it was read in, and whether that was guessed, or did not fit."""

    text: str
    charset: str
    is_guess: bool = False

    @property
    def name(self) -> str:
        """The charset's name for people."""
        return {"cp1252": "windows-1252"}.get(self.charset, self.charset.replace("_", "-"))


def decode(raw: bytes, charset: str | None = None, kind: Kind = "text") -> Decoded:
    """Return bytes as text. `charset` is what came beside them, as a parameter of their Content-Type; "auto" is none.

    Nothing raises: a named charset that is unknown or does not fit counts as none, and makes the text a guess.
    """
    for mark, marked in MARKS:
        if raw.startswith(mark):
            text = _read(raw[len(mark) :], marked)
            return Decoded(text, marked) if text is not None else _guessed(raw[len(mark) :])
    named = [name for name in (charset, declared(raw, kind)) if name and name.lower() != "auto"]
    for name in named:
        text = None if (found := meant_by(name)) is None else _read(raw, found)
        if found is not None and text is not None:
            return Decoded(text, found)
    unmarked = _unmarked(raw) if kind == "json" else None
    text = _read(raw, unmarked or UTF_8)
    if text is not None:
        is_plain = not named or all(known_charset(name) in ("ascii", UTF_8) for name in named)
        return Decoded(text, unmarked or UTF_8, is_guess=not is_plain)
    return _guessed(raw)


def decode_as(raw: bytes, charset: str) -> Decoded:
    """Return bytes as text in the charset that somebody chose, with U+FFFD where that does not fit."""
    found = meant_by(charset)
    if found is None:
        return decode(raw)
    for mark, marked in MARKS:
        if raw.startswith(mark) and (marked == found or found in ("utf_16", "utf_32", "utf_8_sig")):
            raw, found = raw[len(mark) :], marked
            break
    text = _read(raw, found)
    if text is not None:
        return Decoded(text, found)
    return Decoded(raw.decode(found, "replace"), found, is_guess=True)


def declared(raw: bytes, kind: Kind) -> str | None:
    """Return the charset that a text says of itself."""
    if kind == "json":
        return None
    found = DECLARED.match(raw) if kind != "text" or raw[:100].lstrip().startswith(b"<?xml") else None
    if found is None and kind == "html":
        found = META.search(raw[:LOOKED_AT])
    if found is None:
        return None
    name = found[1].decode("ascii")
    # It could not be read if it was: the text is in an encoding that ASCII can be read in.
    return "utf-8" if (known_charset(name) or "").startswith(("utf_16", "utf_32")) else name


def meant_by(name: str) -> str | None:
    """Return Python's name of what a charset's name means on the web, or None where it is unknown."""
    found = known_charset(name)
    return None if found is None else MEANT.get(found, found)


def _read(raw: bytes, charset: str) -> str | None:
    if charset == "cp1252":
        return _windows_1252(raw)
    try:
        return raw.decode(charset)
    except UnicodeError:
        return None


def _windows_1252(raw: bytes) -> str:
    text = raw.decode("latin-1")
    return text if text.isascii() else text.translate(_CP1252)


def _guessed(raw: bytes) -> Decoded:
    return Decoded(_windows_1252(raw), "cp1252", is_guess=True)


def _unmarked(raw: bytes) -> str | None:
    """Return the encoding of a JSON text without a mark: it begins with two characters of ASCII, or is one."""
    if len(raw) < 2:
        return None
    zeros = tuple(byte == 0 for byte in raw[:4])
    known: dict[tuple[bool, ...], str] = {
        (True, True, True, False): "utf_32_be", (False, True, True, True): "utf_32_le",
        (True, False, True, False): "utf_16_be", (False, True, False, True): "utf_16_le",
        (True, False): "utf_16_be", (False, True): "utf_16_le",
    }  # fmt: skip
    return known.get(zeros)
