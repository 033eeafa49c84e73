"""Mailboxes that are polled: each message starts a run once, and none keeps those behind it back."""

from __future__ import annotations

import imaplib
import re
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from core.mail import mailbox as core_mailbox
from core.mail import taking
from core.models import User
from credentials import services as credentials
from executor.process.polls import COMPUTE_S, LIMIT_S
from executor.run.state import trigger_items
from nodes.handlers.trigger import email_trigger
from nodes.handlers.trigger.email_trigger import LOOKUP_S, MARKING_S, ONE_S
from tests.polling import Clock, deployed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mail_port() -> Iterator[int]:
    """A real IMAP server with an empty mailbox."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "dict", "--demo-data"]
    server = subprocess.Popen(
        [str(Path(sys.executable).parent / "pymap"), *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def put(port: int, subject: str, file: bytes | None = None) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ada <ada@example.org>", "us@example.org", subject
    mail["Date"], mail["Message-ID"] = "Sun, 01 Mar 2026 09:30:00 +0000", f"<{uuid4()}@example.org>"
    mail.set_content("Dear all,\nhello.")
    if file is not None:
        mail.add_attachment(file, maintype="text", subtype="csv", filename="table.csv")
    client = imaplib.IMAP4("127.0.0.1", port, timeout=5)
    client.login("demouser", "demopass")
    client.append("INBOX", "", None, mail.as_bytes())
    client.logout()


def empty(port: int) -> None:
    """Remove all messages."""
    client = imaplib.IMAP4("127.0.0.1", port, timeout=5)
    client.login("demouser", "demopass")
    client.select("INBOX")
    client.store("1:*", "+FLAGS", r"(\Deleted)")
    client.expunge()
    client.logout()


def mailbox(user: User, port: int, **fields: str) -> str:
    data = {"host": "127.0.0.1", "port": str(port), "username": "demouser", "password": "demopass", "security": "none"}
    made = credentials.create(owner_id=user.pk, name=f"box {uuid4()}", type="imap", data={**data, **fields})
    return str(made.pk)


def test_new_mails_start_a_run_with_their_attachments(
    api: APIClient, user: User, mail_port: int, settings: Any
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    slots = {"mailbox": mailbox(user, mail_port)}
    clock = Clock(deployed(api, "email_trigger", {"after": "mark_seen"}, credentials=slots))
    assert clock.ask() is None
    assert clock.poll.last_error is None, "the messages that are there are known"

    put(mail_port, "Grüße", b"a,b\n1,2\n")
    put(mail_port, "second")
    items = clock.ask()
    assert items is not None
    assert [item["subject"] for item in items] == ["Grüße", "second"]
    assert items[0]["from"] == {"name": "Ada", "address": "ada@example.org"}
    assert (items[0]["text"].strip().splitlines()[-1], items[0]["date"]) == ("hello.", "2026-03-01T09:30:00.000Z")
    first, second = trigger_items(items)
    assert first["binary"]["attachment_0"]["file_name"] == "table.csv"
    assert "$binary" not in first["json"]
    assert "binary" not in second
    assert clock.ask() is None

    wrong = mailbox(user, mail_port, password="wrong")
    failing = Clock(deployed(api, "email_trigger", {}, credentials={"mailbox": wrong}))
    assert failing.ask() is None
    assert (failing.poll.last_error or {})["code"] == "mailbox_failed"
    assert "wrong" not in str(failing.poll.last_error)


def test_a_mail_of_bytes_that_are_no_text_is_an_item_and_blocks_nothing(
    api: APIClient, user: User, mail_port: int, settings: Any
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    clock = Clock(deployed(api, "email_trigger", {}, credentials={"mailbox": mailbox(user, mail_port)}))
    assert clock.ask() is None
    raw = (
        b"Message-ID: <\xff\xfe@x>\r\nFrom: \xff <a\x00\xff@x>\r\nTo: =?utf-8?q?=ED=A0=80?= <b@x>\r\nSubject: a\x00\xed\xa0\x80\r\n"
        b"Date: \xff yesterday\r\nX-\xff: 1\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=\xff\r\n"
        b'\r\nhello\x00\xff\r\n--x\r\nContent-Type: a/\xff\r\nContent-Disposition: attachment; filename="\xff\x00.csv"\r\n\r\n1\r\n--x--\r\n'
    )
    client = imaplib.IMAP4("127.0.0.1", mail_port, timeout=5)
    client.login("demouser", "demopass")
    client.append("INBOX", "", None, raw)
    client.logout()
    put(mail_port, "behind it")

    items = clock.ask()
    assert clock.poll.last_error is None
    assert items is not None
    assert [item["subject"] for item in items][1:] == ["behind it"]
    assert clock.ask() is None


@contextmanager
def hostile_mailbox(*said: bytes, again: bytes = b"", pause_s: float = 0) -> Iterator[int]:
    """A server that answers one thing after the other, whatever it is asked, and then says the same for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.sendall(said[0])
                for answer in said[1:]:
                    tag = b""
                    while not tag:
                        tag = connection.recv(4096).split(b" ")[0]
                    connection.sendall(answer.replace(b"TAG", tag))
                while again:
                    connection.sendall(again)
                    time.sleep(pause_s)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


