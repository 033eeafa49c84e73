"""A worker's memory budget: when it takes nothing more, whom it ends, and that nobody is handed back for ever."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import pytest

from core.process.machine import PAGE_BYTES, Resident, memory_bytes
from executor.domain.run_error import RunError
from executor.process import memory
from executor.process.memory import EFFECT_S, KEPT_S, MIB, SETTLES_S, Memory, MemoryKept
from executor.process.quarantine import BROKEN, MEMORY, code_of
from executor.process.supervision import PartEnded

BUDGET = 1000 * MIB


@dataclass(eq=False)
class Held:
    execution_id: str
    mib: int
    failure: RunError | None = None
    is_ending: bool = False
    reasons: list[str] = field(default_factory=list[str])

    def held_bytes(self) -> int:
        return self.mib * MIB

    def broke(self, exc: Exception) -> None:
        self.interrupt(f"broke: {type(exc).__name__}")

    def interrupt(self, reason: str) -> None:
        self.reasons.append(reason)
        self.is_ending = True


class Process:
    """A process whose size the test says."""

    def __init__(self, *runs: Held, **how: bool) -> None:
        self.mib = 100
        self.runs = list(runs)
        self.had_room = 0
        self.memory = Memory(
            BUDGET, lambda: self.runs, lambda: not self.runs, self._room, resident=lambda: self.mib * MIB, **how
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
    small, large = Held("small", 10), Held("large", 250)
    process = Process(small, large).at(1001)

    assert (large.reasons, small.reasons) == (["failure"], [])
    assert large.failure is not None
    assert large.failure["code"] == "memory_limit"
    process.at(1001, 1000 + EFFECT_S / 2)
    assert small.reasons == []  # what was ended needs a moment to be gone


def test_a_run_that_may_be_the_reason_is_handed_back_and_then_suspected() -> None:
    first, second = Held("first", 200), Held("second", 10)
    process = Process(first, second, tries_alone=True).at(1001)
    assert (first.reasons, first.failure, second.reasons) == (["shutdown"], None, [])

    process.runs = [second, again := Held("first", 200)]
    process.at(1001, 1001)
    assert (again.reasons, again.failure, second.reasons) == (["broke: OverBudget"], None, [])


def test_where_nobody_can_be_tried_alone_a_run_that_is_handed_back_in_vain_fails() -> None:
    process = Process(Held("first", 200)).at(1001)
    process.runs = [again := Held("first", 200)]
    process.at(1001, 1001)
    assert again.reasons == ["failure"]


def test_small_runs_in_a_process_that_others_filled_never_fail_and_the_process_ends() -> None:
    process = Process(alone := Held("alone", 0), other := Held("other", 5), tries_alone=True)
    with pytest.raises(MemoryKept) as kept:
        process.at(1001)
    assert kept.value.greediest == "other"
    assert (alone.reasons, other.reasons, alone.failure, other.failure) == ([], [], None, None)


def test_a_process_does_not_end_while_what_it_handed_back_is_going() -> None:
    going, small = Held("going", 100), Held("small", 1)
    process = Process(going, small).at(1001).at(1001, 1001)
    assert (going.reasons, small.reasons) == (["shutdown"], [])
    with pytest.raises(MemoryKept):
        process.at(1001, 1000 + SETTLES_S + 1)


def test_pages_that_were_free_all_along_end_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process(large := Held("large", 600))
    monkeypatch.setattr(memory, "trim", lambda **how: setattr(process, "mib", 500))
    process.at(1001)
    assert (large.reasons, process.memory.is_full) == ([], False)


def test_all_objects_are_looked_at_once_in_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """That takes a second where they are many, and nobody moves meanwhile: at first, and after somebody was ended."""
    collected: list[bool] = []
    monkeypatch.setattr(memory, "trim", lambda whole=True: collected.append(whole))
    process = Process(Held("going", 100))
    for at in range(8):
        process.at(1001, 1000 + at * EFFECT_S)
    assert collected == [False, True, False, True, *[False] * 6]


def test_in_a_process_of_its_own_a_run_fails_for_what_it_takes_and_not_for_what_another_left() -> None:
    process = Process(is_alone=True).at(200)
    assert process.at(451).memory.is_full, "the next one gets a new process"
    assert not process.at(449).memory.is_full
    process.runs = [hidden := Held("hidden", 0)]
    process.at(1001)
    assert hidden.reasons == ["failure"]
    assert hidden.failure is not None
    assert hidden.failure["code"] == "memory_limit"


def test_a_process_that_ends_for_its_memory_says_so_by_its_code() -> None:
    assert code_of(PartEnded("memory", MemoryKept("full"))) == code_of(MemoryKept("full")) == MEMORY
    assert code_of(PartEnded("journal", RuntimeError("broken"))) == code_of(RuntimeError("broken")) == BROKEN


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
