"""The engine made to raise: at each statement it sends, and at awaits all over a reference run.

Whatever raises, and wherever: the run ends with the same result and the same effects, by this engine or by the next one.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors as pg_errors

from executor.database.statements import Control
from executor.journal.journal import Journal
from executor.process.engine_thread import EngineThread
from executor.queue import recovery
from tests.chaos.test_every_boundary import (
    alive,
    check,
    describe,
    effects_of,
    help_along,
    is_over,
    kept_of,
    queue,
    result_of,
)
from tests.integration.executor.running import SEEN, engine_thread
from tests.integration.executor.stepping import MADE
from tests.thoroughness import TRIES_ALL

pytestmark = pytest.mark.django_db(transaction=True)
POSITIONS = 60 if TRIES_ALL else 5  # of statements, and of steps of tasks; each kind of exception at one at least
KINDS: list[Callable[[], Exception]] = [
    lambda: RuntimeError("injected"),
    lambda: pg_errors.NumericValueOutOfRange("injected"),
    lambda: psycopg.OperationalError("injected"),
    lambda: pg_errors.ReadOnlySqlTransaction("injected"),
    lambda: pg_errors.UndefinedColumn("injected"),
]


class Position:
    """Counts places, and raises at one of them, once."""

    def __init__(self, at: int | None, make: Callable[[], Exception]) -> None:
        self.at = at
        self.make = make
        self.count = 0
        self.is_on = False

    def is_here(self) -> bool:
        if self.is_on:
            self.count += 1
        return self.is_on and self.count == self.at

    def check(self) -> None:
        if self.is_here():
            raise self.make()


class Thrower(Coroutine[Any, Any, Any]):
    """A coroutine that is thrown an exception instead of going on, at one of its steps."""

    def __init__(self, inner: Coroutine[Any, Any, Any], position: Position) -> None:
        self.inner = inner
        self.position = position

    def send(self, value: Any) -> Any:
        if self.position.is_here():
            return self.inner.throw(self.position.make())
        return self.inner.send(value)

    def throw(self, *exc: Any) -> Any:
        return self.inner.throw(*exc)

    def close(self) -> None:
        self.inner.close()

    def __await__(self) -> Any:
        return self


@contextmanager
def at_awaits(position: Position, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    serve = EngineThread._serve

    def factory(loop: Any, coroutine: Any, **more: Any) -> Any:
        return asyncio.Task(Thrower(coroutine, position), loop=loop, **more)

    async def served(thread: EngineThread) -> None:
        asyncio.get_running_loop().set_task_factory(factory)
        await asyncio.create_task(serve(thread))

    with monkeypatch.context() as patched:
        patched.setattr(EngineThread, "_serve", served)
        yield


@contextmanager
def at_statements(position: Position, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    execute, run = Journal._execute, Control._run

    async def executed(journal: Journal, batches: Any) -> Any:
        position.check()
        return await execute(journal, batches)

    async def ran(control: Control, statement: str, parameters: dict[str, Any]) -> Any:
        position.check()
        return await run(control, statement, parameters)

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "_execute", executed)
        patched.setattr(Control, "_run", ran)
        yield


def run_with(position: Position, limit_s: float = 60) -> UUID:
    """Run the reference, with a new engine whenever one ends."""
    SEEN.clear()
    MADE.clear()
    execution_id = queue("chain")  # what a node's own tasks raise is its failure
    engine = engine_thread()
    engine.start()
    try:
        return _driven(execution_id, engine, position, time.monotonic() + limit_s)
    finally:
        position.is_on = False


def _driven(execution_id: UUID, engine: EngineThread, position: Position, end: float) -> UUID:
    position.is_on = True
    helped_at = time.monotonic()
    while not is_over(execution_id):
        if time.monotonic() > end:
            engine.stop(0.1)
            raise AssertionError(f"{position.count}: {describe(execution_id)}")
        if not engine.is_alive:
            engine = engine_thread()
            engine.start()
        recovery.sweep()  # as beat does
        if time.monotonic() > helped_at + 1:
            helped_at = time.monotonic()
            help_along()
        for one in alive(execution_id):
            engine.ring(one)
        time.sleep(0.05)
    position.is_on = False
    engine.stop(0.1)
    return execution_id


def disturb(where: Any, monkeypatch: pytest.MonkeyPatch, kinds: list[Callable[[], Exception]]) -> None:
    position = Position(None, kinds[0])
    with where(position, monkeypatch):
        undisturbed = run_with(position)
    expected, effects, count = result_of(undisturbed), effects_of(undisturbed), position.count
    kept = kept_of(undisturbed)
    assert expected[0] == "completed"
    assert count > 20
    step = max(count // POSITIONS, 1)
    for number, at in enumerate(range(1, count + 1, step)):
        position = Position(at, kinds[number % len(kinds)])
        with where(position, monkeypatch):
            execution_id = run_with(position)
        place = f"place {at} of {count}, {position.make()!r}"
        assert result_of(execution_id) == expected, f"{place}: {describe(execution_id)}"
        assert kept_of(execution_id) == kept, place
        seen: Counter[str] = effects_of(execution_id)
        assert seen.keys() == effects.keys(), place
        assert max(seen.values()) <= 2, place
        check(execution_id)


@pytest.mark.timeout(900)
def test_whatever_statement_fails_and_however_the_run_comes_to_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    disturb(at_statements, monkeypatch, KINDS)


@pytest.mark.timeout(900)
def test_wherever_the_engine_raises_the_run_comes_to_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    disturb(at_awaits, monkeypatch, KINDS[:1])
