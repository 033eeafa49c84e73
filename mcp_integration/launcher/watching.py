"""What a server and all that came of it use together. The kernel's limits are those of one process each.

Looked at every quarter of a second: what is over in between is stopped by those limits, or by nobody.
"""

from __future__ import annotations

import os
import resource
import stat
from dataclasses import dataclass, field
from typing import Any

LOOK_S = 0.25
FILES_EACH = 4  # files are counted at every fourth look
MOST_FILES = 10_000  # of the private folder
TICKS = os.sysconf("SC_CLK_TCK")
MIB = 2**20


@dataclass(slots=True)
class Use:
    """What one look found."""

    memory_bytes: int = 0  # of the processes' own, and what they share among each other as often as they have it
    threads: int = 0
    open_files: int = 0
    unlinked_bytes: int = 0  # of open files without a name
    cpu_s: float = 0.0  # of those that live


@dataclass(slots=True)
class Watch:
    """Holds the totals of a server against what it may use."""

    most: dict[str, Any]
    folder: str
    _looks: int = 0
    _folder_bytes: int = 0
    _folder_files: int = 0
    _seen_ticks: dict[tuple[int, bytes], int] = field(default_factory=dict[tuple[int, bytes], int])
    _ended_ticks: int = 0

    def fault(self) -> str | None:
        """Return what is used up, in words; None where all is well."""
        use = self._use()
        if self._looks % FILES_EACH == 0:
            self._folder_bytes, self._folder_files = size_of(self.folder)
        self._looks += 1
        disk, most = self._folder_bytes + use.unlinked_bytes, self.most
        if use.memory_bytes > most["memory_bytes"]:
            return f"It used more than {most['memory_bytes'] // MIB} MiB of memory"
        if use.threads > most["processes"]:
            return f"It ran more than {most['processes']} processes and threads"
        if use.cpu_s > most["cpu_s"]:
            return f"It used more than {most['cpu_s']} s of processor time"
        if use.open_files > most["open_files"]:
            return f"It had more than {most['open_files']} files open"
        if disk > most["disk_bytes"] or self._folder_files > MOST_FILES:
            return f"It kept more than {most['disk_bytes'] // MIB} MiB or {MOST_FILES} files"
        return None

    def _use(self) -> Use:
        use = Use()
        living: dict[tuple[int, bytes], int] = {}
        for pid in descendants(os.getpid()):
            try:
                self._add(use, pid, living)
            except (OSError, ValueError, IndexError):
                continue  # it has ended
        self._ended_ticks += sum(ticks for known, ticks in self._seen_ticks.items() if known not in living)
        self._seen_ticks = living
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        # Those that were asked for after their end are in the first sum, those that were seen before it in the second.
        use.cpu_s = sum(living.values()) / TICKS + max(ended.ru_utime + ended.ru_stime, self._ended_ticks / TICKS)
        return use

    @staticmethod
    def _add(use: Use, pid: int, living: dict[tuple[int, bytes], int]) -> None:
        with open(f"/proc/{pid}/stat", "rb") as file:
            told = file.read().rpartition(b")")[2].split()
        living[pid, told[19]] = sum(map(int, told[11:15]))  # with its children that have ended
        with open(f"/proc/{pid}/status", "rb") as file:
            for line in file:
                if line.startswith((b"RssAnon:", b"RssShmem:", b"VmSwap:")):
                    use.memory_bytes += int(line.split()[1]) * 1024
                elif line.startswith(b"Threads:"):
                    use.threads += int(line.split()[1])
        for name in os.listdir(f"/proc/{pid}/fd"):
            use.open_files += 1
            try:
                about = os.stat(f"/proc/{pid}/fd/{name}")
            except OSError:
                continue  # closed meanwhile
            if stat.S_ISREG(about.st_mode) and about.st_nlink == 0:
                use.unlinked_bytes += about.st_blocks * 512


def size_of(folder: str) -> tuple[int, int]:
    """Return the bytes that the files below a folder take, and how many there are; it stops where they are too many."""
    total = count = 0
    left = [folder]
    while left and count <= MOST_FILES:
        try:
            with os.scandir(left.pop()) as entries:
                for entry in entries:
                    count += 1
                    about = entry.stat(follow_symlinks=False)
                    total += about.st_blocks * 512
                    if stat.S_ISDIR(about.st_mode):
                        left.append(entry.path)
                    if count > MOST_FILES:
                        break
        except OSError:
            continue  # removed meanwhile
    return total, count


def descendants(pid: int) -> list[int]:
    """Return all processes below one. Orphans stand below the launcher, their reaper."""
    parents: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        parents.setdefault(parent, []).append(int(name))
    found: list[int] = []
    left = [pid]
    while left:
        below = parents.get(left.pop(), [])
        found += below
        left += below
    return found
