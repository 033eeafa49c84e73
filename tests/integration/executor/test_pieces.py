"""Large values written piece by piece and read in a child are what they are when handled whole."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from core.database.compression import pack, unpack
from core.json import dumps
from executor.compute import pieces
from executor.compute.pool import Compute
from executor.node.outputs import encode, encode_on_loop
from nodes.base import NodeFailed

ROWS = [{"json": {"n": n, "text": "x" * 100, "list": [n, {"ü": None}]}, "pairedItem": {"item": n}} for n in range(9000)]
DEEP: Any = {"rows": ROWS}
for _ in range(50):
    DEEP = {"in": DEEP, "beside": [1, 2, 3], "": ""}
LARGE: list[dict[str, Any]] = [
    {"main": ROWS, "error": []},
    {"main": [{"json": {"body": DEEP}}]},
    {"main": [{"json": {"body": [ROWS, ROWS[:150], "y" * 3_000_000]}}]},
    {"main": [*ROWS, {"json": {"big": 2**70, "nan": float("nan")}}]},
]


@pytest.mark.parametrize("outputs", LARGE)
def test_outputs_written_in_pieces_are_the_same(outputs: dict[str, Any]) -> None:
    whole, made = encode(outputs), asyncio.run(encode_on_loop(outputs))

    assert made == whole
    assert unpack(asyncio.run(pieces.packed(outputs))) == dumps(outputs)


@pytest.mark.parametrize("bad", ["a\x00b", "\ud800", {1: 2}])
def test_what_cannot_be_stored_is_refused_with_its_place(bad: Any) -> None:
    outputs: dict[str, Any] = {"main": [*ROWS, {"json": {"here": bad}}]}
    with pytest.raises(NodeFailed, match=r"main\[9000\]\.json\.here"):
        asyncio.run(encode_on_loop(outputs))


@pytest.mark.parametrize("memory_bytes", [512 * 2**20, 2**20])
def test_what_is_stored_is_read_whatever_memory_a_child_may_have(memory_bytes: int) -> None:
    async def read() -> Any:
        computing = Compute(memory_bytes=memory_bytes)
        try:
            return await pieces.read(pack(dumps(LARGE[0])), computing, uuid4())
        finally:
            computing.close()

    assert asyncio.run(read()) == LARGE[0]
