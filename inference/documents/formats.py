"""Which files can be documents: told by their names or types, and believed only where their first bytes agree."""

from __future__ import annotations

from core.errors import UnsupportedMediaType

OFFICE = "application/vnd.openxmlformats-officedocument."
PDF, DOCX, XLSX = "application/pdf", f"{OFFICE}wordprocessingml.document", f"{OFFICE}spreadsheetml.sheet"
BY_ENDING = {
    "pdf": PDF, "docx": DOCX, "xlsx": XLSX, "txt": "text/plain", "md": "text/markdown", "html": "text/html",
    "htm": "text/html", "csv": "text/csv", "json": "application/json",
}  # fmt: skip
MIME_TYPES = tuple(dict.fromkeys(BY_ENDING.values()))
PDF_HEAD_BYTES = 1024  # readers find the mark anywhere in them
ZIP_MARK = b"PK\x03\x04"
OLD_OFFICE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Office files before 2007, and newer ones with a password
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def mime_type_of(*, file_name: str, said: str, content: bytes) -> str:
    """Return a document's type by its file name, or by what its sender said. Raises: UnsupportedMediaType."""
    ending = file_name.rpartition(".")[2].lower() if "." in file_name else ""
    bare = said.partition(";")[0].strip().lower()
    mime_type = BY_ENDING.get(ending) or (bare if not ending and bare in MIME_TYPES else None)
    if mime_type is None:
        raise UnsupportedMediaType(f"A document is one of: {', '.join(BY_ENDING)}.", allowed=list(MIME_TYPES))
    if fault := _fault(mime_type, content):
        raise UnsupportedMediaType(fault, allowed=list(MIME_TYPES))
    return mime_type


def _fault(mime_type: str, content: bytes) -> str | None:
    """Return why some bytes are not of a type, None where they may be."""
    if mime_type == PDF:
        return None if b"%PDF-" in content[:PDF_HEAD_BYTES] else "This file is named like a PDF and is none."
    if mime_type in (DOCX, XLSX):
        if content.startswith(OLD_OFFICE_MARK):
            return "This file has a password, or is of an Office before 2007: save it anew without."
        return None if content.startswith(ZIP_MARK) else "This file is named like an Office file and is none."
    if b"\x00" in content and not content.startswith(UTF_16_MARKS):
        return "This file is named like a text and is none."
    return None
