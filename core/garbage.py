"""Garbage collection for processes that live long: what was loaded at start is never looked at again."""

import gc


def settle() -> None:
    """Take all that is alive now out of collection; call it once a process has loaded what it needs.

    A full collection walks some hundred thousand objects of Django and LangGraph: ten milliseconds in which no run
    moves.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
