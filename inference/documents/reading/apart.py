"""Reads a document in a process of its own, which has bounds and ends with it.

Parsers of foreign files are C code: what breaks, hangs or grows is that document's alone. The order goes by standard
input (length, JSON, content), the chunks come back as lines of JSON on standard output; the environment is empty.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from inference.documents.reading.blocks import Unreadable
from inference.documents.reading.chunks import Chunk

ROOT = Path(__file__).resolve().parents[3]
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from inference.documents.reading.child import main; main()"
CPU_S = 60
LIMIT_S = 180  # where the machine has much else to do
MOST_ANSWER_BYTES = 256 * 1024 * 1024
TOO_SLOW = "Reading this document takes too long."
BROKEN = "This document could not be read: it broke what reads it."
TOO_LONG = "This document holds more text than may be read."


def read(content: bytes, mime_type: str, *, size: int, overlap: int, cpu_s: int = CPU_S) -> list[Chunk]:
    """Return the chunks of a document. Raises: Unreadable, with a sentence for its owner."""
    head = json.dumps({"mime_type": mime_type, "size": size, "overlap": overlap, "cpu_s": cpu_s}).encode()
    raw, code = _run(struct.pack(">I", len(head)) + head, content)
    lines = raw.split(b"\n")
    ended: Any = json.loads(lines[-2]) if len(lines) > 1 and code == 0 else None
    if not isinstance(ended, dict):
        raise Unreadable(TOO_SLOW if code == -signal.SIGXCPU else BROKEN)
    if "refused" in ended:
        raise Unreadable(ended["refused"])
    return [Chunk(*json.loads(line)) for line in lines[:-2]]


def _run(head: bytes, content: bytes) -> tuple[bytes, int]:
    command = [sys.executable, "-B", "-I", "-c", BOOT, str(ROOT)]
    with subprocess.Popen(  # noqa: S603 (our own program)
        command, env={}, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as child:  # fmt: skip
        if child.stdin is None or child.stdout is None:
            raise Unreadable(BROKEN)
        feeding = threading.Thread(target=_feed, args=(child.stdin, head, content), daemon=True)
        feeding.start()
        try:
            return _answer(child.stdout), child.wait(LIMIT_S)
        finally:
            child.kill()
            feeding.join()


def _feed(pipe: IO[bytes], head: bytes, content: bytes) -> None:
    with contextlib.suppress(OSError), pipe:  # one that was ended reads no more
        pipe.write(head)
        pipe.write(content)


def _answer(pipe: IO[bytes]) -> bytes:
    """Return all that is said before the end. Raises: Unreadable where that is too late or too much."""
    end, parts, size = time.monotonic() + LIMIT_S, list[bytes](), 0
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while size <= MOST_ANSWER_BYTES:
            if not selector.select(max(end - time.monotonic(), 0)):
                raise Unreadable(TOO_SLOW)
            piece = os.read(pipe.fileno(), 1 << 20)
            if not piece:
                return b"".join(parts)
            parts.append(piece)
            size += len(piece)
    raise Unreadable(TOO_LONG)
