"""The port that an installation serves on."""

from __future__ import annotations

import errno
import socket

FIRST_PORT = 8000
PORTS_TRIED = 200
BACKLOG = 1024


class PortTaken(RuntimeError):
    """The port that was asked for belongs to somebody else, or may not be used."""


def choose_port(wanted: int | None) -> int:
    """Return the port that was asked for, else the first free one from 8000. Raises: PortTaken."""
    with listen(wanted) as listener:
        return int(listener.getsockname()[1])


def listen(wanted: int | None) -> socket.socket:
    """Listen on the port that was asked for, else on the first free one from 8000. Raises: PortTaken.

    Whoever listens has the port: two that start at once cannot both be told that it is free.
    """
    for port in [wanted] if wanted is not None else range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        try:
            return _listening(port)
        except OSError as exc:
            if wanted is not None:
                raise PortTaken(_refusal(wanted, exc)) from exc
    raise PortTaken(f"no free port from {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1}")


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _refusal(port: int, exc: OSError) -> str:
    if exc.errno == errno.EACCES:
        return f"this account may not listen on port {port} (low ports need privileges); choose another PORT"
    if exc.errno == errno.EADDRINUSE:
        return f"port {port} is taken; choose another PORT or leave it out"
    return f"port {port} cannot be used: {exc.strerror or exc}"
