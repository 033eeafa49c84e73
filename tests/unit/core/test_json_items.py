"""Items cut out of JSON text are the items, however the text comes in pieces; a page of it needs no more than a page."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.database.compression import pack, unpacked
from core.json.items import NotOutputs, cut
from executor.journal.stored_outputs import PREVIEW_BYTES, preview_of
from tests.thoroughness import examples

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=12) | st.sampled_from(['"', "\\", '\\"', "]},{["]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
ITEMS = st.dictionaries(st.text(max_size=5), VALUES, max_size=3) | st.lists(VALUES, max_size=3)
OUTPUTS = st.dictionaries(st.text(max_size=6), st.lists(ITEMS, max_size=6), max_size=4)


def in_pieces(raw: bytes, size: int) -> Iterator[bytes]:
    return (raw[at : at + size] for at in range(0, len(raw), size))


def joined(raw: bytes, size: int) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for handle, item in cut(in_pieces(raw, size)):
        items = found.setdefault(handle, [])
        if item is not None:
            items.append(orjson.loads(item))
    return found


@settings(deadline=None, max_examples=examples(150))
@given(OUTPUTS, st.integers(1, 40))
def test_cutting_finds_what_parsing_finds(outputs: dict[str, list[Any]], size: int) -> None:
    raw = orjson.dumps(outputs)
    assert joined(raw, size) == outputs
    assert b"".join(unpacked(in_pieces(pack(raw), size), at_once=7)) == raw


@settings(deadline=None, max_examples=examples(40))
@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=3000), max_size=2), max_size=30))
def test_a_preview_holds_the_items_that_fit(items: list[Any]) -> None:
    raw = orjson.dumps({"main": items, "error": items[:2]})
    shown, is_cut = preview_of(in_pieces(raw, 1000))
    assert is_cut == (len(raw) > PREVIEW_BYTES)
    kept = orjson.loads(orjson.dumps(shown))
    if not is_cut:
        assert kept == {"main": items, "error": items[:2]}
        return
    flat = [*items, *items[:2]]
    count = sum(map(len, kept.values()))
    assert [item for part in kept.values() for item in part] == flat[:count]
    assert sum(len(orjson.dumps(item)) for item in flat[:count]) <= PREVIEW_BYTES
    assert sum(len(orjson.dumps(item)) for item in flat[: count + 1]) > PREVIEW_BYTES


@pytest.mark.parametrize(
    "raw", [b"", b"{", b'{"main":[{}', b'{"main":[1,2]}', b'{"main":["a"]}', b'{"main":{}}', b"[[{}]]"]
)
def test_what_are_no_outputs_is_said(raw: bytes) -> None:
    with pytest.raises(NotOutputs):
        list(cut(in_pieces(raw, 3)))


def test_passing_over_a_large_text_takes_the_memory_of_its_largest_item() -> None:
    raw = orjson.dumps({"main": [{"json": {"text": "x" * 200, "n": [at] * 5}} for at in range(40_000)]})
    tracemalloc.start()
    try:
        count = sum(1 for _ in cut(in_pieces(raw, 65536)))
        assert count == 40_001
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20 < len(raw)
    finally:
        tracemalloc.stop()


def test_an_item_of_many_small_values_is_cut_without_building_them() -> None:
    raw = orjson.dumps({"main": [{"json": {"list": [["a"]] * 400_000}}, {"json": {}}]})
    handles = list(cut(in_pieces(raw, 65536)))
    assert [len(item or b"") for _, item in handles] == [
        0,
        len(raw) - len(b'{"main":[,{"json":{}}]}'),
        len(b'{"json":{}}'),
    ]
