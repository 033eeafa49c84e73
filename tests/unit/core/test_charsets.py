"""Charsets that strangers name: decoded in linear time, or read as UTF-8."""

from __future__ import annotations

import codecs
import email
import email.policy
import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.values.charsets import LINEAR, charset_of, decoded, known_charset, tame_codecs

ODD = ["punycode", "idna", "undefined", "zlib", "rot13", "base64", "hex", "uu", "bz2", "quopri", "unicode_escape",
       "raw_unicode_escape", "utf-7", "utf_8_sig/../punycode", "no such thing", "", "\x00", "mbcs", "oem", "charmap",
       "palmos", "Punycode", " punycode "]  # fmt: skip
CALLED = {
    "UTF-8": "utf_8", "utf8": "utf_8", "latin1": "latin_1", "ISO-8859-1": "latin_1", "iso_8859-15": "iso8859_15",
    "windows-1252": "cp1252", "x-cp1252": "cp1252", "Windows-1251": "cp1251", "KOI8-R": "koi8_r", "gb2312": "gb2312",
    "GBK": "gbk", "gb18030": "gb18030", "Big5": "big5", "Shift_JIS": "shift_jis", "x-sjis": "shift_jis",
    "EUC-JP": "euc_jp", "euc-kr": "euc_kr", "iso-2022-jp": "iso2022_jp", "us-ascii": "ascii", "utf-16": "utf_16",
    '"utf-8"': "utf_8",
}  # fmt: skip


@pytest.mark.parametrize(("name", "found"), CALLED.items())
def test_a_charset_is_known_by_its_names(name: str, found: str) -> None:
    assert known_charset(name) == found
    assert "Grüße".encode(found, "replace").decode(found) == decoded("Grüße".encode(found, "replace"), name)


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_charset_of_texts_is_read_as_utf_8(name: str) -> None:
    assert known_charset(name) is None
    assert decoded("Grüße".encode(), name) == "Grüße"
    assert decoded(b"a\xff", name) == "a\ufffd"


@given(st.binary(max_size=200), st.sampled_from([*sorted(LINEAR), *ODD]))
def test_any_bytes_in_any_charset_are_text(raw: bytes, name: str) -> None:
    assert isinstance(decoded(raw, name), str)


def test_every_charset_takes_time_in_proportion() -> None:
    """Two megabytes take well under a second in each; quadratic ones took minutes."""
    for name in sorted(LINEAR):
        began = time.monotonic()
        decoded(b"a\xe4-\x1b$B!~{" * 200_000, name)
        assert time.monotonic() - began < 20, name


def test_the_first_charset_that_fits_is_taken() -> None:
    assert decoded("Grüße".encode("cp1252"), "utf-8", "windows-1252") == "Grüße"
    assert decoded("Grüße".encode(), "punycode", "utf-8", "windows-1252") == "Grüße"


def test_a_content_type_names_its_charset() -> None:
    assert charset_of('text/plain; Charset="ISO-8859-1"; x=y') == "ISO-8859-1"
    assert charset_of("text/plain;boundary=charset") is None


def test_libraries_cannot_be_led_to_slow_codecs() -> None:
    tame_codecs()
    long = b"a" * 4_000_000

    assert long.decode("punycode", "replace") == "a" * 4_000_000
    assert b"abc".decode("undefined", "ignore") == "abc"
    assert b"xn--abc..".decode("idna", "ignore") == "xn--abc.."
    assert codecs.getreader("punycode")(io.BytesIO(long), "replace").read() == "a" * 4_000_000
    with pytest.raises(UnicodeError):
        long.decode("punycode")


def test_names_of_hosts_are_still_written_and_read() -> None:
    tame_codecs()

    assert "bücher.example".encode("idna") == b"xn--bcher-kva.example"
    assert b"xn--bcher-kva.example".decode("idna") == "bücher.example"
    assert b"bcher-kva".decode("punycode") == "bücher"


def test_a_mail_in_a_slow_charset_is_read() -> None:
    tame_codecs()
    mail = email.message_from_bytes(
        b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a" * 2_000_000, policy=email.policy.default
    )

    assert "a" * 1000 in mail.get_content()
