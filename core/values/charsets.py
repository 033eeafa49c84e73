"""Text of bytes whose charset a stranger names: only charsets that are decoded in linear time, and never an exception.

`punycode` takes quadratic time, `idna` and `undefined` raise whatever error handling was asked for. Libraries decode by
the name they are given, so these three are tamed for the whole process: what is longer than a host name is UTF-8.
"""

from __future__ import annotations

import codecs
import encodings
from collections.abc import Callable
from encodings.aliases import aliases
from typing import Any

from typing_extensions import Buffer

UTF_8 = "utf_8"
LINEAR = frozenset(
    f"""
    ascii utf_8 utf_8_sig utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le latin_1
    {" ".join(f"iso8859_{number}" for number in range(1, 17) if number != 12)}
    cp874 {" ".join(f"cp{number}" for number in range(1250, 1259))} cp437 cp850 cp852 cp855 cp857 cp858 cp862 cp866
    koi8_r koi8_t koi8_u kz1048 ptcp154 tis_620 mac_cyrillic mac_greek mac_latin2 mac_roman mac_turkish
    gb2312 gbk gb18030 hz big5 big5hkscs cp950 shift_jis shift_jis_2004 shift_jisx0213 cp932
    euc_jp euc_jis_2004 euc_jisx0213 euc_kr johab cp949 iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004
    iso2022_jp_3 iso2022_jp_ext iso2022_kr
    """.split()
)
ALSO_CALLED = {
    "x_sjis": "shift_jis", "x_gbk": "gbk", "x_euc_jp": "euc_jp", "x_cp1252": "cp1252", "windows_31j": "cp932",
}  # fmt: skip
TAMED = frozenset({"idna", "punycode", "undefined"})
LONGEST_NAME = 1024  # bytes: no host name is longer


def known_charset(name: str) -> str | None:
    """Return Python's name of a charset, or None for one that is not read."""
    wanted = encodings.normalize_encoding(name.strip(" \t\"'")[:60]).lower()
    found = ALSO_CALLED.get(wanted) or aliases.get(wanted, wanted)
    return found if found in LINEAR else None


def decoded(raw: bytes, *charsets: str | None) -> str:
    """Return bytes as text: in the first known charset that fits, else in the first known one with replacements."""
    known = [found for found in map(known_charset, filter(None, charsets)) if found is not None] or [UTF_8]
    for charset in known:
        try:
            return raw.decode(charset)
        except UnicodeError:
            continue
    try:
        return raw.decode(known[0], "replace")
    except UnicodeError:
        return raw.decode(UTF_8, "replace")


def charset_of(content_type: str) -> str | None:
    """Return the charset that a Content-Type names."""
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip(" \t\"'") or None
    return None


def tame_codecs() -> None:
    """Let nothing in this process decode more than a host name with a codec that is slow or always raises."""
    codecs.unregister(encodings.search_function)
    codecs.unregister(_search)
    codecs.register(_search)


def _search(name: str) -> codecs.CodecInfo | None:
    found = encodings.search_function(name)
    return _tame(found) if found is not None and found.name in TAMED else found


def _tame(info: codecs.CodecInfo) -> codecs.CodecInfo:
    """Return a codec that decodes short names as before, and all else as UTF-8."""
    decode: Any = _decoder(info)

    class Reader(codecs.StreamReader):
        """Reads a stream by the tame decoder."""

        def decode(self, input: bytes, errors: str = "strict") -> tuple[str, int]:
            text, read = decode(input, errors)
            return str(text), int(read)

    class Incremental(codecs.IncrementalDecoder):
        """Decodes piece by piece by the tame decoder."""

        def decode(self, input: bytes, final: bool = False) -> str:  # type: ignore[override]  # codecs call it with bytes
            return str(decode(input, self.errors)[0])

    return codecs.CodecInfo(
        info.encode, decode, Reader, info.streamwriter, info.incrementalencoder, Incremental, name=info.name
    )


def _decoder(info: codecs.CodecInfo) -> Callable[..., tuple[str, int]]:
    def decode(given: Buffer, errors: str = "strict") -> tuple[str, int]:
        raw = bytes(given)
        if len(raw) > LONGEST_NAME and errors == "strict":
            raise UnicodeDecodeError(info.name, raw[:1], 0, 1, "longer than any name")
        if len(raw) <= LONGEST_NAME:
            try:
                return info.decode(raw, errors)
            except UnicodeDecodeError:
                if errors == "strict":
                    raise
            except UnicodeError as exc:  # which those who ask to decode do not expect
                if errors == "strict":
                    raise UnicodeDecodeError(info.name, raw or b"\0", 0, 1, str(exc)) from exc
        return codecs.utf_8_decode(raw, errors, True)

    return decode
