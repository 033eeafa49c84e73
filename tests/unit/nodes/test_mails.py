"""Messages as strangers write them: read, or refused as what they are."""

from __future__ import annotations

import base64

import pytest

from core.json import dumps
from nodes.base import NodeFailed
from nodes.handlers.trigger.email_trigger import read_mail

PLAIN = b"From: A <a@example.org>\r\nSubject: Hello\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\ntext"
WITH_FILE = (
    b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n"
    b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nPDF\r\n--b--\r\n"
)
ODD = [
    b"", b"\x00\xff" * 50, b"Date: 99 Nonsense 999999999999\r\n\r\n", b"Subject: =?punycode?q?a=00?=\r\n\r\n",
    b"Content-Type: text/plain; charset=idna\r\n\r\n\xff\xfe", b"From: =?utf-8?b?////?= <>,,;<\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n--\r\n", b"To: " + b"(" * 5000 + b"\r\n\r\n",
    b"Content-Type: message/rfc822\r\n\r\n" * 300,
]  # fmt: skip


def test_a_message_is_an_item_and_its_files_travel_as_text() -> None:
    read = read_mail(WITH_FILE, "7", 1)
    assert read["files"] == [[base64.b64encode(b"PDF").decode(), "a.pdf", "application/pdf"]]
    assert (read["item"]["uid"], read["item"]["subject"], read["item"]["text"].strip()) == ("7", "x", "hi")
    assert read_mail(PLAIN, "8", 0)["item"]["from"] == {"name": "A", "address": "a@example.org"}
    assert read_mail(WITH_FILE, "9", 0)["files"] == []


@pytest.mark.parametrize("raw", ODD)
def test_an_odd_message_can_be_stored_or_is_refused(raw: bytes) -> None:
    try:
        dumps(read_mail(raw, "1", 1))
    except NodeFailed as exc:
        assert exc.node_code == "invalid_input"


def multipart(*parts: bytes) -> bytes:
    head = b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


@pytest.mark.parametrize(
    ("part", "file"),
    [
        (b"Content-Type: image/png\r\nContent-Disposition: inline\r\nContent-ID: <a>\r\n\r\nPNG", (b"PNG", "attachment_1.png", "image/png")),
        (b"Content-Type: application/pdf\r\n\r\nPDF", (b"PDF", "attachment_1.pdf", "application/pdf")),
        (b"Content-Type: image/jpeg\r\nContent-Disposition: attachment\r\n\r\nJPG", (b"JPG", "attachment_1.jpg", "image/jpeg")),
        (b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR", (b"BEGIN:VCALENDAR", "attachment_1.ics", "text/calendar")),
        (b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=n.txt\r\n\r\nnote", (b"note", "n.txt", "text/plain")),
        (b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner text", (b"Subject: inner\r\n\r\ninner text", "attachment_1.eml", "message/rfc822")),
    ],
)  # fmt: skip
def test_all_that_comes_with_a_text_is_a_file(part: bytes, file: tuple[bytes, str, str]) -> None:
    read = read_mail(multipart(b"\r\nhi", part), "1", 1)
    content, name, kind = read["files"][0]
    assert (base64.b64decode(content).replace(b"\n", b"\r\n").replace(b"\r\r", b"\r"), name, kind) == file
    assert read["item"]["text"].strip() == "hi"


@pytest.mark.parametrize("charset", [b"", b"; charset=us-ascii", b"; charset=unknown-8bit", b"; charset=utf-8"])
def test_text_is_read_whatever_it_says_it_is_written_in(charset: bytes) -> None:
    head = b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\nContent-Type: text/plain" + charset
    assert read_mail(head + b"\r\n\r\n" + "K\u00f6ln \u20ac5".encode(), "1", 0)["item"]["text"] == "K\u00f6ln \u20ac5"
    assert (
        read_mail(head + b"\r\n\r\n" + "K\u00f6ln \u20ac5".encode("cp1252"), "1", 0)["item"]["text"]
        == "K\u00f6ln \u20ac5"
    )


def test_texts_stand_below_each_other_and_dates_are_moments() -> None:
    two = read_mail(
        multipart(b"Content-Type: text/plain\r\n\r\nfirst", b"Content-Type: text/plain\r\n\r\nsecond"), "1", 0
    )
    assert two["item"]["text"] == "first\nsecond"
    assert read_mail(PLAIN, "1", 0)["item"]["date"] == "2026-03-02T10:00:00.000Z"
    assert (
        read_mail(b"Date: Mon, 02 Mar 2026 10:00:00 -0000\r\n\r\n", "1", 0)["item"]["date"]
        == "2026-03-02T10:00:00.000Z"
    )
    assert read_mail(b"Date: some day\r\n\r\n", "1", 0)["item"]["date"] == ""
