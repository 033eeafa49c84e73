"""One index of vectors: a copy in memory and in a file of what stands in PostgreSQL. For the inference process alone.

The rows are the truth. Before each search the number of changes is compared; where it differs, what is missing is
added and what is gone is removed. A file that is missing, broken, older than the rows or of another model is made anew
from them.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy
from django.db import connection

from core.json import dumps_own, loads_own
from inference.documents.models import PLATFORM

faiss: Any = import_module("faiss")  # its stubs know half of it
HALF_FROM = 50_000  # vectors: from here on 16-bit floats, which lose nothing that counts
FETCHED = 5_000
SAVE_AFTER_S = 60.0
_MEMBERS = """
SELECT c.id{columns} FROM documents_chunk c {join} WHERE c.is_live AND c.model = %(model)s AND c.vector IS NOT NULL{of}
"""


class OwnerIndex:
    """Vectors of an owner's chunks, or of all that are shared with everybody."""

    def __init__(self, key: str, model: str, dimensions: int, folder: Path) -> None:
        self.key, self.model, self.dimensions = key, model, dimensions
        self._path = folder / f"{key}.faiss"
        self._ids: set[int] = set()
        self._change = -1
        self._saved_change = -1
        self._saved_at = 0.0
        self._is_from_file = False
        self._index: Any = self._new(0)
        self._load()

    @property
    def size_bytes(self) -> int:
        return len(self._ids) * (self.dimensions * (2 if self._is_half else 4) + 100)

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(self._ids)

    def _new(self, count: int) -> Any:
        self._is_half = count > HALF_FROM
        flat = (
            faiss.IndexScalarQuantizer(
                self.dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
            )
            if self._is_half
            else faiss.IndexFlatIP(self.dimensions)
        )  # fmt: skip
        return faiss.IndexIDMap2(flat)

    # -- what stands in the rows ------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Hold what the rows hold now."""
        change = self._change_of_rows()  # before the rows: what comes after it is seen the next time
        if change == self._change:
            return
        wanted = self._wanted_ids()
        if self._is_from_file or (len(wanted) > HALF_FROM and not self._is_half):
            self._index, self._ids, self._is_from_file = self._new(len(wanted)), set(), False
        gone, added = self._ids - wanted, wanted - self._ids
        if gone:
            self._index.remove_ids(numpy.fromiter(gone, dtype=numpy.int64))
            self._ids -= gone
        if added:
            self._add(added)
        self._change = change

    def _change_of_rows(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT number FROM documents_indexchange WHERE key = %s", [self.key])
            found = cursor.fetchone()
        return int(found[0]) if found else 0

    def _asked(self, columns: str, narrower: str = "") -> str:
        if self.key == PLATFORM:
            join = "JOIN documents_document d ON d.id = c.document_id AND d.scope = 'platform'"
            return _MEMBERS.format(columns=columns, join=join, of=narrower)
        return _MEMBERS.format(columns=columns, join="", of=f" AND c.owner_id = %(key)s{narrower}")

    def _wanted_ids(self) -> set[int]:
        with connection.cursor() as cursor:
            cursor.execute(self._asked(""), {"model": self.model, "key": self.key})
            return {row[0] for row in cursor.fetchall()}

    def _add(self, added: set[int]) -> None:
        for rows in self._vectors(sorted(added)):
            ids = numpy.array([row[0] for row in rows], dtype=numpy.int64)
            raw = b"".join(bytes(row[1]) for row in rows)
            vectors = numpy.frombuffer(raw, dtype="<f4").reshape(len(rows), self.dimensions)
            self._index.add_with_ids(numpy.ascontiguousarray(vectors, dtype=numpy.float32), ids)
            self._ids.update(row[0] for row in rows)

    def _vectors(self, ids: Sequence[int]) -> Iterator[list[Any]]:
        query = self._asked(", c.vector", " AND c.id = ANY(%(ids)s)")
        for at in range(0, len(ids), FETCHED):
            with connection.cursor() as cursor:
                cursor.execute(query, {"model": self.model, "key": self.key, "ids": list(ids[at : at + FETCHED])})
                if rows := cursor.fetchall():
                    yield rows

    # -- searching --------------------------------------------------------------------------------------------------
    def nearest(self, vector: Any, count: int, within: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """Return (chunk, cosine) of the nearest ones, exactly; `within` names the only ones that may be found."""
        if not self._ids:
            return []
        params = None
        if within is not None:
            batch = numpy.array(within, dtype=numpy.int64)
            selector = faiss.IDSelectorBatch(batch)
            params = faiss.SearchParameters(sel=selector)
        question = numpy.frombuffer(vector, dtype="<f4").reshape(1, self.dimensions).astype(numpy.float32)
        scores, ids = self._index.search(question, min(count, len(self._ids)), params=params)
        return [(int(one), float(score)) for one, score in zip(ids[0], scores[0], strict=True) if one != -1]

    # -- the file ---------------------------------------------------------------------------------------------------
    def save_if_due(self) -> bool:
        """Write the file where it has changed and was not written for a while."""
        if self._change == self._saved_change or time.monotonic() - self._saved_at < SAVE_AFTER_S:
            return False
        self.save()
        return True

    def save(self) -> None:
        """Write the file: whole or not at all, whenever this process is ended."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(f".{os.getpid()}.tmp")
        head = {"model": self.model, "dimensions": self.dimensions, "change": self._change, "is_half": self._is_half}
        raw = faiss.serialize_index(self._index).tobytes()
        with fresh.open("wb") as file:
            file.write(dumps_own(head) + b"\n")
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._saved_change, self._saved_at = self._change, time.monotonic()

    def _load(self) -> None:
        """Take the file where it is whole and of this model; else everything comes from the rows."""
        with contextlib.suppress(OSError, ValueError, KeyError, RuntimeError, TypeError):
            head_line, _, raw = self._path.read_bytes().partition(b"\n")
            head = loads_own(head_line)
            if (head["model"], head["dimensions"]) != (self.model, self.dimensions):
                return
            index = faiss.deserialize_index(numpy.frombuffer(raw, dtype=numpy.uint8))
            ids = {int(one) for one in faiss.vector_to_array(index.id_map)}
            if index.d != self.dimensions or index.ntotal != len(ids):
                return
            self._index, self._ids, self._is_half = index, ids, bool(head["is_half"])
            self._change = self._saved_change = int(head["change"])
            self._saved_at, self._is_from_file = time.monotonic(), True
