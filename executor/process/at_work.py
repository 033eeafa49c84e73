"""Whose work a thread is at, told from another thread: found on its stack, so that runs pay nothing for it."""

from __future__ import annotations

import sys
from types import FrameType

from executor.node.runner import Latest, Turn
from executor.run.state import Run


def described(thread_id: int) -> str:
    """Return which node of which run a thread is at, and whose it is; "" where it is at nobody's."""
    run = ""
    frame = sys._current_frames().get(thread_id)
    while frame is not None:
        node = _node_in(frame)
        if node:
            return node
        run = run or _run_in(frame)
        frame = frame.f_back
    return run


def execution(thread_id: int) -> str | None:
    """Return the id of the execution that a thread is at."""
    frame = sys._current_frames().get(thread_id)
    while frame is not None:
        for found in (frame.f_locals.get("turn"), frame.f_locals.get("run")):
            if isinstance(found, Turn | Run):
                return found.execution_id
        frame = frame.f_back
    return None


def latest() -> str:
    """Return the node that was last seen to begin or end: a call that lets no other thread look at it may be its."""
    return _named(Latest.turn) if Latest.turn is not None else ""


def _node_in(frame: FrameType) -> str:
    turn = frame.f_locals.get("turn")
    return _named(turn) if isinstance(turn, Turn) else ""


def _run_in(frame: FrameType) -> str:
    run = frame.f_locals.get("run")
    return f"execution {run.execution_id}, owner {run.owner_id}" if isinstance(run, Run) else ""


def _named(turn: Turn) -> str:
    return f"node {turn.node.id} ({turn.node.kind}) of execution {turn.execution_id}, owner {turn.owner_id}"
