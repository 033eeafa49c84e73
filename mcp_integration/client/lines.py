"""Bytes that come in pieces, as lines: each byte is looked at once, and no line grows without end."""

from __future__ import annotations

from collections.abc import Iterator

from mcp_integration.client.spec import MESSAGE_BYTES


class TooLong(Exception):
    """A line is longer than allowed."""


class Lines:
    """What came since the last line break, and the lines before it."""

    def __init__(self, most_bytes: int = MESSAGE_BYTES) -> None:
        self._most = most_bytes
        self._begun = bytearray()

    def added(self, piece: bytes) -> Iterator[bytes]:
        """Yield the lines that a piece completes, blank ones left out. Raises: TooLong."""
        *ends, rest = piece.split(b"\n")
        for end in ends:
            self._add(end)
            line = bytes(self._begun)
            self._begun.clear()
            if line.strip():
                yield line
        self._add(rest)

    def _add(self, part: bytes) -> None:
        if len(self._begun) + len(part) > self._most:
            raise TooLong
        self._begun += part
