"""How much memory a run takes for its values, and the error of one that takes too much."""

from __future__ import annotations

from executor.domain.run_error import RunError, of_run

MEMORY_PER_BYTE = 8  # what a value takes in memory at most, for each byte of its JSON


def memory_limit(message: str) -> RunError:
    """Return the error of a run that is too large."""
    return of_run("memory_limit", message)
