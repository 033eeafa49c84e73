"""Memory of processes that live long: what was loaded at start is never looked at again, what is large goes back."""

import ctypes
import gc

M_MMAP_THRESHOLD = -3  # Source: mallopt(3)
LARGE_BYTES = 1024 * 1024


def settle() -> None:
    """Take all that is alive now out of collection; call it once a process has loaded what it needs.

    A full collection walks some hundred thousand objects of Django and LangGraph: ten milliseconds in which no run
    moves.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def give_large_blocks_back() -> None:
    """Let blocks of a megabyte and more go back to the system as soon as they are free.

    Left alone, the allocator takes the size of the largest that was freed for the measure, and keeps what is smaller.
    """
    try:
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
    except (AttributeError, OSError):
        return  # another C library
