"""Says when the event loop stands still, and where; one that stands for longer than the lease ends its process."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable

from executor import at_work

logger = logging.getLogger(__name__)
BEAT_S = 0.1
LAG_S = 0.25
STUCK_S = 20.0  # its runs are others' by now, and it would never hear of it


async def watch_loop(on_stuck: Callable[[], None] | None = None) -> None:
    """Log the stack of this thread whenever the loop lags a quarter of a second; a second thread looks on.

    `on_stuck` is called in that thread when the loop will not come back in time.
    """
    beat = [time.monotonic(), 0.0]  # when the loop was last here; which of these was told of
    stop = threading.Event()
    watcher = threading.Thread(
        target=_look_on, args=(beat, stop, threading.get_ident(), on_stuck), daemon=True, name="loop watchdog"
    )
    watcher.start()
    try:
        while True:
            _note_late(beat, time.monotonic())
            beat[0] = time.monotonic()
            await asyncio.sleep(BEAT_S)
    finally:
        stop.set()


def _note_late(beat: list[float], now: float) -> None:
    """Tell of a pause that the other thread could not see: a call that held the interpreter all the while."""
    lag = now - beat[0] - BEAT_S
    if lag > LAG_S and beat[0] != beat[1]:
        beat[1] = beat[0]
        logger.warning("the event loop stood still for %.2f s; last at work: %s", lag, at_work.latest() or "nobody")


def _look_on(beat: list[float], stop: threading.Event, thread_id: int, on_stuck: Callable[[], None] | None) -> None:
    while not stop.wait(LAG_S / 2):
        lag = time.monotonic() - beat[0] - BEAT_S
        if lag > LAG_S and beat[0] != beat[1]:
            beat[1] = beat[0]
            whose = _whose(thread_id)
            logger.warning("the event loop stands still for %.2f s in %s:\n%s", lag, whose, _stack(thread_id))
        if lag > STUCK_S and on_stuck is not None:
            whose = _whose(thread_id)
            logger.critical("the event loop stands still for %.0f s in %s, the process ends:\n%s", lag, whose,
                            _stack(thread_id))  # fmt: skip
            on_stuck()
            return


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
