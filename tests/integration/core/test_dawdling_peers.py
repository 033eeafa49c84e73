"""Peers that never finish a handshake, or spread an answer over bytes: the time holds, and what was held is given back."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.mail import EmailMessage

from core.http import client as http
from core.http.client import GuardedClient, Unreachable
from core.http.requests import Request
from core.mail import mailbox, smtp

HANDSHAKE = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"  # the beginning of an answer of 16 KiB
PATIENCE_S = 60


@dataclass
class Peer:
    """A server that says a beginning, then a byte now and then; it notes who has hung up."""

    port: int
    came: int = 0
    gone: list[socket.socket] = field(default_factory=list)

    def all_are_gone(self) -> bool:
        end = time.monotonic() + PATIENCE_S
        while len(self.gone) < self.came and time.monotonic() < end:
            time.sleep(0.01)
        return len(self.gone) == self.came


@contextlib.contextmanager
def dawdling(begin: bytes, again: bytes = b"\x00") -> Iterator[Peer]:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        peer = Peer(listener.getsockname()[1])

        def serve(line: socket.socket) -> None:
            with line, contextlib.suppress(OSError):
                line.sendall(begin)
                line.settimeout(0.05)
                is_there = True
                while is_there:
                    try:
                        is_there = bool(line.recv(65536))
                    except TimeoutError:
                        line.sendall(again)
            peer.gone.append(line)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = listener.accept()
                    peer.came += 1
                    threading.Thread(target=serve, args=[line], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield peer
        listener.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def well() -> Iterator[int]:
    """A web server that answers at once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = listener.accept()
                    line.recv(65536)
                    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
                    line.close()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(("begin", "again"), [(b"", b""), (b"", b"\x00"), (HANDSHAKE, b"\x00")])
def test_a_handshake_that_never_ends_gives_its_connection_back(
    begin: bytes, again: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of them than there are connections, and the next request has one."""
    monkeypatch.setattr(http, "MOST_CONNECTIONS", 3)

    async def check(bad: int, good: int) -> None:
        client = GuardedClient(["127.0.0.1"])
        slow = Request("GET", f"https://127.0.0.1:{bad}/", timeout_s=0.5, owner="one")
        ends = await asyncio.gather(*(client.send(slow) for _ in range(7)), return_exceptions=True)
        assert [end for end in ends if not isinstance(end, Unreachable)] == []
        assert client.places.is_at_rest
        quick = Request("GET", f"http://127.0.0.1:{good}/", timeout_s=PATIENCE_S, owner="one")
        assert (await client.send(quick)).body == b"ok"
        await client.close()

    with dawdling(begin, again) as peer, well() as good:
        asyncio.run(asyncio.wait_for(check(peer.port, good), PATIENCE_S))
        assert peer.came == 7
        assert peer.all_are_gone()


def test_a_request_that_is_given_up_in_a_handshake_gives_its_connection_back() -> None:
    async def check(port: int) -> None:
        client = GuardedClient(["127.0.0.1"])
        slow = Request("GET", f"https://127.0.0.1:{port}/", timeout_s=600, owner="one")
        asked = asyncio.create_task(client.send(slow))
        while not peer.came:
            await asyncio.sleep(0.01)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert client.places.is_at_rest
        assert await asyncio.to_thread(peer.all_are_gone)
        await client.close()

    with dawdling(HANDSHAKE) as peer:
        asyncio.run(asyncio.wait_for(check(peer.port), PATIENCE_S))


@pytest.mark.parametrize(
    ("security", "begin"),
    [
        ("ssl", b""),
        ("ssl", HANDSHAKE),
        ("none", b"* OK"),
        ("starttls", b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n* "),
    ],
)
def test_a_mailbox_that_dawdles_is_hung_up_on(security: str, begin: bytes) -> None:
    before = set(threading.enumerate())
    with dawdling(begin) as peer:
        server = mailbox.MailServer("localhost", peer.port, "127.0.0.1", "u", "p", security)
        with pytest.raises(mailbox.MailboxFailed), mailbox.opened(server, "INBOX", limit_s=0.5):
            pass
        assert peer.all_are_gone()
    for begun in set(threading.enumerate()) - before:  # one that has hung up may be about to end
        begun.join(PATIENCE_S)
        assert not begun.is_alive()


@pytest.mark.parametrize(("more", "begin"), [({}, b"220"), ({"use_ssl": True}, b""), ({"use_ssl": True}, HANDSHAKE)])
def test_a_mail_server_that_dawdles_is_hung_up_on(
    more: dict[str, Any], begin: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "SESSION_S", 0.5)
    with dawdling(begin) as peer:
        backend = smtp.EmailBackend("127.0.0.1", peer.port, timeout=0.5 if more else 10, use_tls=False, **more)
        with pytest.raises(OSError):  # noqa: PT011 (whatever it is, the mail is tried again)
            backend.send_messages([EmailMessage("a", "b", "a@example.org", ["b@example.org"])])
        assert peer.all_are_gone()
