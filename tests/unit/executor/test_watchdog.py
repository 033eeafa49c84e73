"""How long a loop stood: as long as somebody saw it stand."""

from __future__ import annotations

from executor.process.watchdog import LOOK_S, STUCK_S, Stood


def test_a_time_in_which_nobody_could_look_is_not_one_in_which_the_loop_stood() -> None:
    stood = Stood(0.0, 0.0)
    assert stood.seen(0.0, LOOK_S) == LOOK_S
    assert stood.seen(0.0, LOOK_S + 100) == 3 * LOOK_S, "the process was stopped, or the interpreter held"


def test_a_loop_that_comes_back_has_not_stood() -> None:
    stood, now = Stood(0.0, 0.0), 0.0
    while stood.seen(0.0, now) <= STUCK_S:
        now += LOOK_S
    assert now < STUCK_S + 3 * LOOK_S
    assert stood.seen(now, now + LOOK_S) == 0.0
