"""Outputs of node runs as they are shown: the first items of each handle, or a page of one, read from the stored bytes.

An output may be 64 MiB. What a page does not show is never built, and mostly not even fetched: the first bytes come
with the row, further ones only if the items asked for lie behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import BinaryField, F, Func, IntegerField, QuerySet, Value

from core.database.compression import unpacked, unpacked_size
from core.json import fragment, loads_own
from core.json.items import Cut, NotOutputs, cut
from executor.models import NodeRun

HEAD_BYTES = 16 * 1024
FURTHER_BYTES = 256 * 1024
PREVIEW_BYTES = 16 * 1024
Pair = tuple[str, str]  # node and path
Shown = dict[str, list[Any]]


def with_head(rows: QuerySet[NodeRun]) -> QuerySet[NodeRun]:
    """Let node runs come with the first bytes of their outputs instead of all."""
    return rows.defer("outputs").annotate(
        outputs_head=_part(1, HEAD_BYTES),
        outputs_bytes=Func(F("outputs"), function="octet_length", output_field=IntegerField()),
    )


def _part(begin: int, size: int) -> Func:
    return Func(F("outputs"), Value(begin), Value(size), function="substring", output_field=BinaryField())


@dataclass(frozen=True, slots=True)
class StoredOutputs:
    """The outputs of one node run, still packed; `counts` says how many items each handle has."""

    execution_id: UUID
    pair: Pair
    head: bytes
    size: int
    counts: Mapping[str, int]

    @classmethod
    def of(cls, row: NodeRun) -> StoredOutputs:
        """Return those of a row that came `with_head`."""
        found = vars(row)
        head = bytes(found["outputs_head"] or b"")
        return cls(row.execution_id, (row.node_id, row.path), head, found["outputs_bytes"] or 0, row.output_counts)

    def first(self, most: int) -> Shown:
        """Return the first items of each handle."""
        if not self.size:
            return {}
        try:
            return self._first(most)
        except NotOutputs:
            return {handle: items[:most] for handle, items in self._whole().items()}

    def _first(self, most: int) -> Shown:
        shown: Shown = {}
        wanted = sum(min(count, most) for count in self.counts.values())
        for handle, item in self._cut():
            items = shown.setdefault(handle, [])
            if item is None or len(items) >= most:
                continue
            items.append(fragment(item))
            wanted -= 1
            if not wanted:
                break
        return {**shown, **{handle: [] for handle in self.counts if handle not in shown}}

    def whole_up_to(self, most_bytes: int) -> Shown | None:
        """Return all of it as values; None where that is more than so many bytes of JSON."""
        if not self.size:
            return {}
        return None if max(self.size, unpacked_size(self.head)) > most_bytes else self._whole()

    def page(self, handle: str, begin: int, end: int) -> list[Any]:
        """Return the items of a handle from `begin` up to `end`."""
        try:
            return self._page(handle, begin, end)
        except NotOutputs:
            return list(self._whole().get(handle, [])[begin:end])

    def _page(self, handle: str, begin: int, end: int) -> list[Any]:
        end = min(end, self.counts.get(handle, 0))
        found: list[Any] = []
        at = 0
        for name, item in self._cut() if begin < end else ():
            if name != handle or item is None:
                continue
            if at >= begin:
                found.append(fragment(item))
            at += 1
            if at >= end:
                break
        return found

    def preview(self) -> tuple[Any, bool]:
        """Return (outputs shortened to 16 KiB, whether they were)."""
        return preview_of(unpacked(self._pieces())) if self.size else (fragment(b"{}"), False)

    def _whole(self) -> dict[str, list[Any]]:
        """Return all of it, where an item is no object: no node of ours makes such."""
        whole: dict[str, list[Any]] = loads_own(b"".join(unpacked(self._pieces())))
        return whole

    def _cut(self) -> Iterator[Cut]:
        return cut(unpacked(self._pieces()))

    def _pieces(self) -> Iterator[bytes]:
        yield self.head
        row = NodeRun.objects.filter(pk=(self.execution_id, *self.pair))
        for begin in range(len(self.head), self.size, FURTHER_BYTES):
            yield bytes(row.values_list(_part(begin + 1, FURTHER_BYTES), flat=True).get())


def preview_of(pieces: Iterable[bytes]) -> tuple[Any, bool]:
    """Return (outputs shortened to 16 KiB, whether they were) from the pieces of their JSON text."""
    source, begin = iter(pieces), b""
    while len(begin) <= PREVIEW_BYTES and (piece := next(source, b"")):
        begin += piece
    if len(begin) <= PREVIEW_BYTES:
        return fragment(begin), False
    try:
        return _begin_of(chain([begin], source)), True
    except NotOutputs:
        return {}, True


def _begin_of(pieces: Iterable[bytes]) -> Shown:
    kept: Shown = {}
    left = PREVIEW_BYTES
    for handle, item in cut(pieces):
        items = kept.setdefault(handle, [])
        if item is None:
            continue
        left -= len(item)
        if left < 0:
            break
        items.append(fragment(item))
    return kept


def outputs_at(execution_id: UUID, pairs: Sequence[Pair]) -> dict[Pair, StoredOutputs]:
    """Return the outputs of these node runs of an execution, in one query."""
    if not pairs:
        return {}
    rows = NodeRun.objects.filter(pk__in=[(execution_id, *pair) for pair in pairs])
    found = with_head(rows).only("execution_id", "node_id", "path", "output_counts")
    return {(row.node_id, row.path): StoredOutputs.of(row) for row in found}
