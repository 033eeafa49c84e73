"""What a run is taken up again from: only what it needs is read, and no more than a worker may hold."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from core.database.compression import pack
from core.json import dumps
from executor.compute.pool import Compute
from executor.run import restoring
from executor.run.restoring import TooMuchToRestore, restorable

ITEMS = {"main": [{"json": {"x": "y" * 1000}}]}


def row(node_id: str, path: str, status: str = "completed", stored_bytes: int | None = 1100) -> dict[str, Any]:
    return {"node_id": node_id, "path": path, "kind": "set", "status": status, "stored_bytes": stored_bytes, "aside": [],
            "execution_id": uuid4()}  # fmt: skip


class Stored:
    """The stored outputs, and which were asked for."""

    def __init__(self) -> None:
        self.asked: list[list[tuple[str, str]]] = []

    async def fetch(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        pairs = list(zip(asked["nodes"], asked["paths"], strict=True))
        self.asked.append(pairs)
        return [{"node_id": node_id, "path": path, "outputs": pack(dumps(ITEMS))} for node_id, path in pairs]


def restored(stored: Stored, rows: list[dict[str, Any]], most_bytes: int = 1_000_000) -> list[dict[str, Any]]:
    async def nobody(*_arguments: Any, **_keywords: Any) -> None:
        raise AssertionError("nothing is stored as a file")

    async def run() -> list[dict[str, Any]]:
        return await restorable(rows, stored.fetch, uuid4(), nobody, Compute(), most_bytes)

    return asyncio.run(run())


def test_outputs_inside_rounds_that_are_over_are_not_read() -> None:
    stored = Stored()
    rounds = [row(node_id, f"l:{number}") for number in range(50) for node_id in ("b", "l")]
    kept = restored(stored, [row("a", ""), row("waits", "", "waiting", None), *rounds])

    assert [pair for asked in stored.asked for pair in asked if pair[0] == "b"] == [("b", "l:49")]
    assert {one["node_id"]: one["outputs"] for one in kept} == {"a": ITEMS, "waits": None, "b": ITEMS, "l": ITEMS}


def test_outputs_are_read_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring, "FETCHED_BYTES", 3000)
    stored = Stored()
    restored(stored, [row(f"n{number}", "") for number in range(7)])
    assert [len(asked) for asked in stored.asked] == [3, 3, 1]


def test_more_than_a_worker_may_hold_is_not_even_read() -> None:
    stored = Stored()
    with pytest.raises(TooMuchToRestore):
        restored(stored, [row("a", "", stored_bytes=600_000), row("b", "", stored_bytes=600_000)])
    assert stored.asked == []
    with pytest.raises(TooMuchToRestore):  # small as it is stored, large as it is
        restored(stored, [row("a", "", stored_bytes=50)], most_bytes=500)
