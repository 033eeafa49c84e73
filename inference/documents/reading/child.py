"""The process that reads one document: its walls first, then the content. Started by `apart` alone."""

from __future__ import annotations

import ctypes
import json
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from typing import Any

from inference.documents.reading.blocks import Block, Unreadable

PDEATHSIG = 1  # of prctl
MEMORY_BYTES = 2 * 1024**3  # of addresses: libraries ask for far more than they touch
NO_MEMORY = "Reading this document takes more memory than there is for one."


def main() -> None:
    head_length = struct.unpack(">I", sys.stdin.buffer.read(4))[0]
    head: dict[str, Any] = json.loads(sys.stdin.buffer.read(head_length))
    _wall(head["cpu_s"])
    write = sys.stdout.buffer.write
    try:
        for line in _read(head, sys.stdin.buffer.read()):
            write(json.dumps(line).encode() + b"\n")
        end: dict[str, Any] = {"end": True}
    except Unreadable as exc:
        end = {"refused": str(exc)}
    except MemoryError:
        end = {"refused": NO_MEMORY}
    write(json.dumps(end).encode() + b"\n")
    sys.stdout.buffer.flush()


def _wall(cpu_s: int) -> None:
    """Give up what reading does not need: files, children, time and memory without end."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(head: dict[str, Any], content: bytes) -> Iterator[list[Any]]:
    from inference.documents.reading.chunks import chunks_of  # noqa: PLC0415 (behind the walls)
    from inference.embeddings.tokens import tokenizer  # noqa: PLC0415

    blocks = _reader(head["mime_type"])(content)
    for chunk in chunks_of(blocks, tokenizer(), size=head["size"], overlap=head["overlap"]):
        yield [chunk.text, chunk.headings, chunk.page, chunk.tokens]


def _reader(mime_type: str) -> Callable[[bytes], Iterator[Block]]:
    from inference.documents import formats  # noqa: PLC0415
    from inference.documents.reading import html_text, office, pdf, plain  # noqa: PLC0415

    readers: dict[str, Callable[[bytes], Iterator[Block]]] = {
        formats.PDF: pdf.pdf, formats.DOCX: office.docx, formats.XLSX: office.xlsx, "text/plain": plain.text,
        "text/markdown": plain.markdown, "text/html": html_text.page, "text/csv": plain.table,
        "application/json": plain.json_values,
    }  # fmt: skip
    return readers[mime_type]