READY = b"* OK IMAP4rev1 ready\r\n"


@pytest.mark.parametrize(
    ("said", "again", "pause_s"),
    [
        ([b"* OK "], b"x", 0.05),
        ([READY, b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"], b"* OK and more\r\n", 0.01),
        ([READY, b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"], b"* OK " + b"x" * 60_000 + b"\r\n", 0),
        ([READY, b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n", b"* LIST () {99999999999}\r\n"], b"x" * 60_000, 0),
        ([READY, b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n", b"* LIST () {60000000}\r\n"], b"x", 0.05),
    ],
    ids=["a slow greeting", "answers without end", "much", "a literal that fits nowhere", "a slow literal"],
)
def test_a_mail_server_holds_no_poll_for_longer_than_its_time_and_sends_no_more_than_its_share(
    monkeypatch: pytest.MonkeyPatch, said: list[bytes], again: bytes, pause_s: float
) -> None:
    monkeypatch.setattr(core_mailbox, "OPENING_S", 2)
    monkeypatch.setattr(core_mailbox, "MOST_SESSION_BYTES", 2**20)
    with hostile_mailbox(*said, again=again, pause_s=pause_s) as port:
        server = core_mailbox.MailServer("127.0.0.1", port, "127.0.0.1", "u", "p", "none")
        began = time.monotonic()
        ended = pytest.raises(core_mailbox.MailboxFailed, match=r"did not answer in 2 s|sends more than")
        with ended, core_mailbox.opened(server, "INBOX"):
            pass
        assert time.monotonic() - began < 20


def test_mails_are_taken_as_they_fit_and_one_too_large_blocks_nothing(
    api: APIClient, user: User, mail_port: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    clock = Clock(deployed(api, "email_trigger", {}, credentials={"mailbox": mailbox(user, mail_port)}))
    assert clock.ask() is None
    monkeypatch.setattr(taking, "MOST_MAIL_BYTES", 20_000)
    for subject, size in (("a", 8000), ("b", 8000), ("huge", 40_000), ("c", 8000)):
        put(mail_port, subject, b"x" * size)

    found = [item for _ in range(4) for item in clock.ask() or []]
    assert [item.get("subject") for item in found] == ["a", "b", None, "c"]
    assert "more than the" in found[2]["unreadable"]


@contextmanager
def line_to(port: int, *slow: bytes) -> Iterator[int]:
    """A line to a mail server that hardly moves any more once one of these texts went over it."""

    def relay(client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", port)) as server, suppress(OSError):
            while True:
                for source in select.select([client, server], [], [])[0]:
                    if not (found := source.recv(65536)):
                        return
                    if source is client:
                        server.sendall(found)
                        continue
                    at = min((found.index(mark) for mark in slow if mark in found), default=len(found))
                    client.sendall(found[:at])
                    for byte in found[at:]:
                        client.sendall(bytes([byte]))
                        time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=relay, args=[listener.accept()[0]], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def seen(port: int) -> list[str]:
    """Return the subjects of the messages that are marked as read."""
    client = imaplib.IMAP4("127.0.0.1", port, timeout=5)
    client.login("demouser", "demopass")
    client.select("INBOX", readonly=True)
    found = client.search(None, "SEEN")[1][0].split()
    subjects = [client.fetch(one.decode(), "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1] for one in found]
    client.logout()
    return [str(one[0][1].decode().strip()) for one in subjects if isinstance(one[0], tuple)]


def test_a_mail_that_does_not_come_in_time_is_said_to_be_so_and_those_around_it_come_once(
    api: APIClient, user: User, mail_port: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(core_mailbox, "SESSION_S", 2)
    with line_to(mail_port, b"Subject: slow") as port:
        slots = {"mailbox": mailbox(user, port)}
        clock = Clock(deployed(api, "email_trigger", {"after": "mark_seen"}, credentials=slots))
        assert clock.ask() is None
        for subject in ("a", "b", "slow", "c"):
            put(mail_port, subject)

        waves = [clock.ask() or [] for _ in range(6)]

    assert [[item.get("subject") for item in wave] for wave in waves] == [["a", "b"], [], [], [None], ["c"], []]
    assert "does not come" in waves[3][0]["unreadable"]
    assert clock.poll.last_error is None
    read = seen(mail_port)
    assert {"Subject: a", "Subject: b", "Subject: c"} <= set(read)
    assert not any("slow" in subject for subject in read), "what nobody read is not marked"


def test_a_mail_of_more_bytes_than_told_blocks_nothing(
    api: APIClient, user: User, mail_port: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    clock = Clock(deployed(api, "email_trigger", {}, credentials={"mailbox": mailbox(user, mail_port)}))
    assert clock.ask() is None
    monkeypatch.setattr(core_mailbox, "MOST_SESSION_BYTES", 40_000)
    for subject, size in (("a", 100), ("huge", 60_000), ("b", 100)):
        put(mail_port, subject, b"x" * size)

    found = [item for _ in range(4) for item in clock.ask() or []]
    assert [item.get("subject") for item in found] == ["a", None, "b"]
    assert "more than the" in found[1]["unreadable"]


def test_mails_that_cannot_be_marked_start_their_run_and_are_marked_later(
    api: APIClient, user: User, mail_port: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    slots = {"mailbox": mailbox(user, mail_port)}
    clock = Clock(deployed(api, "email_trigger", {"after": "mark_seen"}, credentials=slots))
    assert clock.ask() is None
    put(mail_port, "a")
    real = imaplib.IMAP4.uid

    def refuses(client: imaplib.IMAP4, command: str, *arguments: str) -> Any:
        return ("NO", [b"read-only"]) if command.upper() == "STORE" else real(client, command, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(imaplib.IMAP4, "uid", refuses)
        assert [item["subject"] for item in clock.ask() or []] == ["a"]
        assert "could not be marked" in (clock.poll.last_error or {})["message"]
        assert clock.ask() is None, "it came once"
    assert "Subject: a" not in seen(mail_port)

    assert clock.ask() is None
    assert clock.poll.last_error is None
    assert "Subject: a" in seen(mail_port)


FETCHED = re.compile(rb"(\S+) UID FETCH (\d+) .*BODY")
HANGS_UP = b""


@contextmanager
def clerk_of(port: int, answer: Callable[[int, int], bytes | None]) -> Iterator[int]:
    """A mail server that gives messages as it likes: `answer` has the UID, and how many were asked for before."""

    def serve(client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", port)) as server, suppress(OSError):
            threading.Thread(target=back, args=[server, client], daemon=True).start()
            asked = 0
            for line in client.makefile("rb"):
                found = FETCHED.match(line)
                said = answer(int(found[2]), asked) if found else None
                asked += found is not None
                if found is None or said is None:
                    server.sendall(line)
                elif said == HANGS_UP:
                    client.shutdown(socket.SHUT_RDWR)
                else:
                    client.sendall(found[1] + b" " + said + b"\r\n")

    def back(server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while found := server.recv(65536):
                client.sendall(found)

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


Answer = Callable[[int, int], bytes | None]


@pytest.fixture
def asked(api: APIClient, user: User, mail_port: int, settings: Any) -> Iterator[tuple[Clock, dict[str, Answer], int]]:
    """A trigger that was asked once, how its server is to answer from then on, and the next message's UID."""
    settings.HTTP_ALLOWED_PRIVATE_HOSTS = ["127.0.0.1"]
    how: dict[str, Answer] = {"answers": lambda uid, before: None}
    with clerk_of(mail_port, lambda uid, before: how["answers"](uid, before)) as port:
        clock = Clock(deployed(api, "email_trigger", {}, credentials={"mailbox": mailbox(user, port)}))
        assert clock.ask() is None
        yield clock, how, int((clock.poll.cursor or {})["uid"]) + 1


def subjects(clock: Clock, asks: int) -> list[list[str | None]]:
    return [[item.get("subject") for item in clock.ask() or []] for _ in range(asks)]


@pytest.mark.parametrize("said", [b"NO [THROTTLED] later", b"NO too many requests"])
def test_what_came_before_a_server_gave_no_more_is_kept(
    asked: tuple[Clock, dict[str, Answer], int], mail_port: int, said: bytes
) -> None:
    clock, how, _ = asked
    for subject in "abcd":
        put(mail_port, subject)
    how["answers"] = lambda uid, before: said if before >= 2 else None
    assert subjects(clock, 1) == [["a", "b"]]
    assert (clock.poll.last_error or {})["code"] == "mailbox_failed"
    assert subjects(clock, 2) == [["c", "d"], []]
    assert clock.poll.last_error is None
    assert (clock.poll.failures, "stuck" in (clock.poll.cursor or {})) == (0, False)


@pytest.mark.parametrize("said", [HANGS_UP, b"NO [SERVERBUG] corrupt", b"BAD what"])
def test_a_mail_that_fails_three_times_is_said_to_be_unreadable_and_those_behind_it_come(
    asked: tuple[Clock, dict[str, Answer], int], mail_port: int, said: bytes
) -> None:
    clock, how, first = asked
    for subject in ("a", "broken", "b"):
        put(mail_port, subject)
    how["answers"] = lambda uid, before: said if uid == first + 1 else None
    waves = subjects(clock, 5)
    assert [subject for wave in waves for subject in wave] == ["a", None, "b"]
    assert waves[1] == [], "it is tried again before it is given up"
    assert clock.poll.last_error is None


@pytest.mark.parametrize("said", [HANGS_UP, b"NO [UNAVAILABLE] busy"])
def test_a_mail_that_fails_twice_and_then_comes_is_not_lost(
    asked: tuple[Clock, dict[str, Answer], int], mail_port: int, said: bytes
) -> None:
    clock, how, first = asked
    for subject in ("slow", "b"):
        put(mail_port, subject)
    how["answers"] = lambda uid, before: said if uid == first else None
    assert subjects(clock, 2) == [[], []]
    assert (clock.poll.failures, (clock.poll.last_error or {})["code"]) == (2, "mailbox_failed")
    how["answers"] = lambda uid, before: None
    assert subjects(clock, 2) == [["slow", "b"], []]


@pytest.mark.parametrize("said", [HANGS_UP, b"NO out of order"])
def test_a_server_that_gives_nothing_loses_no_mail_however_long(
    asked: tuple[Clock, dict[str, Answer], int], mail_port: int, said: bytes
) -> None:
    clock, how, _ = asked
    for subject in ("a", "b"):
        put(mail_port, subject)
    how["answers"] = lambda uid, before: said
    assert subjects(clock, 4) == [[]] * 4
    assert (clock.poll.failures, (clock.poll.last_error or {})["code"]) == (4, "mailbox_failed")
    how["answers"] = lambda uid, before: None
    assert subjects(clock, 1) == [["a", "b"]]


@pytest.mark.parametrize("said", [HANGS_UP, b"NO [SERVERBUG] corrupt"])
def test_the_only_mail_of_a_mailbox_is_given_up_as_well_and_the_trigger_is_well_again(
    asked: tuple[Clock, dict[str, Answer], int], mail_port: int, said: bytes
) -> None:
    clock, how, first = asked
    empty(mail_port)
    put(mail_port, "broken")
    how["answers"] = lambda uid, before: said if uid == first else None
    assert subjects(clock, 4) == [[], [], [None], []]
    assert (clock.poll.last_error, clock.poll.failures) == (None, 0)
    put(mail_port, "next")
    assert subjects(clock, 1) == [["next"]]


def test_the_only_mail_of_a_mailbox_is_waited_for_while_the_server_says_later(
    asked: tuple[Clock, dict[str, Answer], int], mail_port: int
) -> None:
    clock, how, _ = asked
    empty(mail_port)
    put(mail_port, "a")
    how["answers"] = lambda uid, before: b"NO [UNAVAILABLE] busy"
    assert subjects(clock, 5) == [[]] * 5
    how["answers"] = lambda uid, before: None
    assert subjects(clock, 1) == [["a"]]


def test_however_many_mails_a_server_refuses_in_a_row_those_behind_them_come(
    asked: tuple[Clock, dict[str, Answer], int], mail_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email_trigger, "MOST_MAILS", 4)
    clock, how, first = asked
    for number in range(8):
        put(mail_port, f"m{number}")
    broken = range(first, first + 6)
    how["answers"] = lambda uid, before: b"NO corrupt" if uid in broken else None
    came = [subject for wave in subjects(clock, 6) for subject in wave]
    assert came == [*[None] * len(broken), "m6", "m7"]


def test_connecting_takes_no_longer_than_what_is_left_of_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float | None] = []

    def silent(address: Any, timeout: float | None = None) -> socket.socket:
        given.append(timeout)
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", silent)
    server = core_mailbox.MailServer("127.0.0.1", 143, "127.0.0.1", "u", "p", "none")
    for limit_s in (MARKING_S, None):
        with pytest.raises(core_mailbox.MailboxFailed), core_mailbox.opened(server, "INBOX", limit_s):
            pass
    assert [limit is not None and limit <= most for limit, most in zip(given, (6, 20), strict=True)] == [True, True]


def test_all_that_a_poll_of_a_mailbox_may_wait_for_fits_into_its_time() -> None:
    reading = core_mailbox.OPENING_S + core_mailbox.SESSION_S
    assert LOOKUP_S + reading + ONE_S + 2 * MARKING_S < LIMIT_S
    assert ONE_S > COMPUTE_S
