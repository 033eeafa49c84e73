"""Says when the event loop stands still, and where; one that would lose its lease by that ends its process."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import sys
import threading
import time
from collections.abc import Callable

from executor.process import at_work

logger = logging.getLogger(__name__)
BEAT_S = 0.1
LAG_S = 0.25
LOOK_S = LAG_S / 2
STUCK_S = 6.0  # with the last heartbeat before it still less than a lease ago: what it held it can give back itself
HELD_S = 20.0  # not even the thread that looks on could run
ARM_EACH_S = 1.0
STDERR = 2
OnStuck = Callable[[str | None], None]


async def watch_loop(on_stuck: OnStuck | None = None) -> None:
    """Log the stack of this thread whenever the loop lags a quarter of a second; a second thread looks on.

    `on_stuck` is called in that thread, with the execution the loop is at, when it will not come back in time.
    """
    beat = [time.monotonic(), 0.0]  # when the loop was last here; which of these was told of
    stop = threading.Event()
    watcher = threading.Thread(
        target=_look_on, args=(beat, stop, threading.get_ident(), on_stuck), daemon=True, name="loop watchdog"
    )
    watcher.start()
    armed_at = -ARM_EACH_S
    try:
        while True:
            _note_late(beat, time.monotonic())
            beat[0] = time.monotonic()
            if on_stuck is not None and beat[0] - armed_at >= ARM_EACH_S:
                armed_at = beat[0]
                # It needs no interpreter, where a call holds it; Celery puts a log in place of `sys.stderr`.
                faulthandler.dump_traceback_later(HELD_S, exit=True, file=STDERR)
            await asyncio.sleep(BEAT_S)
    finally:
        stop.set()
        if on_stuck is not None:
            faulthandler.cancel_dump_traceback_later()


def _note_late(beat: list[float], now: float) -> None:
    """Tell of a pause that the other thread could not see: a call that held the interpreter all the while."""
    lag = now - beat[0] - BEAT_S
    if lag > LAG_S and beat[0] != beat[1]:
        beat[1] = beat[0]
        logger.warning("the event loop stood still for %.2f s; last at work: %s", lag, at_work.latest() or "nobody")


def _look_on(beat: list[float], stop: threading.Event, thread_id: int, on_stuck: OnStuck | None) -> None:
    stood = Stood(beat[0], time.monotonic())
    while not stop.wait(LOOK_S):
        now = time.monotonic()
        lag = now - beat[0] - BEAT_S
        if lag > LAG_S and beat[0] != beat[1]:
            beat[1] = beat[0]
            whose = _whose(thread_id)
            logger.warning("the event loop stands still for %.2f s in %s:\n%s", lag, whose, _stack(thread_id))
        if stood.seen(beat[0], now) > STUCK_S and on_stuck is not None:
            holder = at_work.execution(thread_id)  # first of all: the loop may come back, and take up another run
            whose = _whose(thread_id)
            logger.critical("the event loop stands still for %.0f s in %s, the process ends:\n%s", lag, whose,
                            _stack(thread_id))  # fmt: skip
            on_stuck(holder)
            return


class Stood:
    """How long a loop was seen to stand: a time in which nobody could look, as the process itself was held, is none."""

    def __init__(self, beat: float, now: float) -> None:
        self._beat, self._looked_at, self._stood_s = beat, now, 0.0

    def seen(self, beat: float, now: float) -> float:
        """Count what has passed since the last look, where the loop was not back in it; returns all of it."""
        passed_s, self._looked_at = now - self._looked_at, now
        self._stood_s = 0.0 if beat != self._beat else self._stood_s + min(passed_s, 2 * LOOK_S)
        self._beat = beat
        return self._stood_s


def _whose(thread_id: int) -> str:
    """Say who is at work there; a call that held the interpreter may be over by the time that anybody can look."""
    return at_work.described(thread_id) or f"nobody's work; last at work: {at_work.latest() or 'nobody'}"


def _stack(thread_id: int) -> str:
    frame = sys._current_frames().get(thread_id)
    lines: list[str] = []
    while frame is not None and len(lines) < 12:
        lines.append(f"  {frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}")
        frame = frame.f_back
    return "\n".join(lines)
