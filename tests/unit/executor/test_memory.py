"""A worker's memory budget: when it takes nothing more, whom it ends, and that nobody is handed back for ever."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.machine import PAGE_BYTES, Resident, memory_bytes
from executor.memory import EFFECT_S, KEPT_S, MIB, Memory, MemoryKept

BUDGET = 1000 * MIB


@dataclass(eq=False)
class Held:
    execution_id: str
    mib: int
    failure: dict[str, Any] | None = None
    is_ending: bool = False
    reasons: list[str] = field(default_factory=list[str])

    def held_bytes(self) -> int:
        return self.mib * MIB

    def interrupt(self, reason: str) -> None:
        self.reasons.append(reason)
        self.is_ending = True


class Process:
    """A process whose size the test says."""

    def __init__(self, *runs: Held) -> None:
        self.mib = 100
        self.runs = list(runs)
        self.had_room = 0
        self.memory = Memory(
            BUDGET, lambda: self.runs, lambda: not self.runs, self._room, resident=lambda: self.mib * MIB
        )

    def _room(self) -> None:
        self.had_room += 1

    def at(self, mib: int, now: float = 1000.0) -> Process:
        self.mib = mib
        self.memory.look(now)
        return self


def test_a_worker_takes_nothing_more_from_four_fifths_on_and_looks_for_work_when_there_is_room() -> None:
    process = Process(Held("a", 1))

    assert not process.at(799).memory.is_full
    assert process.at(800).memory.is_full
    assert process.memory.state() == {"resident_mb": 800, "budget_mb": 1000, "is_full": True}
    assert process.runs[0].reasons == []
    assert (process.had_room, process.at(700).had_room) == (0, 1)


def test_over_the_budget_the_run_that_holds_most_fails_and_the_others_go_on() -> None:
    small, large = Held("small", 10), Held("large", 60)
    process = Process(small, large).at(1001)

    assert (large.reasons, small.reasons) == (["failure"], [])
    assert large.failure is not None
    assert large.failure["code"] == "memory_limit"
    process.at(1001, 1000 + EFFECT_S / 2)
    assert small.reasons == []  # what was ended needs a moment to be gone


def test_a_run_that_is_hardly_the_reason_is_handed_back_once() -> None:
    first, second = Held("first", 20), Held("second", 10)
    process = Process(first, second).at(1001)
    assert first.reasons == ["shutdown"]
    assert first.failure is None

    process.runs = [second, again := Held("first", 20)]
    process.at(1001, 1001)
    assert again.reasons == ["failure"]


def test_a_run_that_is_alone_in_a_process_over_its_budget_fails() -> None:
    alone = Held("alone", 0)
    Process(alone).at(1001)

    assert alone.reasons == ["failure"]


def test_a_process_that_stays_large_with_nothing_at_work_ends() -> None:
    process = Process().at(900, 1000)
    process.at(900, 1000 + KEPT_S - 1)
    with pytest.raises(MemoryKept):
        process.at(900, 1000 + KEPT_S + 1)


def test_the_machine_says_what_it_has_and_what_we_take(tmp_path: Any) -> None:
    limit = tmp_path / "memory.max"
    everything = memory_bytes((str(tmp_path / "none"),))
    assert everything == os.sysconf("SC_PHYS_PAGES") * PAGE_BYTES
    limit.write_text("max\n")
    assert memory_bytes((str(limit),)) == everything
    limit.write_text(f"{300 * MIB}\n")
    assert memory_bytes((str(limit),)) == 300 * MIB

    resident = Resident()
    before = resident()
    kept = b"x" * (50 * MIB)
    assert resident() - before > 40 * MIB
    assert len(kept) == 50 * MIB
    resident.close()
    assert Resident(str(tmp_path / "none"))() == 0
