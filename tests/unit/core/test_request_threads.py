"""Threads shared among callers: who is next, who leaves, and whose a call is once it is known. No clock decides."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextvars import copy_context
from typing import Any
from weakref import ref

import pytest

from core.asgi.owners import Caller, KnownCredentials
from core.asgi.request_threads import CALLER, RequestThreads

THREADS = 4
PATIENCE_S = 30


@pytest.fixture
def threads() -> Iterator[RequestThreads]:
    made = RequestThreads(THREADS, "test")
    yield made
    made.shutdown()


class Slow:
    """Calls that run until they are let go, and note whose they were in the order they began."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.gates: dict[int, threading.Event] = {}
        self.changed = threading.Condition()

    def call(self, name: str) -> None:
        gate = threading.Event()
        with self.changed:
            self.begun.append(name)
            self.gates[len(self.begun) - 1] = gate
            self.changed.notify_all()
        assert gate.wait(PATIENCE_S)

    def wait_for(self, count: int) -> list[str]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.begun) >= count, PATIENCE_S), self.begun
            return list(self.begun)

    def let_go(self, number: int) -> None:
        self.gates.pop(number).set()

    def let_all_go(self, *futures: Future[Any]) -> None:
        """Let all go until the last one is over."""
        while not all(future.done() for future in futures):
            for number in list(self.gates):
                self.let_go(number)
            wait(futures, timeout=0.01)


def submit(threads: RequestThreads, caller: Caller, slow: Slow, name: str) -> Future[None]:
    def in_context() -> Future[None]:
        CALLER.set(caller)
        return threads.submit(slow.call, name)

    return copy_context().run(in_context)


def test_the_next_thread_is_for_who_has_none_however_many_calls_another_has(threads: RequestThreads) -> None:
    slow, many, one = Slow(), Caller("", user="many"), Caller("", user="one")
    flood = [submit(threads, many, slow, "many") for _ in range(70)]
    assert slow.wait_for(THREADS - 1) == ["many"] * 3, "alone he has all but one"
    first = submit(threads, one, slow, "one")
    assert slow.wait_for(4)[3] == "one", "who comes finds the free one"
    later = [submit(threads, one, slow, "one") for _ in range(3)]
    slow.let_go(0)
    assert slow.wait_for(5)[4] == "one", "who holds most is not next"
    slow.let_go(1)
    assert slow.wait_for(6)[5] == "many", "nobody holds more than half while another waits"
    slow.let_all_go(*flood, first, *later)
    assert threads._turns.is_at_rest


def test_a_call_whose_client_went_away_never_runs_and_leaves_no_trace(threads: RequestThreads) -> None:
    slow, caller = Slow(), Caller("", user="u")
    running = [submit(threads, caller, slow, "running") for _ in range(THREADS - 1)]
    slow.wait_for(THREADS - 1)
    gone = [submit(threads, caller, slow, "gone") for _ in range(20)]
    assert threads.waiting_of("u") == 20
    assert all(future.cancel() for future in gone)
    assert threads.waiting_of("u") == 0
    slow.let_all_go(*running)
    assert slow.begun == ["running"] * (THREADS - 1)
    assert threads._turns.is_at_rest


def test_what_a_user_asked_before_he_was_known_counts_for_him_and_no_more_for_his_network(
    threads: RequestThreads,
) -> None:
    slow = Slow()
    new = [Caller("192.0.2.1", digest=b"new key") for _ in range(20)]
    neighbour = Caller("192.0.2.1", digest=b"another new key")
    flood = [submit(threads, caller, slow, "new") for caller in new]
    slow.wait_for(THREADS - 1)
    other = submit(threads, neighbour, slow, "neighbour")
    assert threads.waiting_of("192.0.2.1") == 18
    threads.know(new[0], "user")
    assert slow.wait_for(4)[3] == "neighbour", "of the network it is the only one now"
    assert (threads.waiting_of("user"), threads.waiting_of("192.0.2.1")) == (17, 0)
    assert new[7].owner == "user", "with the same key"
    assert neighbour.owner == "192.0.2.1"
    slow.let_all_go(*flood, other)
    assert threads._turns.is_at_rest


def test_a_call_that_fails_gives_its_thread_back_and_tells_why(threads: RequestThreads) -> None:
    def breaks() -> None:
        raise KeyError("x")

    futures = [threads.submit(breaks) for _ in range(20)]
    assert {type(future.exception(PATIENCE_S)) for future in futures} == {KeyError}
    threads.shutdown()
    assert threads._turns.is_at_rest


def test_credentials_that_nobody_found_true_make_nobody_another_caller() -> None:
    made_up = [Caller("192.0.2.9", digest=bytes([number])) for number in range(100)]
    assert {caller.owner for caller in made_up} == {"192.0.2.9"}


def test_the_credentials_used_last_are_remembered() -> None:
    known = KnownCredentials(most=2)
    known.learn(b"a", 1)
    known.learn(b"b", 2)
    assert known.owner_of(b"a") == 1
    known.learn(b"c", 3)
    assert [known.owner_of(digest) for digest in (b"a", b"b", b"c")] == [1, None, 3]


class Answer:
    """Something that can be seen to be gone."""


def test_what_a_call_gave_is_gone_with_who_asked_for_it(threads: RequestThreads) -> None:
    gc.collect()
    gc.disable()
    try:
        gone = []
        for _ in range(THREADS):
            future = threads.submit(Answer)
            gone.append(ref(future.result(PATIENCE_S)))
            del future
        threads.submit(int).result(PATIENCE_S)
        end = time.monotonic() + PATIENCE_S  # the thread lets go of it a moment after it was given
        while any(one() is not None for one in gone):
            assert time.monotonic() < end
            time.sleep(0.001)
    finally:
        gc.enable()
