"""PDFs, chunks, and the process apart that reads."""

from __future__ import annotations

import errno
import io
import json
import subprocess
import sys
import zipfile

import pytest

from inference.documents.formats import DOCX, PDF
from inference.documents.reading import apart, pdf
from inference.documents.reading.blocks import Block, Unreadable
from inference.documents.reading.chunks import chunks_of
from inference.embeddings.tokens import tokenizer


def pdf_of(*pages: str) -> bytes:
    """Return a PDF with a line of text on each page."""
    count = len(pages)
    kids = " ".join(f"{3 + at * 2} 0 R" for at in range(count))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Count {count} /Kids [{kids}] >>"]
    font = 3 + count * 2
    for at, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {4 + at * 2} 0 R "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    raw, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(raw))
        raw += f"{number} 0 obj\n{one}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(raw)}\n%%EOF"
    return raw + head.encode() + trailer.encode()


def test_a_pdf_keeps_its_pages() -> None:
    found = list(pdf.pdf(pdf_of("First page", "Second page")))

    assert [(block.text, block.page) for block in found] == [("First page", 1), ("Second page", 2)]


def test_a_pdf_of_pictures_is_refused() -> None:
    with pytest.raises(Unreadable, match="no text"):
        list(pdf.pdf(pdf_of("", "")))


def test_chunks_keep_to_their_section_and_size_and_overlap() -> None:
    words = " ".join(f"word{number}." for number in range(200))
    blocks = [Block("Short.", ("A",), 1), Block(words, ("A", "B"), 2), Block("End.", ("A", "B"), 3)]

    made = list(chunks_of(blocks, tokenizer(), size=60, overlap=10))

    assert (made[0].text, made[0].headings, made[0].page) == ("Short.", "A", 1)
    assert {one.headings for one in made[1:]} == {"A › B"}
    assert max(one.tokens for one in made) <= 60
    assert len(made) > 5
    for before, after in zip(made[1:], made[2:], strict=False):
        assert after.text.split()[0] in before.text.split()[-10:]
    assert "End." in made[-1].text
    assert {word for one in made for word in one.text.split()} == {*words.split(), "Short.", "End."}


def test_a_word_without_end_is_cut() -> None:
    made = list(chunks_of([Block("x" * 50_000)], tokenizer(), size=100, overlap=10))

    assert max(len(one.text) for one in made) <= 100 * 40


def test_a_document_is_read_apart_with_the_pages_of_its_chunks() -> None:
    made = apart.read(pdf_of("First page", "Second page"), PDF, size=2, overlap=0)

    assert [(one.text, one.page) for one in made] == [("First page", 1), ("Second page", 2)]


def test_a_bomb_and_a_loop_end_alone_with_a_sentence() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" + b" " * (210 * 1024 * 1024))

    with pytest.raises(Unreadable, match="unpacks to more"):
        apart.read(packed.getvalue(), DOCX, size=100, overlap=10)
    with pytest.raises(Unreadable, match="too long"):
        apart.read(b"All the words. " * 3_000_000, "text/plain", size=100, overlap=10, cpu_s=1)
    assert apart.read(b"Whole.", "text/plain", size=100, overlap=10)[0].text == "Whole."


ESCAPES = """
found = {}
def tries(name, work):
    try:
        work()
    except (OSError, ImportError) as exc:
        found[name] = getattr(exc, "errno", None)
    else:
        found[name] = "done"
tries("a file", lambda: open("/etc/passwd").read())
tries("the parent's environment", lambda: open(f"/proc/{os.getppid()}/environ").read())
tries("a socket", lambda: socket.socket())
tries("a unix socket", lambda: socket.socket(socket.AF_UNIX))
tries("a child", os.fork)
tries("a program", lambda: os.execv("/usr/bin/id", ["id"]))
tries("the parent", lambda: os.kill(os.getppid(), 0))
tries("a folder", lambda: os.open("/", os.O_RDONLY))
sys.stdout.write(json.dumps(found))
"""


def test_a_reader_that_was_taken_over_reaches_nothing() -> None:
    boot = "import json, os, socket, sys; sys.path.insert(0, sys.argv[1]); from inference.documents.reading import walls; walls.limits(20); walls.close();"
    escaped = subprocess.run(
        [sys.executable, "-I", "-B", "-c", boot + ESCAPES, str(apart.ROOT)], env={}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(escaped.stdout)
    assert len(found) == 8
    assert set(found.values()) == {errno.EACCES}
