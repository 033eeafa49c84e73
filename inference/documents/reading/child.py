"""The process that reads one document: all that it needs is loaded, then its walls close. Started by `apart` alone."""

from __future__ import annotations

import codecs
import json
import struct
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from inference.documents import formats
from inference.documents.reading import html_text, office, pdf, plain, walls
from inference.documents.reading.blocks import Block, Unreadable
from inference.documents.reading.chunks import chunks_of
from inference.embeddings.tokens import tokenizer

CODECS = (
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
    "cp1252",
    "latin-1",
    "idna",
    "cp437",
)
NO_MEMORY = "Reading this document takes more memory than there is for one."


def main() -> None:
    head_length = struct.unpack(">I", sys.stdin.buffer.read(4))[0]
    head: dict[str, Any] = json.loads(sys.stdin.buffer.read(head_length))
    walls.limits(head["cpu_s"])
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


def _read(head: dict[str, Any], content: bytes) -> Iterator[list[Any]]:
    reader, counter = _reader(head["mime_type"]), tokenizer()
    for name in CODECS:
        codecs.lookup(name)
    walls.close()
    for chunk in chunks_of(reader(content), counter, size=head["size"], overlap=head["overlap"]):
        yield [chunk.text, chunk.headings, chunk.page, chunk.tokens]


def _reader(mime_type: str) -> Callable[[bytes], Iterator[Block]]:
    if mime_type == formats.PDF:
        import_module("pypdfium2")  # behind the walls nothing can be loaded
    readers: dict[str, Callable[[bytes], Iterator[Block]]] = {
        formats.PDF: pdf.pdf, formats.DOCX: office.docx, formats.XLSX: office.xlsx, "text/plain": plain.text,
        "text/markdown": plain.markdown, "text/html": html_text.page, "text/csv": plain.table,
        "application/json": plain.json_values,
    }  # fmt: skip
    return readers[mime_type]
