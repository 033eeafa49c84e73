"""JSON over a descriptor, each value behind its length in four bytes; sizes are capped by who reads."""

from __future__ import annotations

import json
import os
from typing import Any

HEAD = 4


class TooLarge(Exception):
    """A frame is larger than its reader takes."""


def read(descriptor: int, most: int) -> Any:
    """Return the next value. Raises: EOFError, TooLarge."""
    size = int.from_bytes(_exactly(descriptor, HEAD), "big")
    if size > most:
        raise TooLarge(size)
    return json.loads(_exactly(descriptor, size))


def _exactly(descriptor: int, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = os.read(descriptor, min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def write(descriptor: int, raw: bytes) -> None:
    """Write a frame whose content is JSON already."""
    left = memoryview(len(raw).to_bytes(HEAD, "big") + raw)
    while left:
        left = left[os.write(descriptor, left) :]
