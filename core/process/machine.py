"""What the machine, or the container we run in, has to give."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def memory_bytes(limits: tuple[str, ...] = CGROUP_LIMITS) -> int:
    """Return how much memory there is: the control group's limit, or what the machine has."""
    most = os.sysconf("SC_PHYS_PAGES") * PAGE_BYTES
    for path in limits:
        try:
            text = Path(path).read_text().strip()
        except OSError:
            continue
        if text.isdigit() and int(text) > 0:  # "max" is no limit
            most = min(most, int(text))
    return most


class Resident:
    """Reads how much memory this process takes, from a descriptor that stays open: a microsecond each."""

    def __init__(self, path: str = "/proc/self/statm") -> None:
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._descriptor = -1  # no Linux: nothing is known

    def __call__(self) -> int:
        """Return the bytes in memory; 0 where nobody can tell."""
        if self._descriptor < 0:
            return 0
        return int(os.pread(self._descriptor, 128, 0).split()[1]) * PAGE_BYTES

    def close(self) -> None:
        """Let go of the descriptor."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
