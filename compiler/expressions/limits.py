"""Bounds of one evaluation: nothing that a text says may take long or grow without end."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from compiler.expressions.errors import ExpressionFailed

MAX_TEXT = 64 * 1024
MAX_DEPTH = 64
MAX_STEPS = 100_000
MAX_RESULT = 1024 * 1024
MAX_CPU_S = 2.0
LOOK_EACH = 16  # steps
TOUCHED_FREE = 4096  # characters or entries that a method may look at for its one step
LARGE = 64 * 1024  # characters or entries: one step over so many may take longer than anybody may be kept waiting
SEARCHED = 1_000_000  # characters by instructions of a pattern: some ten milliseconds at worst


Leave = Callable[[int], None]  # told how much: characters or entries, by instructions where they are searched


class Watch(threading.local):
    """Who looks in while this thread evaluates, and may raise to end it; None: nobody. And what there is to be told."""

    check: Callable[[], None] | None = None
    leave: Leave | None = None  # told before one step that may take long; raises to take it elsewhere
    has_halved: bool = False  # half of a surrogate pair was replaced since somebody asked

    def took_halved(self) -> bool:
        """Tell whether half of a surrogate pair was replaced since this was asked last."""
        if not self.has_halved:
            return False
        self.has_halved = False
        return True


WATCH = Watch()


@contextmanager
def watched(check: Callable[[], None] | None, leave: Leave | None = None) -> Generator[None, None, None]:
    """Let somebody look in on what is evaluated in this thread meanwhile.

    `check` is called between steps, `leave` before a single one that may take longer than some milliseconds.
    """
    before = WATCH.check, WATCH.leave
    WATCH.check, WATCH.leave = check, leave
    try:
        yield
    finally:
        WATCH.check, WATCH.leave = before
        WATCH.has_halved = False  # of an evaluation that was ended there is nothing to be told


class Budget:
    """Steps that one evaluation may take, and time of its thread; everything that repeats or grows spends some."""

    __slots__ = ("began", "check", "copies", "depth", "frozen", "leave", "look_in", "steps")

    def __init__(self) -> None:
        self.steps = MAX_STEPS
        self.depth = 0
        self.look_in = LOOK_EACH
        self.check = WATCH.check
        self.leave = WATCH.leave
        self.began = -1.0
        # (value, the evaluation's own) of what came from outside, by identity; None: nothing may be changed
        self.copies: dict[int, tuple[Any, Any]] | None = None
        self.frozen: dict[int, Any] = {}  # by identity

    def spend(self, steps: int = 1) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise ExpressionFailed(f"the expression takes more than {MAX_STEPS} steps", "expression_limit")
        self.look_in -= steps
        if self.look_in < 0:
            self.look()

    def look(self) -> None:
        """Look at the time, and let the watcher look: a step may take long although it is one."""
        self.look_in = LOOK_EACH
        if self.check is not None:
            self.check()
        if self.began < 0:
            self.began = time.thread_time()
        elif time.thread_time() - self.began > MAX_CPU_S:
            raise ExpressionFailed(f"the expression takes more than {MAX_CPU_S:g} s", "expression_limit")

    def touch(self, *values: Any) -> None:
        """Pay for looking at texts, lists and objects as a whole."""
        size = 0
        for value in values:
            whole: Any = value
            if isinstance(value, (str, list, dict)):
                size += len(whole)
        if size > TOUCHED_FREE:
            self.spend(size // TOUCHED_FREE)
            if size > LARGE and self.leave is not None:
                self.leave(size)

    def search(self, cost: int) -> None:
        """Pay for one search: characters by instructions of the pattern."""
        self.spend(1 + cost // SEARCHED)
        if cost > SEARCHED and self.leave is not None:
            self.leave(cost)

    def grow(self, size: int) -> None:
        """Pay for a text or list of this size before it is made."""
        if size > MAX_RESULT:
            raise ExpressionFailed(
                f"a value of the expression is larger than {MAX_RESULT} characters", "expression_limit"
            )
        self.spend(size >> 6)
