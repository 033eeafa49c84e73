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
